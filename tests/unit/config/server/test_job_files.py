"""Exported backups (spec/server.md 4.8)."""

from __future__ import annotations

import json
import os

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.config.server.job_files import export_job, free_name, imported, job_file_name, read_job
from triplicati.config.server.job_forms import backup_form, iso_time, saved_backup, schedule_form
from triplicati.config.server.masking import PLACEHOLDER
from triplicati.errors import JobFileUnusable
from triplicati.messages.saved import (
    NEVER,
    SavedBackup,
    SavedFilter,
    SavedSchedule,
    Setting,
    TargetUrl,
)
from triplicati.values.secrets import Secret

CANARY = "canary-4242-secret"
NOON = 1_767_441_600
BACKUP = SavedBackup(
    id="1",
    name="Docs",
    target_url=f"ssh://h/p?auth-username=u&auth-password={CANARY}",
    db_path="/data/ABCDEFGHIJ.sqlite",
    sources=("/home/u/docs/",),
    settings=(Setting("encryption-module", "aes"), Setting("passphrase", CANARY)),
    filters=(SavedFilter(0, False, "*.tmp"),),
    metadata={"LastBackupDate": "20260102T120003Z"},
    targets=(TargetUrl("k", "s3://b"),),
    schedule=SavedSchedule(1, NOON, "1D", NEVER, frozenset({0})),
)
NAMES = {"/home/u/docs/": "docs"}
# As a 2.0.x server wrote it, but for the names.
OLD = b"""\xef\xbb\xbf{
  "CreatedByVersion": "2.0.7.1",
  "Schedule": {"ID": 4, "Tags": ["ID=4"], "Time": "2021-01-03T12:00:00Z", "Repeat": "1D",
    "LastRun": "2021-01-02T12:00:00.1234567Z", "Rule": "AllowedWeekDays=Monday,Tuesday",
    "AllowedDays": ["Mon", "tuesday"]},
  "Backup": {"ID": "4", "Name": "Old", "Tags": [], "TargetURL": "file:///srv/x", "DBPath": "/x/QQ.sqlite",
    "Sources": ["/a/"], "Settings": [{"Filter": "", "Name": "passphrase", "Value": "pw", "Argument": null}],
    "Filters": null, "Metadata": {"LastBackupDate": "20210102T120003Z"}, "IsTemporary": false},
  "DisplayNames": {"/a/": "a"}
}"""


def test_the_file_has_duplicatis_shape_in_its_order() -> None:
    content = json.loads(export_job(BACKUP, NAMES, secrets="with"))
    assert list(content) == ["CreatedByVersion", "Schedule", "Backup", "DisplayNames"]
    assert content["Schedule"] == {
        "ID": 1,
        "Tags": ["ID=1"],
        "Time": "2026-01-03T12:00:00Z",
        "Repeat": "1D",
        "LastRun": "0001-01-01T00:00:00Z",
        "Rule": "AllowedWeekDays=Monday",
        "AllowedDays": ["mon"],
    }
    backup = content["Backup"]
    assert list(backup) == [
        "ID", "ExternalID", "Name", "Description", "Tags", "TargetURL", "ConnectionStringID", "OperationType",
        "DBPath", "Sources", "Settings", "Filters", "Metadata", "AdditionalTargetURLs", "IsTemporary",
    ]  # fmt: skip
    assert backup["DBPath"] == "ABCDEFGHIJ.sqlite"
    assert backup["Settings"][1] == {"Filter": "", "Name": "passphrase", "Value": CANARY, "Argument": None}
    assert backup["Filters"] == [{"Order": 0, "Include": False, "Expression": "*.tmp"}]
    assert content["DisplayNames"] == NAMES


def test_secrets_are_left_out_unless_asked_for() -> None:
    content = export_job(BACKUP, NAMES)
    assert CANARY.encode() not in content
    assert b"*" * 4 not in content
    assert [each["Name"] for each in json.loads(content)["Backup"]["Settings"]] == ["encryption-module"]


def test_stars_can_stand_for_secrets() -> None:
    backup = json.loads(export_job(BACKUP, NAMES, secrets="placeholder"))["Backup"]
    assert backup["Settings"][1]["Value"] == PLACEHOLDER
    assert backup["TargetURL"].endswith(f"auth-password={PLACEHOLDER}")


@pytest.mark.parametrize("passphrase", [None, Secret("file secret")])
def test_a_file_comes_back_as_a_new_backup(passphrase: Secret | None) -> None:
    content = export_job(BACKUP, NAMES, secrets="with", passphrase=passphrase)
    assert content.startswith(b"AES\x02") is (passphrase is not None)
    again = imported(read_job(content, passphrase), metadata=True)
    assert again == msgspec.structs.replace(
        BACKUP,
        id="",
        db_path="",
        targets=(TargetUrl("", "s3://b"),),
        schedule=SavedSchedule(-1, NOON, "1D", NEVER, frozenset({0})),
    )


