"""Placeholders replaced by secrets, and the cache for a time when they cannot be read (spec/cli.md 2.9)."""

from __future__ import annotations

import logging
import os
import stat
import sys
import traceback
from pathlib import Path

import msgspec
import pytest

from triplicati.config.secret_cache import read_cache, write_cache
from triplicati.config.secrets import Resolved, with_secrets
from triplicati.errors import (
    InvalidValue,
    SecretMissing,
    SecretProviderError,
    SecretProviderUnusable,
)
from triplicati.options.option_values import OptionValues
from triplicati.options.parser import Arguments
from triplicati.options.validation import validate
from triplicati.values.secrets import Secret
from triplicati.values.urls import parse_url

CANARY = "canary-4242-secret"
ENVIRONMENT = {
    "PASS_KEY": CANARY,
    "USER_KEY": "me & you",
    "EMPTY": "",
    "BLANK": " \t",
    "PROVIDER": "env://",
    "lower": "env://?x=lower",
    "PATH": os.environ["PATH"],
}
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")


def resolved(url: str = "/target", **options: str | None) -> Resolved:
    given: dict[str, str | None] = {name.replace("_", "-"): value for name, value in options.items()}
    return with_secrets({"secret-provider": "env://", **given}, url, ENVIRONMENT)


def test_options_and_address_are_filled_in_one_go() -> None:
    found = resolved("s3://b?auth-username=$user_key&x=1", passphrase="$pass_key", prefix="p", dry_run=None)
    assert found.options == {
        "secret-provider": "env://",
        "passphrase": CANARY,
        "prefix": "p",
        "dry-run": None,
    }
    assert parse_url(found.url_text).query == {"auth-username": "me & you", "x": "1"}
    assert found.warnings == ()


def test_without_a_provider_nothing_is_a_placeholder() -> None:
    for options in ({"passphrase": "$x"}, {"passphrase": "$x", "secret-provider": " "}):
        assert with_secrets(options, "s3://b?k=$y", {}) == Resolved(dict(options), "s3://b?k=$y")


def test_without_a_placeholder_the_provider_is_not_asked() -> None:
    """Not even looked at: a backup without secrets needs none."""
    options = {"secret-provider": "nonsense", "passphrase": "plain"}
    assert with_secrets(options, "/x", {}).options == options


def test_another_pattern() -> None:
    found = resolved(passphrase="!secret{pass_key}", prefix="$user_key", secret_provider_pattern="!secret{}")
    assert found.options["passphrase"] == CANARY
    assert found.options["prefix"] == "$user_key"
    assert resolved(passphrase="$pass_key", secret_provider_pattern=None).options["passphrase"] == CANARY
    with pytest.raises(InvalidValue):
        resolved(passphrase="x", secret_provider_pattern="  ")


@pytest.mark.parametrize("key", ["absent", "empty", "blank"])
def test_a_missing_or_blank_secret_ends_it(key: str) -> None:
    with pytest.raises(SecretMissing) as caught:
        resolved(passphrase=f"${key}", auth_password="$pass_key")
    assert caught.value.message.startswith(f'The secret provider env has no value for "{key}".')
    assert CANARY not in caught.value.message


def test_placeholders_among_other_text_are_told_of() -> None:
    found = resolved("s3://b?k=a$pass_key", passphrase="x$pass_key", prefix="$user_key")
    (warning,) = found.warnings
    assert warning.startswith("2 values hold a placeholder among other text")
    assert "(--passphrase, k in the address)" in warning
    assert found.options["passphrase"] == "x$pass_key"


@pytest.mark.parametrize(
    "address", ["$PROVIDER", "$provider", "${PROVIDER}", "%Provider%", "$lower", " env:// "]
)
def test_the_address_can_come_from_a_variable(address: str) -> None:
    found = with_secrets({"secret-provider": address, "passphrase": "$pass_key"}, "/x", ENVIRONMENT)
    assert found.options == {"secret-provider": address, "passphrase": CANARY}


