"""What runs complained about, by the kind of complaint."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import apsw
import msgspec

from triplicati.config.server.rows import all_rows, insert_many, text, whole
from triplicati.messages.records import Problems, ProblemSample

_LARGEST = 4 * 1024**2


def pack(problems: Sequence[Problems]) -> list[bytes]:
    """The samples of each, for `add`."""
    return [zlib.compress(_encoded(each.samples)) for each in problems]


def add(
    connection: apsw.Connection,
    run_id: int,
    backup_id: str,
    problems: Sequence[Problems],
    packed: Sequence[bytes],
) -> None:
    insert_many(
        connection,
        "INSERT OR REPLACE INTO TriplicatiProblem (RunID, BackupID, Level, Name, Count, Samples)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (run_id, backup_id, each.level, each.id, each.count, samples)
            for each, samples in zip(problems, packed, strict=True)
        ],
    )


def of_run(connection: apsw.Connection, run_id: int) -> list[tuple[Problems, float]]:
    """Errors first, then the most frequent; each with the time (Unix seconds) when the earliest kept run of
    the backup that had such a one began."""
    rows = all_rows(
        connection,
        "SELECT p.Level, p.Name, p.Count, p.Samples, (SELECT min(r.Started) FROM TriplicatiProblem q JOIN"
        " TriplicatiRun r ON r.ID = q.RunID WHERE q.BackupID = p.BackupID AND q.Name = p.Name)"
        " FROM TriplicatiProblem p WHERE p.RunID = ? ORDER BY p.Level, p.Count DESC, p.Name",
        run_id,
    )
    return [
        (Problems(text(level), text(name), whole(count), _samples(samples)), float(first or 0))
        for level, name, count, samples, first in rows
    ]


def _encoded(samples: Sequence[ProblemSample]) -> bytes:
    plain = [ProblemSample(_encodable(each.text), _encodable(each.path)) for each in samples]
    return msgspec.json.encode(plain)


def _encodable(value: str) -> str:
    # File names that are no text came in with lone surrogates.
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _samples(packed: object) -> list[ProblemSample]:
    """Nothing for what is damaged: it is not worth an error."""
    try:
        content = zlib.decompressobj().decompress(packed if isinstance(packed, bytes) else b"", _LARGEST)
        return msgspec.json.decode(content, type=list[ProblemSample])
    except (zlib.error, msgspec.DecodeError):
        return []
