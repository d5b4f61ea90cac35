"""The schedules of saved backups: Duplicati's row, found by its tag ``ID=<number>``, and what we add."""

from __future__ import annotations

import apsw

from triplicati.config.server.rows import Row, all_rows, changed_rows, one_row, text, whole
from triplicati.config.server.weekdays import rule_of_weekdays, weekdays_of_rule
from triplicati.messages.saved import NEVER, SavedSchedule

_COLUMNS = "ID, Tags, Time, Repeat, LastRun, Rule"


def tag_of(number: int) -> str:
    return f"ID={number}"


def schedules(connection: apsw.Connection) -> dict[int, SavedSchedule]:
    """By the number of their backup."""
    ours = _ours(connection)
    found = all_rows(connection, f"SELECT {_COLUMNS} FROM Schedule ORDER BY ID DESC")
    return {
        number: _schedule(row, *ours.get(number, (False, "", "")))
        for row in found
        for number in backups_of_tags(text(row[1]))
    }


def backups_of_tags(tags: str) -> list[int]:
    """The backups that a schedule is for; each has one as a rule."""
    parts = (part.strip() for part in tags.split(","))
    return [int(part[3:]) for part in parts if part.startswith("ID=") and part[3:].isdecimal()]


def write_schedule(connection: apsw.Connection, number: int, schedule: SavedSchedule | None) -> None:
    """The whole schedule of a backup, or none."""
    known = schedules(connection).get(number)
    if schedule is None:
        changed_rows(connection, "DELETE FROM Schedule WHERE Tags = ?", tag_of(number))
        _set_ours(connection, number, paused=False, zone="", wall="")
        return
    values = (schedule.time, schedule.repeat, _stored(schedule.last_run), rule_of_weekdays(schedule.days))
    if known is None:
        changed_rows(
            connection,
            "INSERT INTO Schedule (Tags, Time, Repeat, LastRun, Rule) VALUES (?, ?, ?, ?, ?)",
            tag_of(number),
            *values,
        )
    else:
        changed_rows(
            connection,
            "UPDATE Schedule SET Time = ?, Repeat = ?, LastRun = ?, Rule = ? WHERE ID = ?",
            *values,
            known.id,
        )
    _set_ours(connection, number, paused=schedule.paused, zone=schedule.zone, wall=schedule.wall)


def set_state(
    connection: apsw.Connection,
    number: int,
    time: int | None,
    last_run: int | None,
    success: int | None,
    wall: str = "",
) -> None:
    """What a run moves; None leaves a value as it is. `wall` belongs to `time`."""
    if time is not None:
        _set_wall(connection, number, wall)
    known = schedules(connection).get(number)
    if known is not None:
        changed_rows(
            connection,
            "UPDATE Schedule SET Time = coalesce(?, Time), LastRun = coalesce(?, LastRun) WHERE ID = ?",
            time,
            last_run,
            known.id,
        )
    if success is not None:
        _ensure(connection, number)
        changed_rows(
            connection,
            "UPDATE TriplicatiSchedule SET LastSuccess = ? WHERE BackupID = ?",
            success,
            str(number),
        )


def pause(connection: apsw.Connection, number: int, paused: bool) -> None:
    _ensure(connection, number)
    changed_rows(
        connection,
        "UPDATE TriplicatiSchedule SET Paused = ? WHERE BackupID = ?",
        int(paused),
        str(number),
    )


def set_zone(connection: apsw.Connection, number: int, zone: str) -> None:
    _ensure(connection, number)
    changed_rows(
        connection, "UPDATE TriplicatiSchedule SET Zone = ? WHERE BackupID = ?", zone, str(number)
    )


def _set_wall(connection: apsw.Connection, number: int, wall: str) -> None:
    _ensure(connection, number)
    changed_rows(
        connection, "UPDATE TriplicatiSchedule SET Wall = ? WHERE BackupID = ?", wall, str(number)
    )


def last_success(connection: apsw.Connection, number: int) -> int | None:
    row = one_row(
        connection, "SELECT LastSuccess FROM TriplicatiSchedule WHERE BackupID = ?", str(number)
    )
    return None if row is None or row[0] is None else whole(row[0])


def last_successes(connection: apsw.Connection) -> dict[str, int]:
    found = all_rows(
        connection, "SELECT BackupID, LastSuccess FROM TriplicatiSchedule WHERE LastSuccess IS NOT NULL"
    )
    return {text(row[0]): whole(row[1]) for row in found}


def _schedule(row: Row, paused: bool, zone: str, wall: str) -> SavedSchedule:
    last_run = whole(row[4], NEVER)
    return SavedSchedule(
        id=whole(row[0]),
        time=whole(row[2]),
        repeat=text(row[3]),
        # Old programs stored 0 for never.
        last_run=last_run if last_run > 0 else NEVER,
        days=weekdays_of_rule(text(row[5])),
        paused=paused,
        zone=zone,
        wall=wall,
    )


def _stored(last_run: int) -> int:
    return last_run if last_run > 0 else NEVER


def _ours(connection: apsw.Connection) -> dict[int, tuple[bool, str, str]]:
    found = all_rows(connection, "SELECT BackupID, Paused, Zone, Wall FROM TriplicatiSchedule")
    return {whole(row[0]): (bool(row[1]), text(row[2]), text(row[3])) for row in found}


def _ensure(connection: apsw.Connection, number: int) -> None:
    changed_rows(connection, "INSERT OR IGNORE INTO TriplicatiSchedule (BackupID) VALUES (?)", str(number))


def _set_ours(connection: apsw.Connection, number: int, *, paused: bool, zone: str, wall: str) -> None:
    pause(connection, number, paused)
    set_zone(connection, number, zone)
    _set_wall(connection, number, wall)
