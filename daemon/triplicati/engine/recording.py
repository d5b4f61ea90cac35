"""Writes what the workers found into the pending version, in batches, and keeps the counts."""

from __future__ import annotations

import os
from collections.abc import Sequence

import apsw

from triplicati.engine.scanning import ScanBatch
from triplicati.engine.wire import FAILED, METADATA_CHANGED, NOT_REACHED, UNCHANGED, Examined, Item
from triplicati.formats.kinds import FILE, FOLDER
from triplicati.index.database import Database
from triplicati.index.rows import Row, end_rows, insert_rows
from triplicati.index.schema import OPEN_END
from triplicati.messages.progress import Report
from triplicati.messages.results import BackupResult
from triplicati.source.names import stored_name

_ROWS = 4000


class Recorder:
    """`changes` is what makes a version worth uploading: rows that came, went or look different."""

    def __init__(self, database: Database, fileset: int, report: Report, result: BackupResult) -> None:
        self._database = database
        self._fileset = fileset
        self._report = report
        self._result = result
        self._rows: list[Row] = []
        self._ended: list[str] = []
        self._touched: list[tuple[int, int, bytes | None, str]] = []
        self.changes = 0
        self.not_reached: list[str] = []

    def take(self, batch: ScanBatch, results: Sequence[Examined]) -> None:
        """Keeps what a worker found until `flush`."""
        each = zip(batch.items, batch.paths, batch.known, batch.ctimes, results, strict=True)
        for item, path, known, ctime, found in each:
            # A mark that came after the question would never be seen if the later time were kept.
            found.ctime = min(found.ctime, ctime)
            self._take(item, path, known, found)

    async def flush_if_full(self) -> None:
        if len(self._rows) + len(self._ended) + len(self._touched) >= _ROWS:
            await self.flush()

    async def gone(self, paths: Sequence[str]) -> None:
        self._ended.extend(paths)
        self.changes += len(paths)
        if len(self._ended) >= _ROWS:
            await self.flush()

    async def flush(self) -> None:
        rows, ended, touched = self._rows, self._ended, self._touched
        self._rows, self._ended, self._touched = [], [], []
        if not (rows or ended or touched):
            return

        def work(connection: apsw.Connection) -> None:
            end_rows(connection, self._fileset, ended)
            insert_rows(connection, self._fileset, rows)
            connection.executemany(
                f"UPDATE entry SET mtime = ?, ctime = ?, raw = ? WHERE path = ? AND until = {OPEN_END}",
                touched,
            )

        await self._database.write(work)

    def _take(self, item: Item, path: str, known: bool, found: Examined) -> None:
        for identity, text in found.problems or ():
            # Where it was read from, a snapshot perhaps, is of no interest.
            where = stored_name(os.fsdecode(item.path))
            self._report.warning(identity, text.replace(where, path.rstrip("/")), path)
        if found.outcome == NOT_REACHED:
            self.not_reached.append(path)
            return
        if item.kind == FILE:
            self._count_file(item, known, found)
        if found.outcome == UNCHANGED:
            self._touched.append((found.mtime, found.ctime, item.raw, path))
            return
        self.changes += 1 if known or found.outcome != FAILED else 0
        if known:
            self._ended.append(path)
        if found.outcome == FAILED:
            return
        if item.kind != FILE:
            self._count_other(item.kind, known)
        self._rows.append(
            Row(
                path,
                item.kind,
                found.size if item.kind == FILE else -1,
                found.mtime,
                found.ctime,
                found.hash,
                found.blockhash,
                found.blocklists,
                found.metahash,
                found.metasize,
                found.metablockhash,
                found.metablocklists,
                item.raw,
            )
        )

    def _count_file(self, item: Item, known: bool, found: Examined) -> None:
        result = self._result
        self._report.progress.files_done += 1
        if not found.opened:  # what is opened is counted as it is read
            self._report.progress.bytes_done += max(found.size, item.known_size, 0)
        if found.opened:
            result.opened_files += 1
            result.size_of_opened_files += max(found.size, 0)
        if found.outcome == FAILED:
            result.files_with_error += 1
        elif found.outcome == UNCHANGED:
            result.timestamp_changed_files += found.mtime != item.known_mtime and not item.unsure
        elif not known:
            result.added_files += 1
            result.size_of_added_files += found.size
        elif found.outcome != METADATA_CHANGED:
            result.modified_files += 1
            result.size_of_modified_files += found.size

    def _count_other(self, kind: int, known: bool) -> None:
        result = self._result
        if kind == FOLDER:
            result.added_folders += not known
            result.modified_folders += known
        else:
            result.added_symlinks += not known
            result.modified_symlinks += known


def count_gone(result: BackupResult, gone: Sequence[int]) -> None:
    result.deleted_files += gone[0]
    result.deleted_folders += gone[1]
    result.deleted_symlinks += gone[2]
