"""When each remote volume was last tested, and how that went.

The table is made by whoever writes first and is no part of what a destination can tell again: after a lost
database nothing is proven. A volume takes its record with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, cast

import apsw
import msgspec

Depth = Literal["hash", "content"]
Outcome = Literal["good", "damaged"]

_TABLE = """
CREATE TABLE IF NOT EXISTS volume_check (
    volume INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    depth TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS volume_check_goes AFTER DELETE ON volume BEGIN
    DELETE FROM volume_check WHERE volume = old.id;
END;
"""
_THERE = "state IN ('Uploaded', 'Verified')"
_NONE = "(SELECT NULL AS volume, NULL AS time, NULL AS outcome WHERE 0)"


class VolumeCheck(msgspec.Struct, frozen=True):
    """`volume` by its id, `time` in Unix seconds; `reason` is "" for a good one."""

    volume: int
    time: int
    depth: Depth
    outcome: Outcome
    reason: str = ""


class CheckedPart(msgspec.Struct, frozen=True):
    """Some volumes that follow each other by their ids. `checked` counts damaged ones too; `oldest` and
    `newest` are times of their last checks, None without any; `name` is "" unless it is one volume, `kind`
    unless all are of one."""

    volumes: int
    bytes: int
    checked: int
    checked_bytes: int
    damaged: int
    oldest: int | None
    newest: int | None
    name: str
    kind: str


def record_checks(connection: apsw.Connection, checks: Iterable[VolumeCheck]) -> None:
    """The last check of a volume counts."""
    connection.execute(_TABLE)
    connection.executemany(
        "INSERT OR REPLACE INTO volume_check (volume, time, depth, outcome, reason) VALUES (?, ?, ?, ?, ?)",
        (msgspec.structs.astuple(each) for each in checks),
    )


def read_checks(connection: apsw.Connection) -> list[VolumeCheck]:
    """In the order of the volumes' ids."""
    if not _has_table(connection):
        return []
    rows = connection.execute(
        "SELECT volume, time, depth, outcome, reason FROM volume_check ORDER BY volume"
    )
    return [VolumeCheck(*cast("tuple[int, int, Depth, Outcome, str]", row)) for row in rows]


def last_checks(connection: apsw.Connection) -> dict[int, int]:
    """Times by the ids of the volumes that were ever tested."""
    if not _has_table(connection):
        return {}
    rows = connection.execute("SELECT volume, time FROM volume_check")
    return dict(cast("Iterable[tuple[int, int]]", rows))


def damaged_volumes(connection: apsw.Connection) -> dict[int, int]:
    """When those were tested whose last test found them damaged, by their ids."""
    if not _has_table(connection):
        return {}
    rows = connection.execute("SELECT volume, time FROM volume_check WHERE outcome = 'damaged'")
    return dict(cast("Iterable[tuple[int, int]]", rows))


def note_damaged(connection: apsw.Connection, reasons: Mapping[int, str], now: float) -> None:
    """What is seen without a test: by the ids of the volumes."""
    checks = [VolumeCheck(each, int(now), "hash", "damaged", text) for each, text in reasons.items()]
    record_checks(connection, checks)


def checked_parts(connection: apsw.Connection, most: int) -> list[CheckedPart]:
    """The volumes at the destination in at most `most` parts of equal length, in the order of their ids."""
    count = cast("int", connection.execute(f"SELECT count(*) FROM volume WHERE {_THERE}").get)
    checks = "volume_check" if _has_table(connection) else _NONE
    # A part for each volume, or as many in each as makes `most` of them.
    rows = connection.execute(
        f"WITH numbered AS (SELECT id, name, kind, max(size, 0) AS size,"
        f" row_number() OVER (ORDER BY id) - 1 AS place FROM volume WHERE {_THERE})"
        " SELECT count(*), sum(size), count(c.time),"
        " sum(CASE WHEN c.time IS NULL THEN 0 ELSE size END), coalesce(sum(c.outcome = 'damaged'), 0),"
        " min(c.time), max(c.time), CASE count(*) WHEN 1 THEN max(name) ELSE '' END,"
        " CASE WHEN min(kind) = max(kind) THEN max(kind) ELSE '' END"
        f" FROM numbered LEFT JOIN {checks} c ON c.volume = numbered.id"
        " GROUP BY place * ?1 / ?2 ORDER BY min(place)",
        (min(most, count), max(count, 1)),
    )
    found = cast("Iterable[tuple[int, int, int, int, int, int | None, int | None, str, str]]", rows)
    return [CheckedPart(*row) for row in found]


def _has_table(connection: apsw.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'volume_check'"
    return connection.execute(query).fetchone() is not None
