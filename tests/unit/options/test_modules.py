"""Modules switched off, modules allowed, and variables in place of options."""

import pytest

from triplicati.errors import ModuleNotAllowed, OptionNotBuilt
from triplicati.options.allowed_modules import check_allowed
from triplicati.options.environment import VARIABLES, with_environment
from triplicati.options.module_keys import (
    MODULE_KEYS,
    disabled_modules,
    module_of,
    unknown_modules,
    without_disabled,
)
from triplicati.options.option_values import OptionValues
from triplicati.options.registry import REGISTRY
from triplicati.options.validation import validate
from triplicati.values.urls import parse_url


def test_the_keys_of_the_specification() -> None:
    assert set(MODULE_KEYS) == {
        "console-password-input",
        "common-options",
        "hyperv-options",
        "mssql-options",
        "runscript",
        "httpreportstatus",
        "sendhttp",
        "sendxmpp",
        "sendtelegram",
        "sendmail",
        "sendapprise",  # ours
    }


def test_every_option_of_reports_and_scripts_has_a_module() -> None:
    for option in REGISTRY.values():
        if option.group in ("reports", "scripts"):
            assert module_of(option.name) in MODULE_KEYS, option.name
    assert module_of("dblock-size") is None
    assert module_of("send-mail-level") == "sendmail"
    assert module_of("read-write-timeout") == "common-options"


def test_which_modules_are_disabled() -> None:
    assert disabled_modules(OptionValues({})) == frozenset()
    values = OptionValues({"disable-module": " SendMail, runscript,,", "enable-module": "sendmail"})
    assert disabled_modules(values) == {"sendmail", "runscript"}
    assert disabled_modules(OptionValues({"disable-module": None})) == frozenset()
    assert unknown_modules(OptionValues({"disable-module": "sendmal"})) == ("sendmal",)


def test_options_of_a_disabled_module_have_no_effect_and_say_so() -> None:
    options: dict[str, str | None] = {
        "disable-module": "sendmail",
        "send-mail-to": "me@example.com",
        "send-mail-level": "Nonsense",
        "prefix": "x",
    }
    assert [(warning.id, warning.option) for warning in validate(options)] == [
        ("UnsupportedDisabledModule", "send-mail-to"),
        ("UnsupportedDisabledModule", "send-mail-level"),
    ]
    assert without_disabled(options) == {"disable-module": "sendmail", "prefix": "x"}


def test_a_mistyped_module() -> None:
    (warning,) = validate({"disable-module": "sendmal"})
    assert warning.id == "OptionValidationError"
    assert '"sendmal"' in warning.message


@pytest.mark.parametrize(
    ("options", "url", "encryption", "refused"),
    [
        ({}, "s3://bucket", "aes", None),
        ({"allowed-backend-modules": ""}, "s3://bucket", "aes", None),
        ({"allowed-backend-modules": "file, WebDAV"}, "file:///x", "aes", None),
        ({"allowed-backend-modules": "file, WebDAV"}, "webdavs://host/x", "aes", None),
        ({"allowed-backend-modules": "ftp"}, "/local/folder", "aes", "file"),
        ({"allowed-encryption-modules": "aes"}, "/x", "gpg", "gpg"),
        ({"allowed-encryption-modules": "AES"}, "/x", "aes", None),
        ({"allowed-encryption-modules": "aes"}, "/x", "none", None),
        ({"allowed-compression-modules": "tzstd"}, "/x", "aes", "zip"),
        ({"allowed-compression-modules": "tzstd,zip"}, "/x", "", None),
    ],
)
def test_what_is_allowed(
    options: dict[str, str | None], url: str, encryption: str, refused: str | None
) -> None:
    values, address = OptionValues(options), parse_url(url)
    if refused is None:
        check_allowed(values, address, encryption)
        return
    with pytest.raises(ModuleNotAllowed) as caught:
        check_allowed(values, address, encryption)
    (option,) = options
    assert f'"{refused}"' in caught.value.message
    assert f"--{option}" in caught.value.message


def test_variables_stand_in_for_options_that_are_not_given() -> None:
    environment = {variable: f"from {variable}" for variable in VARIABLES.values()}
    options = with_environment({"auth-username": "me", "prefix": "x"}, {**environment, "PASSPHRASE": "p"})
    assert options["auth-username"] == "me"
    assert options["auth-password"] == "from AUTH_PASSWORD"
    assert options["aes-version"] == "from DUPLICATI__AES_VERSION"
    assert "passphrase" not in options
    assert with_environment({"auth-password": None}, environment)["auth-password"] is None
    assert with_environment({}, {"AUTH_USERNAME": ""}) == {}


def test_a_variable_is_refused_like_its_option() -> None:
    if REGISTRY["aes-version"].state == "refused":
        with pytest.raises(OptionNotBuilt):
            validate(with_environment({}, {"DUPLICATI__AES_VERSION": "3"}))
