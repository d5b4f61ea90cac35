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
_AFTER_SEPARATOR = chr(ord("/") + 1)

Check = Literal["usual", "always", "time-only"]


class ScanBatch(msgspec.Struct, gc=False):
    """`paths`, `known` (whether the newest version has the path) and `ctimes` (what they were when the path
    was looked at) belong to `items` one by one."""

    items: list[Item] = msgspec.field(default_factory=list)
    paths: list[str] = msgspec.field(default_factory=list)
    known: list[bool] = msgspec.field(default_factory=list)
    ctimes: list[int] = msgspec.field(default_factory=list)
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


class SourceWalk(msgspec.Struct):
    """What there is now. `is_marked` tells of the path and device of a file whether it asks to be left out;
    it is asked of those that may have changed. `named`: only some paths were looked at, those that are
    `deleted` are gone, and the others stay as they are; a deleted path with a separator at its end stands for
    all below it."""

    found: Iterable[Found]
    is_marked: Callable[[str, int], bool] | None = None
    named: bool = False
    deleted: Sequence[str] = ()


Known = tuple[str, int, int, int, int, bytes | None, bytes]
"""path, kind, size, mtime, ctime, hash, metahash"""


_KNOWN = "SELECT path, kind, size, mtime, ctime, hash, metahash FROM entry WHERE since <= :v AND until > :v"


def known_rows(connection: apsw.Connection, version: int, walk: SourceWalk) -> Iterator[Known]:
    """What the newest version has, in path order, with what the comparison needs; nothing for version 0.

    Of named paths only what they replace, and what is deleted.
    """
    if not version:
        return iter(())
    if walk.named:
        walk.found = list(walk.found)
        return iter(_named_rows(connection, version, walk.found, walk.deleted))
    rows = connection.execute(f"{_KNOWN} ORDER BY path", {"v": version})
    return cast("Iterator[Known]", rows)


def _named_rows(
    connection: apsw.Connection, version: int, found: Iterable[Found], deleted: Iterable[str]
) -> list[Known]:
    rows: dict[str, Known] = {}

    def take(condition: str, *values: str) -> None:
        names = {"v": version, "a": values[0], "b": values[-1]}
        for row in connection.execute(f"{_KNOWN} AND {condition}", names):
            rows[cast("str", row[0])] = cast("Known", row)

    for path, _, kind, _, _ in found:
        bare = path.rstrip("/")
        take("path IN (:a, :b)", bare, bare + "/")
        if kind != FOLDER:  # a folder may have been there before, with all that was in it
            take("path > :a AND path < :b", bare + "/", bare + _AFTER_SEPARATOR)
    for path in deleted:
        if path.endswith("/"):
            take("path >= :a AND path < :b", path, path[:-1] + _AFTER_SEPARATOR)
        else:
            take("path = :a", path)
    return [row for _, row in sorted(rows.items())]


class ScanStopped(Exception):
    """Raised by the walk when it is to end early."""


def scan(
    walk: SourceWalk,
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
        _merge(walk, state, check, totals)
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
        self.note_lost(self.take(), totals)

    def note_lost(self, row: Known | None, totals: ScanTotals) -> None:
        if row is not None:
            self._lost.append(row[0])
            totals.gone[row[1]] += 1
            if len(self._lost) >= _LOST:
                self._gone(self._lost)
                self._lost = []

    def add(self, item: Item, path: str, known: bool, size: int, ctime: int) -> None:
        batch = self.batch
        batch.ctimes.append(ctime)
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


def _merge(walk: SourceWalk, state: _Scan, check: Check, totals: ScanTotals) -> None:
    is_marked, always = walk.is_marked, check == "always"
    for path, location, kind, status, raw in walk.found:
        row = state.row
        while row is not None and row[0] < path:
            state.lose(totals)
            row = state.row
        known = row is not None and row[0] == path
        if not known:
            row = None
        else:
            state.take()
        same = row is not None and _same(status, kind, row)
        if not same and is_marked is not None and kind == FILE and is_marked(location, status.st_dev):
            state.note_lost(row, totals)
            continue
        _count(totals, kind, status, raw)
        size = status.st_size if kind == FILE else 0
        if row is None or row[1] != kind:
            state.add(Item(os.fsencode(location), kind, raw), path, known, size, status.st_ctime_ns)
        elif not always and (same or (check == "time-only" and kind == FILE and _same_time(status, row))):
            totals.unchanged += 1
            if kind == FILE:
                totals.unchanged_files += 1
                totals.unchanged_bytes += size
        else:
            _, _, old_size, mtime, ctime, digest, metahash = row
            item = Item(
                os.fsencode(location), kind, raw, old_size, mtime, digest, metahash, ctime == 0, always
            )
            state.add(item, path, True, size, status.st_ctime_ns)


def _same(status: os.stat_result, kind: int, row: Known) -> bool:
    """Whether nothing has touched it, not even its attributes."""
    _, old_kind, size, mtime, ctime, _, _ = row
    return (
        mtime == status.st_mtime_ns
        and ctime == status.st_ctime_ns
        and kind == old_kind
        and (kind != FILE or size == status.st_size)
    )


def _same_time(status: os.stat_result, row: Known) -> bool:
    mtime = row[3]
    if row[4] == 0:  # known in whole seconds only
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
