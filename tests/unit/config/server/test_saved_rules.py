"""What a saved backup must have (spec/server.md 4.6)."""

from __future__ import annotations

import msgspec
import pytest

from triplicati.config.server.saved_rules import check_backup, settings_by_name
from triplicati.errors import BackupInvalid
from triplicati.messages.saved import SavedBackup, SavedSchedule, Setting, TargetUrl

GOOD = SavedBackup(
    name="Docs", target_url="file:///x", sources=("/home/",), settings=(Setting("passphrase", "secret"),)
)
POSITIVE = "Retention value must be a positive integer"
SPAN, LONGER = "Retention value must be a valid timespan", "Retention value must be more than 5 minutes"
SIZE, LARGER = "DBlock size must be a valid size string", "DBlock size must be at least 1MB"
BLOCK = "The blocksize must be at least 1KB"
REPEAT = "Schedule repetition value must be a valid timespan"
SOON = "Schedule repetition time must be more than 5 minutes"


def problem(backup: SavedBackup) -> str:
    try:
        check_backup(backup)
    except BackupInvalid as error:
        return error.message
    return ""


def with_settings(**settings: str) -> SavedBackup:
    added = tuple(Setting(name.replace("_", "-"), value) for name, value in settings.items())
    return msgspec.structs.replace(GOOD, settings=(*GOOD.settings, *added))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ""),
        ({"name": " "}, "Missing a name"),
        ({"target_url": ""}, "Missing a target"),
        ({"targets": (TargetUrl("k", ""),)}, "Missing a target"),
        ({"target_url": "s3://b?authid=***"}, "TargetURL is password placeholder value"),
        ({"targets": (TargetUrl("k", "ftp://u:****@h"),)}, "TargetURL is password placeholder value"),
        ({"settings": (Setting("--passphrase", "*****"),)}, "Settings is password placeholder value"),
        ({"sources": ()}, "Invalid source list"),
        ({"sources": ("/a", " ")}, "Invalid source list"),
        ({"sources": ("@x|s3://b?authid=***",)}, "Source is password placeholder value"),
        ({"settings": ()}, "Missing passphrase"),
        ({"settings": (Setting("passphrase", " "),)}, "Missing passphrase"),
        ({"settings": (Setting("--no-encryption", "false"),)}, "Missing passphrase"),
        ({"settings": (Setting("--no-encryption", "true"),)}, ""),
        ({"settings": (Setting("no-encryption", ""),)}, ""),
        ({"settings": (Setting("--gpg-encryption-command", "--encrypt"),)}, ""),
        ({"operation_type": "Sync"}, "Encryption not allowed for sync operations"),
        ({"operation_type": "Sync", "settings": (Setting("encryption-module", ""),)}, ""),
    ],
)
def test_what_is_missing(change: dict[str, object], expected: str) -> None:
    assert problem(msgspec.structs.replace(GOOD, **change)) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("keep-versions", "3", ""), ("keep-versions", "", ""), ("--keep-versions", "0", POSITIVE),
        ("keep-versions", "many", POSITIVE), ("keep-time", "7D", ""), ("keep-time", "1d", ""),
        ("keep-time", "4m", LONGER), ("keep-time", "soon", SPAN), ("dblock-size", "50mb", ""),
        ("dblock-size", "1023kb", LARGER), ("dblock-size", "big", SIZE), ("blocksize", "100kb", ""),
        ("--blocksize", "1023b", BLOCK), ("blocksize", "x", BLOCK), ("prefix", "a", ""),
        ("--prefix", "a-b", "The prefix cannot contain hyphens (-)"),
        ("retention-policy", "1W:1D,4W:1W,12M:1M", ""),
    ],
)  # fmt: skip
def test_values_of_settings(name: str, value: str, expected: str) -> None:
    assert problem(with_settings(**{name: value})) == expected


def test_a_retention_policy_that_is_none() -> None:
    assert "1W" in problem(with_settings(retention_policy="1W"))


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [("1D", ""), ("12H", ""), ("5m", ""), ("", SOON), ("0", SOON), ("4m", SOON), ("often", REPEAT)],
)
def test_how_often(repeat: str, expected: str) -> None:
    assert problem(msgspec.structs.replace(GOOD, schedule=SavedSchedule(-1, 0, repeat))) == expected


def test_settings_with_dashes_win() -> None:
    backup = with_settings(**{"--dblock-size": "9mb", "dblock-size": "8mb", "--dbpath": "/x"})
    assert settings_by_name(backup) == {"passphrase": "secret", "dblock-size": "9mb", "dbpath": "/x"}