def test_metadata_is_taken_only_when_asked_for() -> None:
    job = read_job(export_job(BACKUP, NAMES, secrets="with"))
    assert imported(job).metadata == {}
    assert imported(job, metadata=True).metadata == BACKUP.metadata


def test_an_old_file_with_a_mark_at_its_start() -> None:
    backup = imported(read_job(OLD))
    assert (backup.name, backup.operation_type, backup.targets) == ("Old", "Backup", ())
    assert backup.db_path == backup.id == ""
    assert backup.schedule == SavedSchedule(-1, 1_609_675_200, "1D", 1_609_588_800, frozenset({0, 1}))


def test_a_file_with_nothing_but_a_name() -> None:
    backup = imported(read_job(b'{"Backup": {"Name": "x", "Sources": null}, "Unknown": 1}'))
    assert backup == SavedBackup(name="x", target_url="")


def test_settings_are_replaced() -> None:
    changes = {
        "settings.passphrase": "new",
        "settings.--dblock-size": "9mb",
        "name": "N",
        "targeturl": "file:///n",
        "dbpath": "/n.sqlite",
        "description": "D",
        "sources": os.pathsep.join(["/a", "/b"]),
        "unknown": "x",
    }
    backup = imported(read_job(OLD), replace_settings=changes)
    assert backup.settings == (Setting("passphrase", "new"), Setting("--dblock-size", "9mb"))
    assert (backup.name, backup.target_url, backup.db_path) == ("N", "file:///n", "/n.sqlite")
    assert (backup.description, backup.sources) == ("D", ("/a", "/b"))


@pytest.mark.parametrize(
    ("content", "passphrase", "text"),
    [
        (b"", None, "no JSON"),
        (b"{", None, "no JSON"),
        (b"\xff\xfe", None, "no JSON"),
        (b"[]", None, "no exported backup"),
        (b'{"x": ' * 100_000, None, "no JSON"),
        (b"{}", None, "Backup"),
        (b'{"Backup": {"Name": 3}}', None, "Name"),
        (b"AES\x02\x00", Secret("x"), "damaged"),
        (b"AES\x03\x00" + bytes(200), Secret("x"), "version 3"),
        (export_job(BACKUP, NAMES, passphrase=Secret("x")), None, "needs a passphrase"),
        (export_job(BACKUP, NAMES, passphrase=Secret("x")), Secret("y"), "does not fit"),
    ],
)
def test_what_is_no_such_file(content: bytes, passphrase: Secret | None, text: str) -> None:
    with pytest.raises(JobFileUnusable, match=text):
        read_job(content, passphrase)


def test_a_time_that_is_none() -> None:
    job = read_job(OLD.replace(b"2021-01-03T12", b"2021-13-03T12"))
    with pytest.raises(JobFileUnusable, match="2021-13"):
        imported(job)


def test_the_name_of_the_file() -> None:
    assert job_file_name(BACKUP, encrypted=False) == "Docs-duplicati-config.json"
    assert job_file_name(BACKUP, encrypted=True) == "Docs-duplicati-config.json.aes"


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("Docs", ["Other"]) == "Docs"
    assert free_name("Docs", ["DOCS", "docs (1)"]) == "Docs (2)"
    with pytest.raises(JobFileUnusable):
        free_name("Docs", ["Docs", *(f"Docs ({number})" for number in range(1, 100))])


def test_every_day() -> None:
    form = schedule_form(SavedSchedule(1, NOON, "1D"), "1")
    assert (form.rule, form.allowed_days) == ("", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    assert saved_backup(backup_form(BACKUP), form).schedule == SavedSchedule(1, NOON, "1D")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (NEVER, "0001-01-01T00:00:00Z"),
        (NEVER + 1, "0001-01-01T00:00:01Z"),
        (10**15, "0001-01-01T00:00:00Z"),
    ],
)
def test_times(seconds: int, text: str) -> None:
    assert iso_time(seconds) == text


WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
BACKUPS = st.builds(
    SavedBackup,
    id=WORDS,
    name=WORDS,
    description=WORDS,
    tags=st.lists(WORDS, max_size=2).map(tuple),
    target_url=WORDS,
    operation_type=st.sampled_from(["Backup", "Sync"]),
    sources=st.lists(WORDS, max_size=2).map(tuple),
    settings=st.lists(st.builds(Setting, WORDS, WORDS), max_size=2).map(tuple),
    filters=st.lists(st.builds(SavedFilter, st.integers(0, 9), st.booleans(), WORDS), max_size=2).map(tuple),
    metadata=st.dictionaries(WORDS, WORDS, max_size=2),
    schedule=st.none(),
)


@given(BACKUPS)
def test_every_backup_comes_back(backup: SavedBackup) -> None:
    again = saved_backup(read_job(export_job(backup, {}, secrets="with")).backup, None)
    assert again == backup
