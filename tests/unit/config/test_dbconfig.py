"""dbconfig.json (spec/cli.md 7.4, 7.5)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from triplicati.config.dbconfig import (
    NAME,
    add_database,
    database_key,
    find_database,
    listed_databases,
    new_database_path,
)
from triplicati.errors import InvalidValue, MultipleLocalDatabaseSourcesFound
from triplicati.values.urls import parse_url

THEIR_ENTRY = {
    "Type": "ftp",
    "Server": "host.example",
    "Path": "backups/pc",
    "Prefix": "duplicati",
    "Username": "me",
    "Port": -1,
    "Databasepath": "/home/u/.config/Duplicati/QWERTYUIOP.sqlite",
    "ParameterFile": None,
    "SomethingNew": {"kept": True},
}


def write(folder: Path, entries: list[dict[str, object]]) -> Path:
    path = folder / NAME
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(entries, indent=2).encode())
    return path


def test_what_duplicati_wrote_is_found(tmp_path: Path) -> None:
    config = write(tmp_path, [THEIR_ENTRY])
    key = database_key(parse_url("ftp://me@host.example/backups/pc?use-ssl=true"), "duplicati", "")
    assert find_database(config, key) == Path(str(THEIR_ENTRY["Databasepath"]))


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("ftp://you@host.example/backups/pc", "duplicati"),
        ("ftp://me@host.example/backups/PC", "duplicati"),
        ("ftp://me@host.example:21/backups/pc", "duplicati"),
        ("ftp://me@other.example/backups/pc", "duplicati"),
        ("ftp://me@host.example/backups/pc", "other"),
        ("ssh://me@host.example/backups/pc", "duplicati"),
    ],
)
def test_every_part_of_the_key_counts(tmp_path: Path, address: str, prefix: str) -> None:
    config = write(tmp_path, [THEIR_ENTRY])
    assert find_database(config, database_key(parse_url(address), prefix, "")) is None


def test_readers_may_leave_the_user_out(tmp_path: Path) -> None:
    config = write(tmp_path, [THEIR_ENTRY])
    key = database_key(parse_url("ftp://host.example/backups/pc"), "duplicati", "")
    assert find_database(config, key) is None
    assert find_database(config, key, any_user=True) is not None
    assert find_database(config, database_key(parse_url("ftp://host.example/backups/pc"), "duplicati", "me"))


def test_two_hits_are_an_error(tmp_path: Path) -> None:
    config = write(tmp_path, [THEIR_ENTRY, {**THEIR_ENTRY, "Databasepath": "/other.sqlite"}])
    key = database_key(parse_url("ftp://me@host.example/backups/pc"), "duplicati", "")
    with pytest.raises(MultipleLocalDatabaseSourcesFound):
        find_database(config, key)


def test_databases_of_sync_are_not_ours_to_use(tmp_path: Path) -> None:
    config = write(tmp_path, [{**THEIR_ENTRY, "IsSyncDb": True}])
    key = database_key(parse_url("ftp://me@host.example/backups/pc"), "duplicati", "")
    assert find_database(config, key) is None


def test_adding_keeps_everything_else_and_the_form(tmp_path: Path) -> None:
    config = write(tmp_path, [THEIR_ENTRY])
    key = database_key(parse_url("file:///mnt/backup/"), "duplicati", "")
    add_database(config, key, Path("/data/ABCDEFGHIJ.sqlite"))
    content = config.read_bytes()
    assert content.startswith(b'\xef\xbb\xbf[\n  {\n    "Type": "ftp",')
    entries = json.loads(content.decode("utf-8-sig"))
    assert entries[0] == THEIR_ENTRY
    assert entries[1] == {
        "Type": "file",
        "Server": "",
        "Path": "/mnt/backup",
        "Prefix": "duplicati",
        "Username": None,
        "Port": -1,
        "Databasepath": "/data/ABCDEFGHIJ.sqlite",
        "ParameterFile": None,
        "IsSyncDb": False,
    }
    assert find_database(config, database_key(parse_url("/mnt/backup"), "duplicati", "")) is not None
    assert len(listed_databases(config)) == 2


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("[{")
    with pytest.raises(InvalidValue, match=NAME):
        listed_databases(tmp_path / NAME)


def test_names_of_new_databases(tmp_path: Path) -> None:
    assert re.fullmatch(r"[A-Z]{10}\.sqlite", new_database_path(tmp_path, "").name)
    assert new_database_path(tmp_path, "my: backup/1").name == "my backup1.sqlite"
    (tmp_path / "mine.sqlite").touch()
    assert re.fullmatch(r"[A-Z]{10}\.sqlite", new_database_path(tmp_path, "mine").name)
