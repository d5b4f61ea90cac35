import pytest

from triplicati.errors import (
    InvalidValue,
    MultipleRetentionOptionsNotSupported,
    OptionNotBuilt,
    PrefixCannotContainHyphens,
    RetentionPolicyInvalidValue,
    TriplicatiError,
    VolumeSizeTooSmall,
)
from triplicati.options.registry import canonical_name
from triplicati.options.validation import validate


@pytest.mark.parametrize(
    ("option", "value", "id_"),
    [
        ("foo", "x", "UnsupportedOption"),
        ("include", "", "UnsupportedOption"),
        ("Prefix", "x", "UnsupportedOption"),
        ("store-metadata", None, "UnsupportedOption"),
        ("verbose", "true", "DeprecatedOption"),
        ("log-level", "Warning", "DeprecatedOption"),
        ("dblock-size", "60", "OptionValidationError"),
        ("restore-cache-max", "5k", "OptionValidationError"),
        ("number-of-retries", "five", "OptionValidationError"),
        ("number-of-retries", "5.0", "OptionValidationError"),
        ("symlink-policy", "Keep", "OptionValidationError"),
        ("dry-run", "maybe", "OptionValidationError"),
        ("retry-delay", "1d", "OptionValidationError"),
        ("time", "yesterday", "OptionValidationError"),
        ("dbpath", "a\0b", "OptionValidationError"),
        ("backup-test-percentage", "many", "OptionValidationError"),
    ],
)
def test_one_warning(option: str, value: str | None, id_: str) -> None:
    (warning,) = validate({option: value})
    assert (warning.id, warning.option) == (id_, option)
    assert f"--{option}" in warning.message


def test_the_warning_about_an_unknown_option_in_full() -> None:
    (warning,) = validate({"foo": "x"})
    assert warning.message == "The supplied option --foo is not supported and will be ignored"


def test_an_option_that_was_probably_meant() -> None:
    (warning,) = validate({"blocksiz": "1mb"})
    assert warning.message.endswith(" will be ignored. Did you mean --blocksize?")


@pytest.mark.parametrize("name", ["exclude", "dblock-size", "restore-path"])
def test_a_value_after_a_blank(name: str) -> None:
    """It is taken for one more source or pattern, as in Duplicati; only the option can tell."""
    (warning,) = validate({name: None})
    assert warning.message.endswith(f"Write --{name}=VALUE, without a blank")


@pytest.mark.parametrize("name", ["dry-run", "passphrase", "control-files", "ignore-filenames"])
def test_options_that_need_no_value(name: str) -> None:
    assert validate({name: None}) == []


def test_warnings_come_in_the_order_given() -> None:
    found = [(warning.id, warning.option) for warning in validate({"b": "1", "verbose": "maybe", "a": "1"})]
    assert found == [
        ("UnsupportedOption", "b"),
        ("DeprecatedOption", "verbose"),
        ("OptionValidationError", "verbose"),
        ("UnsupportedOption", "a"),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"dry-run": None, "quiet-console": "true", "dblock-size": "60mb", "symlink-policy": "FOLLOW"},
        {"dryrun": "yes", "number-of-retries": " -3 ", "retry-delay": "1m30s", "time": "-2M"},
        {"passphrase": None, "dbpath": "", "control-files": "true"},
        {"keep-versions": "0", "keep-time": "3M"},
        {"retention-policy": "", "keep-versions": "3"},
        {"blocksize": "100kb", "dblock-size": "1mb"},
    ],
)
def test_nothing_to_say(options: dict[str, str | None]) -> None:
    assert validate(options) == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("parity-module", "par2"),
        ("repair-force-block-use", None),
        ("compression-module", "tzstd"),
    ],
)
def test_behaviour_that_is_not_built_is_refused(option: str, value: str | None) -> None:
    with pytest.raises(OptionNotBuilt) as caught:
        validate({option: value})
    assert caught.value.details["option"] == canonical_name(option)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("quota-size", "0"),
        ("quota-size", "0 gb"),
        ("soft-delete-prefix", ""),
        ("repair-force-block-use", "no"),
        ("compression-module", "Zip"),
    ],
)
def test_values_that_need_nothing_are_accepted(option: str, value: str | None) -> None:
    assert [warning for warning in validate({option: value}) if warning.id != "OptionValidationError"] == []


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"keep-versions": "3", "keep-time": "1M"}, MultipleRetentionOptionsNotSupported),
        ({"keep-time": "1M", "retention-policy": "1W:1D"}, MultipleRetentionOptionsNotSupported),
        ({"keep-versions": "1", "retention-policy": "U:U"}, MultipleRetentionOptionsNotSupported),
        ({"retention-policy": "1W:1W"}, RetentionPolicyInvalidValue),
        ({"retention-policy": "1W"}, RetentionPolicyInvalidValue),
        ({"prefix": "my-backup"}, PrefixCannotContainHyphens),
        ({"dblock-size": "1023kb"}, VolumeSizeTooSmall),
        ({"dblock-size": "1mb"}, VolumeSizeTooSmall),
        ({"dblock-size": "10mb", "blocksize": "6mb"}, VolumeSizeTooSmall),
        ({"blocksize": "1023b"}, InvalidValue),
        ({"blocksize": "2gb", "dblock-size": "9gb"}, InvalidValue),
        ({"dblock-size": "10m"}, InvalidValue),
        ({"keep-time": "3d"}, InvalidValue),
    ],
)
def test_what_keeps_an_operation_from_running(
    options: dict[str, str | None], error: type[TriplicatiError]
) -> None:
    with pytest.raises(error):
        validate(options)


def test_recorded_values_count_where_none_are_given() -> None:
    assert validate({"dblock-size": "1mb"}, {"blocksize": "102400b"}) == []
    with pytest.raises(VolumeSizeTooSmall):
        validate({"dblock-size": "2mb"}, {"blocksize": "2mb"})
    assert validate({"prefix": "x"}, {"prefix": "a-b"}) == []


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("restore-legacy", None, True),
        ("restore-legacy", "false", False),
        ("concurrency-compressors", "4", True),
        ("usn-policy", "Required", True),
        ("usn-policy", "off", False),
        ("remote-volume-size", "1gb", False),
        ("auth-username", "me", False),  # it would, at a destination of another kind
    ],
)
def test_what_has_no_effect_here_is_said(option: str, value: str | None, told: bool) -> None:
    found = [warning.id for warning in validate({option: value})]
    assert found == (["OptionWithoutEffect"] if told else [])


def test_no_message_shows_a_secret() -> None:
    warnings = validate({"passphrase": "hidden", "auth-password": "hidden", "typo-passphrase": "hidden"})
    assert [warning.id for warning in warnings] == ["UnsupportedOption"]
    assert "hidden" not in warnings[0].message
