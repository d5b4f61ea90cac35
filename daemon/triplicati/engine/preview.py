"""`--dry-run` of a backup: what would be looked at and stored, with nothing changed anywhere."""

from __future__ import annotations

import os
from collections.abc import Sequence

import trio

from triplicati.engine.recording import count_gone
from triplicati.engine.scanning import ScanBatch, ScanTotals, SourceWalk, known_rows, scan
from triplicati.engine.settings import BackupSettings
from triplicati.formats.kinds import FILE, FOLDER
from triplicati.index.database import Database
from triplicati.messages.progress import Report
from triplicati.messages.results import BackupResult
from triplicati.source.names import stored_name

_SHOWN = 100


async def preview(
    database: Database,
    settings: BackupSettings,
    walk: SourceWalk,
    base: int,
    report: Report,
    result: BackupResult,
) -> None:
    """Counts by what the scan sees: a file whose time or size differs counts as changed, unread."""
    totals = ScanTotals()
    shown: list[str] = []

    def send(batch: ScanBatch) -> None:
        trio.from_thread.check_cancelled()
        for item, path, known in zip(batch.items, batch.paths, batch.known, strict=True):
            if item.kind == FILE:
                size = _size(item.path)
                result.added_files += not known
                result.modified_files += known
                result.size_of_added_files += 0 if known else size
                result.size_of_modified_files += size if known else 0
            elif item.kind == FOLDER:
                result.added_folders += not known
                result.modified_folders += known
            else:
                result.added_symlinks += not known
                result.modified_symlinks += known
            if len(shown) < _SHOWN:
                shown.append(f"[Dryrun]: Would store {stored_name(path)}")

    def gone(paths: Sequence[str]) -> None:
        shown.extend(f"[Dryrun]: Would note as deleted {path}" for path in paths[: _SHOWN - len(shown)])

    def in_thread() -> None:
        with database.reader() as connection:
            scan(walk, known_rows(connection, base, walk), settings.check, totals, send, gone)

    await trio.to_thread.run_sync(in_thread, abandon_on_cancel=True)
    count_gone(result, totals.gone)
    result.examined_files, result.size_of_examined_files = totals.files, totals.bytes
    for line in shown:
        report.message(line, "DryRun")
    if len(shown) == _SHOWN:
        report.message("[Dryrun]: ... and more; the counts below are of all", "DryRun")


def _size(path: bytes) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0
