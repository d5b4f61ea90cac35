"""Merges the walk with the newest version: what is unchanged costs neither an open file nor a query."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, cast

import apsw
import msgspec

from triplicati.engine.wire import Item
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.source.walk import Found

_BATCH_FILES = 256
_BATCH_BYTES = 8 << 20
_SECOND = 1_000_000_000
_LOST = 1000

Check = Literal["usual", "always", "time-only"]


class ScanBatch(msgspec.Struct, gc=False):
    """`paths` and `known` (whether the newest version has the path) belong to `items` one by one."""

    items: list[Item] = msgspec.field(default_factory=list)
    paths: list[str] = msgspec.field(default_factory=list)
    known: list[bool] = msgspec.field(default_factory=list)
    bytes: int = 0
    alone: bool = False


class ScanTotals(msgspec.Struct):
    """Counted while the scan goes on. `unchanged` includes all kinds of entries; `gone` counts by kind."""

    files: int = 0
    folders: int = 0
    symlinks: int = 0
    bytes: int = 0
    unchanged: int = 0
    unchanged_files: int = 0
    unchanged_bytes: int = 0
    escaped: int = 0
    gone: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])


Known = tuple[str, int, int, int, int, bytes | None, bytes]
"""path, kind, size, mtime, ctime, hash, metahash"""


def known_rows(connection: apsw.Connection, version: int) -> Iterator[Known]:
    """The newest version in path order, with what the comparison needs."""
    return cast(
        "Iterator[Known]",
        connection.execute(
            "SELECT path, kind, size, mtime, ctime, hash, metahash FROM entry"
            " WHERE since <= :v AND until > :v ORDER BY path",
            {"v": version},
        ),
    )


class ScanStopped(Exception):
    """Raised by the walk when it is to end early."""


def scan(
    found: Iterable[Found],
    known: Iterable[Known],
    check: Check,
    totals: ScanTotals,
    send: Callable[[ScanBatch], object],
    gone: Callable[[Sequence[str]], object],
) -> bool:
    """Sends batches of what is new or may have changed, and the paths that are there no more.

    False when the walk ended early: then what lies behind its end is not taken for deleted.
    """
    state = _Scan(iter(known), send, gone)
    try:
        _merge(found, state, check, totals)
    except ScanStopped:
        state.finish()
        return False
    while state.row is not None:
        state.lose(totals)
    state.finish()
    return True


class _Scan:
    """What a scan holds: the next known row, the open batch and the lost paths not yet sent."""

    def __init__(
        self,
        rows: Iterator[Known],
        send: Callable[[ScanBatch], object],
        gone: Callable[[Sequence[str]], object],
    ) -> None:
        self._rows = rows
        self._send = send
        self._gone = gone
        self._lost: list[str] = []
        self._first = True
        self.batch = ScanBatch()
        self.row = next(rows, None)

    def take(self) -> Known | None:
        row = self.row
        self.row = next(self._rows, None)
        return row

    def lose(self, totals: ScanTotals) -> None:
        row = self.take()
        if row is not None:
            self._lost.append(row[0])
            totals.gone[row[1]] += 1
            if len(self._lost) >= _LOST:
                self._gone(self._lost)
                self._lost = []

    def add(self, item: Item, path: str, known: bool, size: int) -> None:
        batch = self.batch
        batch.items.append(item)
        batch.paths.append(path)
        batch.known.append(known)
        batch.bytes += size
        if len(batch.items) >= _BATCH_FILES or batch.bytes >= _BATCH_BYTES:
            self._send(batch)
            self.batch, self._first = ScanBatch(), False

    def finish(self) -> None:
        if self._lost:
            self._gone(self._lost)
        if self.batch.items:
            self.batch.alone = self._first
            self._send(self.batch)


def _merge(found: Iterable[Found], state: _Scan, check: Check, totals: ScanTotals) -> None:
    for path, location, kind, status, raw in found:
        _count(totals, kind, status, raw)
        row = state.row
        while row is not None and row[0] < path:
            state.lose(totals)
            row = state.row
        size = status.st_size if kind == FILE else 0
        if row is None or row[0] != path:
            state.add(Item(os.fsencode(location), kind, raw), path, False, size)
            continue
        state.take()
        _, old_kind, old_size, mtime, ctime, digest, metahash = row
        if kind != old_kind:
            state.add(Item(os.fsencode(location), kind, raw), path, True, size)
        elif _unchanged(status, kind, row, check):
            totals.unchanged += 1
            if kind == FILE:
                totals.unchanged_files += 1
                totals.unchanged_bytes += size
        else:
            always = check == "always"
            item = Item(
                os.fsencode(location), kind, raw, old_size, mtime, digest, metahash, ctime == 0, always
            )
            state.add(item, path, True, size)


def _unchanged(status: os.stat_result, kind: int, row: Known, check: Check) -> bool:
    _, _, size, mtime, ctime, _, _ = row
    if (
        mtime == status.st_mtime_ns
        and ctime == status.st_ctime_ns
        and (kind != FILE or size == status.st_size)
    ):
        return check != "always"
    if check != "time-only" or kind != FILE:
        return False
    if ctime == 0:  # known in whole seconds only
        return mtime // _SECOND == status.st_mtime_ns // _SECOND
    return mtime == status.st_mtime_ns


def _count(totals: ScanTotals, kind: int, status: os.stat_result, raw: bytes | None) -> None:
    if kind == FILE:
        totals.files += 1
        totals.bytes += status.st_size
    elif kind == FOLDER:
        totals.folders += 1
    elif kind == SYMLINK:
        totals.symlinks += 1
    if raw is not None:
        totals.escaped += 1
