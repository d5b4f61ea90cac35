"""Every run with its result and log, and the calls of the destination it made."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import apsw
import msgspec

from triplicati.config.server.rows import (
    Row,
    Value,
    all_rows,
    changed_rows,
    insert_many,
    one_row,
    text,
    whole,
)
from triplicati.messages.records import RemoteOperation, Run

_COLUMNS = "ID, BackupID, TaskID, Operation, Reason, Started, Ended, Parsed, Result, LogLines"
_LARGEST_LOG = 64 * 1024**2


def begin(
    connection: apsw.Connection, backup_id: str, task_id: int, operation: str, reason: str, started: float
) -> int:
    changed_rows(
        connection,
        "INSERT INTO TriplicatiRun (BackupID, TaskID, Operation, Reason, Started) VALUES (?, ?, ?, ?, ?)",
        backup_id,
        task_id,
        operation,
        reason,
        started,
    )
    return connection.last_insert_rowid()


def end(
    connection: apsw.Connection, run_id: int, ended: float, parsed: str, result: str, log: bytes, lines: int
) -> None:
    changed_rows(
        connection,
        "UPDATE TriplicatiRun SET Ended = ?, Parsed = ?, Result = ?, Log = ?, LogLines = ? WHERE ID = ?",
        ended,
        parsed,
        result,
        log,
        lines,
        run_id,
    )


def runs(connection: apsw.Connection, backup_id: str, before: int | None, limit: int) -> list[Run]:
    """Newest first; those with an id below `before`."""
    query = (
        f"SELECT {_COLUMNS} FROM TriplicatiRun WHERE BackupID = ?1 AND (?2 IS NULL OR ID < ?2)"
        " ORDER BY ID DESC LIMIT ?3"
    )
    return [_run(row) for row in all_rows(connection, query, backup_id, before, limit)]


def run(connection: apsw.Connection, run_id: int) -> Run | None:
    row = one_row(connection, f"SELECT {_COLUMNS} FROM TriplicatiRun WHERE ID = ?", run_id)
    return None if row is None else _run(row)


def unfinished(connection: apsw.Connection) -> list[Run]:
    """Oldest first."""
    query = f"SELECT {_COLUMNS} FROM TriplicatiRun WHERE Ended IS NULL ORDER BY ID"
    return [_run(row) for row in all_rows(connection, query)]


def log_of(connection: apsw.Connection, run_id: int) -> bytes:
    row = one_row(connection, "SELECT Log FROM TriplicatiRun WHERE ID = ?", run_id)
    return row[0] if row is not None and isinstance(row[0], bytes) else b""


def pack_log(lines: Sequence[str]) -> bytes:
    return zlib.compress(msgspec.json.encode([_encodable(line) for line in lines]), 6)


def unpack_log(packed: bytes) -> list[str]:
    """Nothing for what is damaged: a log is not worth an error."""
    if not packed:
        return []
    try:
        content = zlib.decompressobj().decompress(packed, _LARGEST_LOG)
        return msgspec.json.decode(content, type=list[str])
    except (zlib.error, msgspec.DecodeError):
        return []


def add_remote_operations(
    connection: apsw.Connection, run_id: int, backup_id: str, operations: Iterable[RemoteOperation]
) -> None:
    insert_many(
        connection,
        "INSERT INTO TriplicatiRemoteOperation (RunID, BackupID, Timestamp, Operation, Path, Size, Hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (run_id, backup_id, each.timestamp, each.operation, each.path, each.size, each.hash)
            for each in operations
        ],
    )


def remote_operations(
    connection: apsw.Connection, backup_id: str, before: int | None, limit: int
) -> list[RemoteOperation]:
    """Newest first; those with an id below `before`."""
    found = all_rows(
        connection,
        "SELECT Timestamp, Operation, Path, Size, Hash, ID, RunID FROM TriplicatiRemoteOperation"
        " WHERE BackupID = ?1 AND (?2 IS NULL OR ID < ?2) ORDER BY ID DESC LIMIT ?3",
        backup_id,
        before,
        limit,
    )
    return [_remote_operation(row) for row in found]


def purge_remote_operations(connection: apsw.Connection, oldest: int) -> int:
    return changed_rows(connection, "DELETE FROM TriplicatiRemoteOperation WHERE Timestamp < ?", oldest)


def _run(row: Row) -> Run:
    number, backup_id, task, operation, reason, started, ended, parsed, result, lines = row
    return Run(
        id=whole(number),
        backup_id=text(backup_id),
        task_id=whole(task),
        operation=text(operation),
        reason=text(reason),
        started=_seconds(started) or 0.0,
        ended=_seconds(ended),
        parsed=text(parsed),
        result=text(result),
        log_lines=whole(lines),
    )


def _remote_operation(row: Row) -> RemoteOperation:
    timestamp, operation, path, size, digest, number, run_id = row
    return RemoteOperation(
        timestamp=whole(timestamp),
        operation=text(operation),
        path=text(path),
        size=None if size is None else whole(size),
        hash=text(digest),
        id=whole(number),
        run_id=whole(run_id),
    )


def _seconds(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _encodable(line: str) -> str:
    # File names that are no text came in with lone surrogates.
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