@pytest.mark.parametrize("address", ["$NOWHERE", "%BLANK%", "$EMPTY"])
def test_a_variable_that_is_not_set(address: str) -> None:
    with pytest.raises(SecretProviderUnusable, match="is not set"):
        with_secrets({"secret-provider": address, "passphrase": "$pass_key"}, "/x", ENVIRONMENT)


# --- a secret is never shown ---


def test_no_way_to_print_what_was_resolved_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    found = resolved("s3://b?auth-password=$pass_key", passphrase="$pass_key")
    arguments = Arguments("list", (found.url_text,), found.options, ())
    url, values = parse_url(found.url_text), OptionValues(found.options)
    things = (found, found.fetched, arguments, url, url.display, values, values.secret("passphrase"))
    logging.getLogger("x").warning("%s %r", things, things)
    assert CANARY not in f"{things} {things!r} {caplog.text}"
    assert CANARY not in str(validate(found.options))
    with pytest.raises(TypeError):
        msgspec.json.encode(found.fetched)


def test_text_that_a_server_gave_back_is_hidden() -> None:
    found = resolved(passphrase="$pass_key")
    assert found.hide(f"user me, password {CANARY}: refused") == "user me, password ********: refused"
    assert Resolved({}, "", (), (Secret("a"),)).hide("a word") == "a word"


def test_a_value_of_the_wrong_type_can_be_hidden() -> None:
    """Options that are no secrets are quoted when they are wrong; whoever prints that hides it."""
    found = resolved(dblock_size="$pass_key", retry_delay="$pass_key")
    with pytest.raises(InvalidValue) as caught:
        validate(found.options)
    assert CANARY in caught.value.message
    assert CANARY not in found.hide("".join(traceback.format_exception(caught.value)))


def fail_in_many_ways() -> None:
    try:
        try:
            raise OSError(13, f"no {CANARY}", "/file")
        except OSError as cause:
            raise ExceptionGroup("several", [ValueError(CANARY, 5), OSError(2, CANARY)]) from cause
    except ExceptionGroup:
        raise InvalidValue(value=CANARY, kind="size", reason=13) from None


def test_secrets_are_taken_out_of_errors_and_all_that_led_to_them() -> None:
    found = resolved(passphrase="$pass_key")
    with pytest.raises(InvalidValue) as caught:
        fail_in_many_ways()
    error = caught.value
    assert CANARY in "".join(traceback.format_exception(error.__context__)) + str(error)
    found.hide_in(error)
    assert error.message == '"********" is not a valid size: 13'
    assert error.details["reason"] == 13
    assert CANARY not in repr(error)
    seen = error.__context__
    assert isinstance(seen, ExceptionGroup)
    assert repr(seen.exceptions[0]) == "ValueError('********', 5)"
    assert str(seen.exceptions[1]) == "[Errno 2] ********"
    assert str(seen.__cause__) == "[Errno 13] no ********: '/file'"
    assert CANARY not in "".join(traceback.format_exception(error))


# --- the cache ---


@pytest.fixture
def flaky(tmp_path: Path) -> Path:
    """A provider that is there as long as the file "up" is."""
    program = tmp_path / "provider"
    program.write_text(f"#!/bin/sh\ntest -e {tmp_path}/up || exit 9\necho '{CANARY}'\"$1\"\n")
    program.chmod(0o755)
    (tmp_path / "up").touch()
    return program


def ask(
    flaky: Path,
    cache: str | None,
    *keys: str,
    memory: dict[str, dict[str, Secret]] | None = None,
    salt: str = "",
) -> Resolved:
    options: dict[str, str | None] = {f"send-{key}": f"${key}" for key in keys}
    options |= {"secret-provider": f"command-secret://?command={flaky}{salt}", "tempdir": str(flaky.parent)}
    if cache is not None:
        options["secret-provider-cache"] = cache
    return with_secrets(options, "/x", ENVIRONMENT, memory=memory)


