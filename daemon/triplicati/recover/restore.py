"""`triplicati recover restore`: files of one version, from plain volumes and their index alone.

Each file is written aside and hashed before it gets its place; links come last, when nothing more is written
that could go through one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import cast

import apsw
import msgspec

from triplicati.engine.finishing import refusal
from triplicati.engine.restore_places import check_target
from triplicati.engine.restore_targets import common_folder
from triplicati.errors import HostilePath, InvalidMetadata, NothingMatches
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.metadata import Kind, Metadata, decode_metadata
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.rows import Row
from triplicati.recover.blocks import Blocks
from triplicati.recover.content import read_metadata, write_content
from triplicati.recover.folder import Version
from triplicati.recover.listing import Problems, entries
from triplicati.recover.places import Places
from triplicati.source.filters import Filter
from triplicati.source.metadata.native import apply
from triplicati.source.names import name_bytes
from triplicati.values.sizes import format_size

Tell = Callable[[str], object]
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_KINDS: tuple[Kind, Kind, Kind] = ("file", "folder", "symlink")
_BETWEEN_LINES = 5.0  # seconds
_HOLES = b".partial"


class Wish(msgspec.Struct, frozen=True):
    """`partial` keeps what there is of files that cannot be whole; `verify` compares each with its hash."""

    target: Path
    chosen: Filter | None = None
    overwrite: bool = False
    partial: bool = False
    verify: bool = True
    metadata: bool = True
    permissions: bool = False


class Recovered(msgspec.Struct):
    """Counts; `failed` are those that are not there now, of which `partial` in part. `bare` have no metadata,
    for it is lost."""

    files: int = 0
    size: int = 0
    unmodified: int = 0
    folders: int = 0
    links: int = 0
    failed: int = 0
    partial: int = 0
    bare: int = 0
    problems: Problems = msgspec.field(default_factory=Problems)


def restore(
    folder: Path,
    reader: ZipReader,
    version: Version,
    blocks: Blocks,
    form: VolumeFormat,
    wish: Wish,
    tell: Tell,
) -> Recovered:
    """Blocking; `folder` is that of the volumes, `reader` the dlist. Each entry that cannot be restored is
    told, with the reason.

    Raises `RestoreTargetUnusable`, `NothingMatches`, `DiskFull`.
    """
    check_target(wish.target)
    result = Recovered()

    def rows() -> Iterator[Row]:
        return entries(reader, version.name, form, wish.chosen, result.problems)

    totals = Recovered()
    prefix = common_folder(_counted(rows(), totals))
    if wish.chosen is not None and not (totals.files or totals.links or totals.folders):
        raise NothingMatches(folder=folder, version=version.number)
    places = Places(wish.target, prefix, version.stamp, form.file_hash, overwrite=wish.overwrite)
    tell(f"{totals.files} files with {format_size(totals.size)} are to be restored to {wish.target}.")
    work = _Work(blocks, form, wish, places, result, totals, tell)
    try:
        work.restore_all(rows())
    finally:
        work.close()
    return result


def _counted(rows: Iterator[Row], totals: Recovered) -> Iterator[str]:
    for row in rows:
        if row.kind == FILE:
            totals.files += 1
            totals.size += row.size
        elif row.kind == FOLDER:
            totals.folders += 1
        else:
            totals.links += 1
        yield row.path


class _Work:
    """One restore. What has to wait for the end is kept in a scratch file."""

    def __init__(
        self,
        blocks: Blocks,
        form: VolumeFormat,
        wish: Wish,
        places: Places,
        result: Recovered,
        totals: Recovered,
        tell: Tell,
    ) -> None:
        self._blocks, self._form, self._wish = blocks, form, wish
        self._result, self._totals, self._tell = result, totals, tell
        self._places = places
        self._told = time.monotonic()
        self._later = apsw.Connection("")
        columns = "kind INTEGER, depth INTEGER, target BLOB, leads_to BLOB, entry BLOB"
        self._later.execute(f"CREATE TABLE later ({columns}) STRICT")

    def close(self) -> None:
        self._later.close(True)

    def restore_all(self, rows: Iterator[Row]) -> None:
        os.makedirs(self._places.root, exist_ok=True)
        for row in rows:
            self._attempt(row, partial(self._file if row.kind == FILE else self._put_off, row))
            self._progress()
        for row, target, leads_to in self._waiting(SYMLINK):
            self._attempt(row, partial(self._link, target, leads_to))
        for row, target, _ in self._waiting(FOLDER):
            self._attempt(row, partial(self._finish_folder, row, target))

    def _attempt(self, row: Row, work: Callable[[], None]) -> None:
        try:
            work()
        except HostilePath as error:
            self._fail(row, str(error))
        except OSError as error:
            self._fail(row, refusal(error, os.fsencode(error.filename or self._places.root)))
        except ValueError as error:  # a name that this system cannot have
            self._fail(row, str(error))

    def _fail(self, row: Row, reason: str) -> None:
        self._result.failed += 1
        self._tell(f"NOT RESTORED {row.path}: {reason}")

    def _progress(self) -> None:
        now = time.monotonic()
        if now - self._told >= _BETWEEN_LINES:
            self._told = now
            done, all_ = self._result, self._totals
            count = done.files + done.unmodified + done.failed
            self._tell(f"{count} of {all_.files} files, {format_size(done.size)} of {format_size(all_.size)}")

    def _metadata(self, row: Row) -> Metadata:
        if not self._wish.metadata and row.kind != SYMLINK:
            return Metadata()
        blob = read_metadata(row, self._blocks, self._form)
        try:
            if blob is not None:
                return decode_metadata(blob)
        except InvalidMetadata:
            pass
        self._result.bare += 1
        return Metadata()

    def _apply(self, row: Row, target: bytes, metadata: Metadata) -> None:
        if self._wish.metadata:
            for text in apply(target, _KINDS[row.kind], metadata, permissions=self._wish.permissions):
                self._tell(f"{row.path}: {text}")

    # --- files -------------------------------------------------------------------------------------------

    def _file(self, row: Row) -> None:
        metadata = self._metadata(row)
        target, same = self._places.free(row, self._places.of(row, metadata.raw_name))
        if same:
            self._apply(row, target, metadata)
            self._result.unmodified += 1
            return
        aside = self._places.aside(target)
        handle = os.open(aside, _CREATE, 0o600 if self._wish.permissions else 0o666)
        try:
            try:
                written = write_content(handle, row, self._blocks, self._form)
            finally:
                os.close(handle)
            reason = _problem(row, written.missing, written.right or not self._wish.verify)
            if reason:
                self._broken(row, aside, target, written.missing, reason)
                return
            self._apply(row, aside, metadata)
            os.replace(aside, target)
        except BaseException:
            with suppress(FileNotFoundError):  # Ctrl-C may come when it has its place already
                os.unlink(aside)
            raise
        self._result.files += 1
        self._result.size += row.size

    def _broken(self, row: Row, aside: bytes, target: bytes, missing: int, reason: str) -> None:
        if self._wish.partial and missing < row.size:
            holed = self._places.free_of_any(target + _HOLES)
            os.replace(aside, holed)
            self._result.partial += 1
            reason += f"; what there is lies in {os.fsdecode(os.path.basename(holed))}"
        else:
            os.unlink(aside)
        self._fail(row, reason)

    # --- folders and links -------------------------------------------------------------------------------

    def _put_off(self, row: Row) -> None:
        """The folder is made, or that of the link, before any link is."""
        leads_to, raw_name = self._leads_to(row) if row.kind == SYMLINK else (b"", None)
        target = self._places.of(row, raw_name)
        self._later.execute(
            "INSERT INTO later VALUES (?, ?, ?, ?, ?)",
            (row.kind, target.count(b"/"), target, leads_to, msgspec.msgpack.encode(row)),
        )

    def _leads_to(self, row: Row) -> tuple[bytes, bytes | None]:
        """Of a link, and its own name where that is no text."""
        metadata = self._metadata(row)
        target = metadata.raw_link_target or name_bytes(metadata.link_target or "")
        if not target:
            raise OSError(0, "where the link leads to is lost")
        return target, metadata.raw_name

    def _waiting(self, kind: int) -> Iterator[tuple[Row, bytes, bytes]]:
        """(entry, place, where a link leads to), the deepest first."""
        query = "SELECT entry, target, leads_to FROM later WHERE kind = ? ORDER BY depth DESC, rowid"
        rows = cast("Iterator[tuple[bytes, bytes, bytes]]", self._later.execute(query, (kind,)))
        for entry, target, leads_to in rows:
            yield msgspec.msgpack.decode(entry, type=Row), target, leads_to

    def _link(self, target: bytes, leads_to: bytes) -> None:
        if os.path.islink(target) and os.readlink(target) == leads_to:
            self._result.unmodified += 1
            return
        target = self._places.free_of_any(target)
        aside = self._places.aside(target)
        try:
            os.symlink(leads_to, aside)
            os.replace(aside, target)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(aside)
            raise
        self._result.links += 1

    def _finish_folder(self, row: Row, target: bytes) -> None:
        self._apply(row, target, self._metadata(row))
        self._result.folders += 1


def _problem(row: Row, missing: int, right: bool) -> str:
    if missing:
        return f"{missing} of {row.size} bytes are missing"
    return "" if right else "its content is not what the backup recorded (the hash differs)"
