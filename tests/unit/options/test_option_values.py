from datetime import timedelta

import pytest

from triplicati.errors import InvalidValue
from triplicati.options.option_values import OptionValues
from triplicati.values.secrets import Secret

NOTHING = OptionValues({})


def test_defaults() -> None:
    assert NOTHING.size("dblock-size") == 50 * 1024**2
    assert NOTHING.size("blocksize") == 1024**2
    assert NOTHING.size("skip-files-larger-than") == 0
    assert NOTHING.integer("number-of-retries") == 5
    assert NOTHING.timespan("retry-delay") == timedelta(seconds=10)
    assert NOTHING.timespan("keep-time") == timedelta()
    assert NOTHING.choice("index-file-policy") == "Full"
    assert NOTHING.choice("encryption-module") == "aes"
    assert NOTHING.text("prefix") == "duplicati"
    assert NOTHING.text("dbpath") is None
    assert NOTHING.boolean("dry-run") is False
    assert NOTHING.boolean("disable-filepath-cache") is True
    assert NOTHING.boolean("control-files") is False
    assert NOTHING.secret("passphrase") is None
    assert NOTHING.paths("control-files", ":") == []
    assert not NOTHING.given("prefix")


def test_given_values() -> None:
    values = OptionValues(
        {
            "dblock-size": "10",
            "blocksize": "100",
            "number-of-retries": " 7 ",
            "retry-delay": "1m",
            "symlink-policy": "fOLLOW",
            "encryption-module": "GPG",
            "prefix": "x",
            "dryrun": None,
            "overwrite": "false",
            "passphrase": "p w",
            "control-files": "/a::/b",
        }
    )
    assert values.size("dblock-size") == 10 * 1024**2
    assert values.size("blocksize") == 100 * 1024
    assert values.integer("number-of-retries") == 7
    assert values.timespan("retry-delay") == timedelta(minutes=1)
    assert values.choice("symlink-policy") == "Follow"
    assert values.choice("encryption-module") == "gpg"
    assert values.text("prefix") == "x"
    assert values.boolean("dry-run")
    assert not values.boolean("overwrite")
    assert values.secret("passphrase") == Secret("p w")
    assert values.paths("control-files", ":") == ["/a", "/b"]
    assert values.given("dry-run")
    assert values.as_given()["dry-run"] is None


def test_present_but_empty() -> None:
    values = OptionValues({"passphrase": None, "dblock-size": "", "number-of-retries": None, "prefix": None})
    assert values.secret("passphrase") == Secret("")
    assert values.size("dblock-size") == 50 * 1024**2
    assert values.integer("number-of-retries") == 5
    assert values.text("prefix") == ""


def test_unusable_values() -> None:
    values = OptionValues(
        {
            "symlink-policy": "x",
            "encryption-module": "x",
            "number-of-retries": "x",
            "blocksize": "1x",
            "retry-delay": "1d",
        }
    )
    assert values.choice("symlink-policy") == "Store"
    assert values.choice("encryption-module") == "x"
    assert values.integer("number-of-retries") == 5
    with pytest.raises(InvalidValue):
        values.size("blocksize")
    with pytest.raises(InvalidValue):
        values.timespan("retry-delay")


def test_an_older_option_stands_in() -> None:
    values = OptionValues({"log-level": "Retry", "compression-level": "3"})
    assert values.choice("console-log-level") == "Retry"
    assert values.integer("zip-compression-level") == 3
    assert values.given("zip-compression-level")
    both = OptionValues({"log-level": "Retry", "console-log-level": "error"})
    assert both.choice("console-log-level") == "Error"


def test_an_undeclared_name_is_a_bug() -> None:
    for getter in ("text", "boolean", "integer", "size", "timespan", "choice", "secret", "given"):
        with pytest.raises(KeyError):
            getattr(NOTHING, getter)("no-such-option")


def test_a_number_without_default_must_not_be_asked_for_blindly() -> None:
    with pytest.raises(KeyError):
        NOTHING.integer("zip-compression-level")


def test_printing_the_options_shows_names_only() -> None:
    assert repr(OptionValues({"passphrase": "hidden", "prefix": "x"})) == "OptionValues(passphrase, prefix)"
