"""Where the passphrase comes from (spec/cli.md 2.8)."""

from __future__ import annotations

import io

import pytest

from triplicati.cli.passphrase import for_reading, for_writing
from triplicati.errors import (
    EmptyPassphrase,
    PassphraseAdditionNotSupported,
    PassphraseMismatch,
    PassphraseNeeded,
    PassphraseRemovalNotSupported,
    TriplicatiError,
)
from triplicati.options.option_values import OptionValues


@pytest.fixture(autouse=True)
def nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("one\ntwo\n"))


@pytest.mark.parametrize(
    ("options", "environment", "recorded", "expected"),
    [
        ({"passphrase": "a"}, {"PASSPHRASE": "b"}, "", "a"),
        ({}, {"PASSPHRASE": "b"}, "aes", "b"),
        ({"no-encryption": None}, {"PASSPHRASE": "b"}, "", None),
        ({"no-encryption": None, "passphrase": "a"}, {}, "", None),
        ({}, {"PASSPHRASE": "b"}, "none", None),
    ],
)
def test_a_backup(
    options: dict[str, str | None], environment: dict[str, str], recorded: str, expected: str | None
) -> None:
    assert for_writing(OptionValues(options), environment, recorded) == expected


@pytest.mark.parametrize(
    ("options", "recorded", "refusal"),
    [
        ({}, "", EmptyPassphrase),
        ({"passphrase": None}, "", EmptyPassphrase),
        ({"no-encryption": "false"}, "", EmptyPassphrase),
        ({"no-encryption": None}, "aes", PassphraseRemovalNotSupported),
        ({"passphrase": "a"}, "none", PassphraseAdditionNotSupported),
        ({"force-passphrase-from-stdin": None}, "", PassphraseMismatch),
    ],
)
def test_a_backup_is_never_silently_unencrypted(
    options: dict[str, str | None], recorded: str, refusal: type[TriplicatiError]
) -> None:
    with pytest.raises(refusal):
        for_writing(OptionValues(options), {}, recorded)


def test_standard_input_is_read_twice_for_a_new_backup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("same\r\nsame\nrest"))
    assert for_writing(OptionValues({"force-passphrase-from-stdin": None}), {}, "") == "same"


def test_the_passphrase_of_an_old_backup_is_asked_for_once() -> None:
    assert for_writing(OptionValues({"force-passphrase-from-stdin": None}), {}, "aes") == "one"


def test_an_empty_environment_variable_is_none() -> None:
    with pytest.raises(EmptyPassphrase):
        for_writing(OptionValues({}), {"PASSPHRASE": ""}, "")


def test_reading() -> None:
    assert for_reading(OptionValues({}), {"PASSPHRASE": "b"}, "none") is None
    assert for_reading(OptionValues({}), {"PASSPHRASE": "b"}, "aes") == "b"
    assert for_reading(OptionValues({"force-passphrase-from-stdin": None}), {}, "aes") == "one"
    with pytest.raises(PassphraseNeeded):
        for_reading(OptionValues({}), {}, "aes")
