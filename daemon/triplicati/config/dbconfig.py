"""dbconfig.json: which local database serves which destination (spec/cli.md 7.4, 7.5)."""

from __future__ import annotations

import os
import re
import secrets
import string
from pathlib import Path
from typing import Any, cast

import msgspec

from triplicati.config.datafolder import write_private
from triplicati.errors import InvalidValue, MultipleLocalDatabaseSourcesFound
from triplicati.values.urls import DestinationUrl

NAME = "dbconfig.json"
_BOM = b"\xef\xbb\xbf"
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


class DatabaseKey(msgspec.Struct, frozen=True):
    """What tells one destination from another; the query of an address is no part. `port` -1 is none."""

    type: str
    server: str
    path: str
    prefix: str
    username: str
    port: int


def database_key(url: DestinationUrl, prefix: str, username: str) -> DatabaseKey:
    path = os.path.abspath(url.path) if url.scheme == "file" else url.path
    return DatabaseKey(url.scheme, url.host, path, prefix, url.user or username, url.port or -1)


def find_database(config: Path, key: DatabaseKey, *, any_user: bool = False) -> Path | None:
    """The database listed for a destination, None when there is none.

    `any_user` looks a second time without the user name when `key` has none, as commands that only read do.
    Raises `MultipleLocalDatabaseSourcesFound`, and `InvalidValue` for a file that cannot be read.
    """
    entries = [(_key_of(entry), entry) for entry in _read(config) if not entry.get("IsSyncDb")]
    hits = [entry for found, entry in entries if found == key]
    if not hits and any_user and not key.username:
        hits = [e for found, e in entries if msgspec.structs.replace(found, username="") == key]
    if len(hits) > 1:
        raise MultipleLocalDatabaseSourcesFound(path=config)
    listed = hits[0].get("Databasepath") if hits else None
    return Path(listed) if listed else None


def add_database(config: Path, key: DatabaseKey, database: Path) -> None:
    """Lists one more database; what else the file holds, unknown fields too, stays as it is."""
    entry = {
        "Type": key.type,
        "Server": key.server,
        "Path": key.path,
        "Prefix": key.prefix,
        "Username": key.username or None,
        "Port": key.port,
        "Databasepath": str(database),
        "ParameterFile": None,
        "IsSyncDb": False,
    }
    text = msgspec.json.encode([*_read(config), entry])
    write_private(config, _BOM + msgspec.json.format(text, indent=2))


def new_database_path(folder: Path, backup_name: str) -> Path:
    """A file name that is free: from the name of the backup where it has one, else ten capital letters."""
    cleaned = _NOT_IN_NAMES.sub("", backup_name).strip(". ")
    candidate = folder / f"{cleaned}.sqlite"
    while not cleaned or candidate.exists():
        cleaned = "".join(secrets.choice(string.ascii_uppercase) for _ in range(10))
        candidate = folder / f"{cleaned}.sqlite"
    return candidate


def our_name(theirs: Path) -> str:
    """The name of our database for a destination that real Duplicati has one for."""
    return f"{theirs.stem}.triplicati.sqlite"


def listed_databases(config: Path) -> list[Path]:
    """All databases in the order they are listed."""
    return [Path(str(entry["Databasepath"])) for entry in _read(config) if entry.get("Databasepath")]


def _read(config: Path) -> list[dict[str, Any]]:
    try:
        text = config.read_bytes().removeprefix(_BOM)
    except FileNotFoundError:
        return []
    try:
        return msgspec.json.decode(text, type=list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidValue(value=config, kind="list of local databases", reason=str(error)) from None


def _key_of(entry: dict[str, Any]) -> DatabaseKey:
    kind = cast("str", entry.get("Type") or "")
    path = cast("str", entry.get("Path") or "")
    port = entry.get("Port")
    return DatabaseKey(
        kind,
        cast("str", entry.get("Server") or ""),
        os.path.abspath(path) if kind == "file" and path else path,
        cast("str", entry.get("Prefix") or ""),
        cast("str", entry.get("Username") or ""),
        port if isinstance(port, int) else -1,
    )
