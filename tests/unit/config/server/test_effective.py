"""What a run is really given (spec/server.md 4.2, 4.3, 4.5)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
import pytest

from triplicati.config.server.effective import effective_filters, effective_options, effective_sources
from triplicati.config.server.special_folders import (
    SpecialFolder,
    display_names,
    expand_tokens,
    special_folders,
)
from triplicati.messages.saved import SavedBackup, SavedFilter, Setting, TargetUrl
from triplicati.options.parser import FilterText

BACKUP = SavedBackup(
    id="3",
    name="Docs",
    target_url="file:///x",
    db_path="/data/ABC.sqlite",
    settings=(
        Setting("--dblock-size", "9mb"),
        Setting("dblock-size", "8mb"),
        Setting("passphrase", "pw"),
        Setting("--store-task-config", "Self"),
        Setting("--dry-run", None),
    ),
)
FOLDERS = (
    SpecialFolder("%HOME%", "Home", "/home/u"),
    SpecialFolder("%MY_DOCUMENTS%", "Documents", "/home/u/Documents"),
)
ENVIRONMENT = {"USER": "u", "DIR": "/d", "DOT": "a.b"}
BASE = {
    "backup-name": "Docs",
    "dbpath": "/data/ABC.sqlite",
    "backup-id": "DB-3",
    "dblock-size": "9mb",
    "passphrase": "pw",
    "dry-run": None,
    "disable-module": "console-password-input",
}


def test_the_layers() -> None:
    assert effective_options(BACKUP, {"--dblock-size": "7mb", "--tempdir": "/t"}) == {"tempdir": "/t", **BASE}
    extras = {"dblock-size": "10mb", "--dbpath": "/other"}
    given = effective_options(BACKUP, {}, extras)
    assert given == {**BASE, "dblock-size": "10mb", "dbpath": "/other"}


def test_a_setting_overrides_the_local_database() -> None:
    own = msgspec.structs.replace(BACKUP, settings=(Setting("--dbpath", "/own.sqlite"),))
    assert effective_options(own, {})["dbpath"] == "/own.sqlite"


def test_older_names_are_the_same_option() -> None:
    own = msgspec.structs.replace(BACKUP, settings=(Setting("--dryrun", "true"),))
    given = effective_options(own, {"--dry-run": "false"})
    assert given["dry-run"] == "true"
    assert "dryrun" not in given


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "console-password-input"),
        ("sendmail", "sendmail,console-password-input"),
        ("console-password-input", "console-password-input"),
    ],
)
def test_no_run_of_the_server_asks_at_a_terminal(given: str, expected: str) -> None:
    options = effective_options(BACKUP, {"--disable-module": given})
    assert options["disable-module"] == expected


def test_reports_that_the_server_adds() -> None:
    settings = {"additional-report-url": "https://a", "additional-activity-url": "https://b"}
    options = effective_options(BACKUP, {"--send-http-json-urls": "https://own"}, server_settings=settings)
    assert options["send-http-json-urls"] == "https://own;https://a"
    assert options["http-report-status-url"] == "https://b"


def test_further_destinations_of_a_backup() -> None:
    target = TargetUrl("k", "s3://b", "interval", "1D", options={"count": "2"})
    backup = msgspec.structs.replace(BACKUP, targets=(target,))
    config = msgspec.json.decode(effective_options(backup, {})["remote-sync-json-config"] or "")
    assert config == {
        "sync-on-warnings": True,
        "destinations": [{"url": "s3://b", "mode": "interval", "interval": "1D", "count": "2"}],
    }
    assert "remote-sync-json-config" not in effective_options(backup, {}, is_backup=False)


def test_a_scheduled_run_knows_the_next() -> None:
    assert effective_options(BACKUP, {}, next_run=1_767_355_212)["next-scheduled-run"] == "20260102T120012Z"


def test_filters_of_every_backup_come_first() -> None:
    backup = msgspec.structs.replace(
        BACKUP,
        filters=(
            SavedFilter(2, True, "%HOME%/keep/"),
            SavedFilter(1, False, "[.*%DOT%$USER]"),
            SavedFilter(3, False, "{SystemFiles,%DIR%}"),
            SavedFilter(4, False, "$USER*.tmp"),
            SavedFilter(5, False, " "),
        ),
    )
    ours = [SavedFilter(1, False, "%DIR%/$USER"), SavedFilter(0, False, "%HOME%/x")]
    assert effective_filters(backup, ours, FOLDERS, ENVIRONMENT) == [
        FilterText(False, "%HOME%/x"),
        FilterText(False, "/d/$USER"),
        FilterText(False, r"[.*a\.b$USER]"),
        FilterText(True, "/home/u/keep/"),
        FilterText(False, "{SystemFiles,%DIR%}"),
        FilterText(False, "u*.tmp"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%HOME%", "/home/u"),
        ("%home%/x/", "/home/u/x/"),
        ("%MY_DOCUMENTS%x", "/home/u/Documents/x"),
        ("/a/%HOME%", "/a/%HOME%"),
        ("/x/%USER%/%NONE%/$USER/${USER}/$NONE/${NONE}/$", "/x/u/%NONE%/u/u/$NONE/${NONE}/$"),
        ("%DIR%/y", "/d/y"),
    ],
)
def test_tokens_and_variables(text: str, expected: str) -> None:
    assert expand_tokens(text, FOLDERS, ENVIRONMENT, windows=False) == expected


def test_windows_has_no_dollar_variables() -> None:
    folders = (SpecialFolder("%HOME%", "Home", "C:\\Users\\u\\"),)
    assert expand_tokens("%HOME%\\$USER\\%USER%", folders, ENVIRONMENT, windows=True) == (
        "C:\\Users\\u\\$USER\\u"
    )
    assert expand_tokens("%HOME%x", folders, ENVIRONMENT, windows=True) == "C:\\Users\\u\\x"


def test_sources_elsewhere_are_left_alone() -> None:
    backup = msgspec.structs.replace(BACKUP, sources=("%HOME%/docs/", "@/x|ssh://h/%DIR%"))
    assert effective_sources(backup, FOLDERS, ENVIRONMENT) == ["/home/u/docs/", "@/x|ssh://h/%DIR%"]


def test_display_names() -> None:
    sources = ["/home/u/docs/", "%HOME%/", "%MY_DOCUMENTS%/a/b.txt", "C:\\x\\", "@/there|s3://b?x=y", "/"]
    names = ["docs", "Home", "b.txt", "x", "there", "/"]
    assert display_names(sources, FOLDERS) == dict(zip(sources, names, strict=True))


@pytest.mark.skipif(sys.platform != "linux", reason="folders of a Linux desktop")
def test_only_folders_that_exist_have_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith("XDG_"):
            monkeypatch.delenv(name)
    (tmp_path / "Papers").mkdir()
    (tmp_path / "Public").mkdir()
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/user-dirs.dirs").write_text(
        'XDG_DOCUMENTS_DIR="$HOME/Papers"\nXDG_DESKTOP_DIR="$HOME/"\nXDG_MUSIC_DIR="$HOME/None"\n'
    )
    assert {(each.token, each.path) for each in special_folders()} == {
        ("%HOME%", str(tmp_path)),
        ("%MY_DOCUMENTS%", str(tmp_path / "Papers")),
        ("%MY_PUBLIC%", str(tmp_path / "Public")),
    }
