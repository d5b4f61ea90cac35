"""Reads blocks by their hash from the plain volumes of a folder."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import apsw

from triplicati.errors import CorruptVolume
from triplicati.formats.blocks import is_block_name
from triplicati.formats.hashes import entry_name, hasher
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.names import parse_name
from triplicati.formats.zip_reader import ZipReader
from triplicati.recover.digests import digest_of_entry
from triplicati.recover.folder import VolumeFolder, opened_plain
from triplicati.recover.index import BlockIndex

# Directories of open volumes are held in memory; of tiny blocks a volume has very many.
_MOST_ENTRIES = 500_000
_LIST = "list/"


class OpenVolumes:
    """Keeps the volumes that were read last open."""

    def __init__(self, folder: Path, at_most: int) -> None:
        self._folder = folder
        self._at_most = max(at_most, 1)
        self._open: OrderedDict[str, tuple[ZipReader, Callable[[], None]]] = OrderedDict()
        self._entries = 0
        self._unreadable: set[str] = set()

    def get(self, name: str) -> ZipReader | None:
        """None for a volume that is not there or cannot be read."""
        held = self._open.get(name)
        if held is not None:
            self._open.move_to_end(name)
            return held[0]
        if name in self._unreadable or not _is_volume(name):
            return None
        try:
            opened = opened_plain(self._folder / name)
        except (CorruptVolume, OSError):
            self._unreadable.add(name)
            return None
        self._open[name] = opened
        self._entries += len(opened[0].entries)
        while len(self._open) > 1 and (len(self._open) > self._at_most or self._entries > _MOST_ENTRIES):
            self._close(self._open.popitem(last=False)[1])
        return opened[0]

    def _close(self, held: tuple[ZipReader, Callable[[], None]]) -> None:
        self._entries -= len(held[0].entries)
        held[1]()

    def close(self) -> None:
        while self._open:
            self._close(self._open.popitem()[1])


def _is_volume(name: str) -> bool:
    """An index may say anything: what is opened is a volume in this folder."""
    return parse_name(name) is not None and not any(character in name for character in "/\\\0")


class Blocks:
    """Blocks that are what their name says; a damaged copy is passed over for another one."""

    def __init__(self, folder: VolumeFolder, index: BlockIndex, form: VolumeFormat, at_most: int) -> None:
        self._folder = folder
        self._index = index
        self._hash = hasher(form.block_hash)
        self._largest = form.blocksize
        self._volumes = OpenVolumes(folder.path, at_most)
        self._copies: apsw.Connection | None = None

    def close(self) -> None:
        self._volumes.close()
        if self._copies is not None:
            self._copies.close(True)

    def read(self, digest: bytes) -> bytes | None:
        """None where no volume has it whole."""
        name = entry_name(digest).decode()
        return self._proven(digest, ((volume, name) for volume in self._index.volumes_of(digest)))

    def read_list(self, digest: bytes) -> bytes | None:
        """A blocklist, if need be from the copy that a dindex volume holds."""
        found = self.read(digest)
        if found is None:
            entry = _LIST + entry_name(digest).decode()
            found = self._proven(digest, ((volume, entry) for volume in self._volumes_with_copy(digest)))
        return found

    def _proven(self, digest: bytes, places: Iterator[tuple[str, str]]) -> bytes | None:
        for volume, entry in places:
            reader = self._volumes.get(volume)
            if reader is None or entry not in reader:
                continue
            with suppress(CorruptVolume, OSError):
                content = reader.read(entry, self._largest)
                if self._hash(content).digest() == digest:
                    return content
        return None

    def _volumes_with_copy(self, digest: bytes) -> list[str]:
        if self._copies is None:
            self._copies = self._read_copies()
        rows = self._copies.execute("SELECT volume FROM copy WHERE hash = ?", (digest,))
        return [cast("str", row[0]) for row in rows]

    def _read_copies(self) -> apsw.Connection:
        """Only now, as they are seldom needed."""
        copies = apsw.Connection("")
        copies.execute("CREATE TABLE copy (hash BLOB, volume TEXT) STRICT; BEGIN")
        for name in self._folder.volumes("dindex"):
            reader = self._volumes.get(name)
            if reader is None:
                continue
            names = (each.removeprefix(_LIST) for each in reader.entries if each.startswith(_LIST))
            rows = [(digest_of_entry(each), name) for each in names if is_block_name(each)]
            copies.executemany("INSERT INTO copy VALUES (?, ?)", rows)
        copies.execute("CREATE INDEX of_hash ON copy (hash)")
        return copies


@contextmanager
def open_blocks(
    folder: VolumeFolder, index: Path, form: VolumeFormat, at_most: int
) -> Iterator[Blocks]:
    """Raises `OSError` where the index cannot be opened."""
    opened = BlockIndex(index)
    blocks = Blocks(folder, opened, form, at_most)
    try:
        yield blocks
    finally:
        blocks.close()
        opened.close()