@posix_only
def test_nothing_is_kept_by_default(flaky: Path) -> None:
    before = sorted(flaky.parent.iterdir())
    ask(flaky, None, "a")
    ask(flaky, "InMemory", "a")
    assert sorted(flaky.parent.iterdir()) == before
    (flaky.parent / "up").unlink()
    for cache in (None, "InMemory", "Persistent"):
        with pytest.raises(SecretProviderError, match="exit status 9"):
            ask(flaky, cache, "a")


@posix_only
def test_a_cache_in_memory(flaky: Path) -> None:
    memory: dict[str, dict[str, Secret]] = {}
    ask(flaky, "InMemory", "a", memory=memory)
    ask(flaky, "InMemory", "b", memory=memory)
    assert CANARY not in str(memory)
    (flaky.parent / "up").unlink()
    found = ask(flaky, "inmemory", "a", "b", memory=memory)
    assert found.options["send-a"] == f"{CANARY}a"
    assert found.options["send-b"] == f"{CANARY}b"
    (warning,) = found.warnings
    assert "exit status 9" in warning
    assert warning.endswith("The secrets of the last time are used.")
    with pytest.raises(SecretProviderError):
        ask(flaky, "InMemory", "a", "c", memory=memory)


@posix_only
def test_a_cache_on_disk(flaky: Path) -> None:
    ask(flaky, "Persistent", "a")
    ask(flaky, "Persistent", "b")
    (path,) = flaky.parent.glob("secret-cache-*")
    assert path.name.endswith(".json.aes")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert CANARY.encode() not in path.read_bytes()
    (flaky.parent / "up").unlink()
    assert ask(flaky, "Persistent", "b", "a").options["send-a"] == f"{CANARY}a"
    with pytest.raises(SecretProviderError):
        ask(flaky, "Persistent", "a", salt="&salt=other")


@posix_only
def test_a_missing_secret_is_no_outage(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text('{"a": "kept"}')
    options: dict[str, str | None] = {
        "secret-provider": f"file-secret://{path}",
        "secret-provider-cache": "Persistent",
        "tempdir": str(tmp_path),
        "passphrase": "$a",
    }
    assert with_secrets(options, "/x", ENVIRONMENT).options["passphrase"] == "kept"
    path.write_text("{}")
    with pytest.raises(SecretMissing):
        with_secrets(options, "/x", ENVIRONMENT)


@posix_only
def test_a_file_that_somebody_else_could_have_put_there_is_not_used(tmp_path: Path) -> None:
    assert write_cache("env://", {"a": Secret(CANARY)}, str(tmp_path))
    (path,) = tmp_path.iterdir()
    assert read_cache("env://", str(tmp_path)) == {"a": Secret(CANARY)}
    path.chmod(0o644)
    assert read_cache("env://", str(tmp_path)) == {}
    path.chmod(0o600)
    real = tmp_path / "real"
    path.rename(real)
    path.symlink_to(real)
    assert read_cache("env://", str(tmp_path)) == {}
    # Writing replaces the link, not what it points to.
    before = real.read_bytes()
    assert write_cache("env://", {"b": Secret("x")}, str(tmp_path))
    assert real.read_bytes() == before
    assert not path.is_symlink()


@posix_only
@pytest.mark.parametrize("damage", [b"", b"AES\x02", b"nonsense"])
def test_a_damaged_cache_counts_as_none(tmp_path: Path, damage: bytes) -> None:
    write_cache("env://", {"a": Secret("x")}, str(tmp_path))
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage)
    assert read_cache("env://", str(tmp_path)) == {}
    assert write_cache("env://", {"a": Secret("y")}, str(tmp_path))
    assert read_cache("env://", str(tmp_path)) == {"a": Secret("y")}


def test_a_folder_that_is_not_there(flaky: Path, tmp_path: Path) -> None:
    assert not write_cache("env://", {"a": Secret("x")}, str(tmp_path / "absent"))
    options: dict[str, str | None] = {
        "secret-provider": "env://",
        "secret-provider-cache": "Persistent",
        "tempdir": str(tmp_path / "absent"),
        "passphrase": "$pass_key",
    }
    (warning,) = with_secrets(options, "/x", ENVIRONMENT).warnings
    assert "could not be kept" in warning
