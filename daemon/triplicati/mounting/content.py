"""The content of one file of a version, from any byte on, a part at a time."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import cast

import apsw
import trio

from triplicati.errors import FileNotFetched
from triplicati.formats.blocks import block_count, hashes_per_list
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.blocks import read_blocklists
from triplicati.index.rows import Row
from triplicati.index.volumes import VolumeRow
from triplicati.mounting.reading import Index
from triplicati.mounting.volumes import Fetch, Volumes

_PART = 1 << 20
_MANY = 500


class _Window:
    """Neighbouring blocks of the file, as many as one blocklist names. `first` is the number of the first of
    them; `places` has the volumes that hold each."""

    def __init__(self, first: int, digests: list[bytes], places: dict[bytes, list[VolumeRow]]) -> None:
        self.first = first
        self.digests = digests
        self.places = places

    def __contains__(self, number: int) -> bool:
        return self.first <= number < self.first + len(self.digests)


class FileContent:
    """For one reader. While it is open the volume after the one that is read is fetched ahead, if the reader
    will come to it."""

    def __init__(self, index: Index, volumes: Volumes, form: VolumeFormat, row: Row) -> None:
        self._index = index
        self._volumes = volumes
        self._form = form
        self._row = row
        self._window = _Window(0, [], {})
        self._ahead: tuple[str, Fetch] | None = None

    def __enter__(self) -> FileContent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release(self._ahead)

    async def part(self, offset: int, end: int) -> bytes:
        """Some of the bytes from `offset` on, at most 1 MiB or one block, none behind `end`; each block was
        checked by its hash. Raises `FileNotFetched`, and what reading the database raises."""
        size = self._form.blocksize
        number, last = offset // size, (end - 1) // size
        if number not in self._window:
            self._window = await self._window_with(number)
        at = number - self._window.first
        stop = min(last + 1 - self._window.first, len(self._window.digests))
        digests = self._window.digests[at:stop]
        # What was fetched ahead may be what is needed now, so it is held until that is read.
        before = self._look_ahead(digests)
        try:
            blocks = await self._blocks(digests[: max(_PART // size, 1)])
        finally:
            self._release(before)
        for position, block in enumerate(blocks, number):
            if len(block) != min(size, self._row.size - position * size):
                raise self._failure("a block of it has the wrong size")
        begin = offset - number * size
        return b"".join(blocks)[begin : end - number * size]

    async def _blocks(self, digests: Sequence[bytes]) -> list[bytes]:
        """The first, and those behind it that are at hand."""
        found = await self._cached(digests)
        reason = "a block of it is missing at the destination"
        for again in (False, True):
            if found:
                return found
            if again:  # the volumes may have been made anew in the meantime
                self._window = await self._window_with(self._window.first)
            for volume in self._window.places.get(digests[0], ()):
                found, reason = await self._of_volume(volume, digests)
                if found:
                    return found
        raise self._failure(reason)

    async def _cached(self, digests: Sequence[bytes]) -> list[bytes]:
        """Empty only if the first is not there at the moment of the return: else a volume that came in the
        meantime would be fetched once more."""
        while True:
            found = await trio.to_thread.run_sync(self._volumes.cache.first, digests)
            if found or digests[0] not in self._volumes.cache:
                return found

    async def _of_volume(self, volume: VolumeRow, digests: Sequence[bytes]) -> tuple[list[bytes], str]:
        """Blocks, or why the first of `digests` cannot be had of `volume`."""
        while True:
            fetch = await self._volumes.fetched(volume, self._of(volume, digests))
            if digests[0] in fetch.blocks:
                return [fetch.blocks[digests[0]]], ""
            # It may have been past that block when this reader came.
            if digests[0] in self._volumes.cache and (found := await self._cached(digests)):
                return found, ""
            if fetch.reason or digests[0] in fetch.missing:
                return [], fetch.reason or f"a block of it is damaged in {volume.name}"

    def _look_ahead(self, digests: Sequence[bytes]) -> tuple[str, Fetch] | None:
        """Begins to fetch the next volume; gives what was held before, to be released. `digests` are those
        that the reader still wants of this window."""
        places = self._window.places
        here = next(iter(places.get(digests[0], ())), None)
        for at, digest in enumerate(digests):
            there = next(iter(places.get(digest, ())), here)
            if there is not None and there is not here:
                return self._fetch_ahead(there, digests[at:])
        before, self._ahead = self._ahead, None
        return before

    def _fetch_ahead(self, volume: VolumeRow, digests: Sequence[bytes]) -> tuple[str, Fetch] | None:
        if self._ahead is not None and self._ahead[0] == volume.name:
            return None
        before, self._ahead = self._ahead, None
        small = 0 <= volume.size <= self._volumes.cache.limit // 8
        if small and digests[0] not in self._volumes.cache:
            self._ahead = volume.name, self._volumes.hold(volume, self._of(volume, digests))
        return before

    def _release(self, held: tuple[str, Fetch] | None) -> None:
        if held is not None:
            self._volumes.release(held[1])

    def _of(self, volume: VolumeRow, digests: Sequence[bytes]) -> list[bytes]:
        """Those of `digests` that are in `volume`, as many as may stay in the cache."""
        room = max(self._volumes.cache.limit // 8 // self._form.blocksize, 1)
        mine = (each for each in digests if volume in self._window.places.get(each, ()))
        return [each for each, _ in zip(dict.fromkeys(mine), range(room), strict=False)]

    async def _window_with(self, number: int) -> _Window:
        return await self._index.read(lambda c: self._read_window(c, number))

    def _read_window(self, connection: apsw.Connection, number: int) -> _Window:
        row, length = self._row, DIGEST_SIZES[self._form.block_hash]
        if row.blocklists is None:
            only = row.blockhash or row.hash
            first, digests = 0, [only] if only is not None else []
        else:
            per_list = hashes_per_list(self._form)
            at = number // per_list
            name = row.blocklists[at * length : (at + 1) * length]
            content = next(read_blocklists(connection, [name]), None) or b""
            first = at * per_list
            digests = [content[start : start + length] for start in range(0, len(content), length)]
        window = _Window(first, digests, _places(connection, digests))
        if number not in window or number >= block_count(row.size, self._form.blocksize):
            raise self._failure("a list of its blocks is missing at the destination")
        return window

    def _failure(self, reason: str) -> FileNotFetched:
        return FileNotFetched(path=self._row.path, reason=reason)


def _places(connection: apsw.Connection, digests: Sequence[bytes]) -> dict[bytes, list[VolumeRow]]:
    """digest -> volumes, the one that counts first."""
    rows: list[tuple[bytes, int]] = []
    unique = list(dict.fromkeys(digests))
    for table in ("block", "duplicate_block"):
        for start in range(0, len(unique), _MANY):
            some = unique[start : start + _MANY]
            query = f"SELECT hash, volume FROM {table} WHERE hash IN ({','.join('?' * len(some))})"
            rows += cast("list[tuple[bytes, int]]", list(connection.execute(query, some)))
    volumes = {number: _volume(connection, number) for number in {number for _, number in rows}}
    places: dict[bytes, list[VolumeRow]] = {}
    for digest, number in rows:
        volume = volumes[number]
        if volume is not None and volume not in places.setdefault(digest, []):
            places[digest].append(volume)
    return places


def _volume(connection: apsw.Connection, number: int) -> VolumeRow | None:
    query = "SELECT id, name, kind, state, size, hash FROM volume WHERE id = ?"
    found = connection.execute(query, (number,)).fetchone()
    return VolumeRow(*found) if found else None
