"""`triplicati recover index`: which volume holds which block, read from the dblock volumes themselves.

``index.txt`` has a line ``<hash in Base64>, <volume>`` for each block, sorted, as Duplicati's recovery tool
writes and reads it (spec/format.md 14.4). It is searched where it lies, so memory does not grow with it.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import cast

import apsw
import msgspec

from triplicati.errors import CorruptVolume
from triplicati.formats.blocks import is_block_name
from triplicati.formats.hashes import b64
from triplicati.recover.digests import digest_of_entry
from triplicati.recover.folder import VolumeFolder, open_plain
from triplicati.recover.reasons import reason_of

NAME = "index.txt"
_ASIDE = ".recover-index.txt"
_BATCH = 10_000

Tell = Callable[[str], object]


class Indexed(msgspec.Struct):
    """How many volumes were read and blocks found, and the volumes that could not be read, with the
    reason."""

    volumes: int = 0
    blocks: int = 0
    unreadable: dict[str, str] = msgspec.field(default_factory=dict)


def build_index(folder: VolumeFolder, target: Path, tell: Tell) -> Indexed:
    """Blocking. Sorts in a scratch file of SQLite. Raises `OSError`."""
    result = Indexed()
    names = folder.volumes("dblock")
    scratch = apsw.Connection("")  # a file without a name, once it outgrows its cache
    try:
        scratch.execute("CREATE TABLE block (line TEXT) STRICT")
        scratch.execute("BEGIN")
        for name in names:
            try:
                scratch.executemany("INSERT INTO block VALUES (?)", _lines(folder.path / name))
            except (CorruptVolume, OSError) as error:
                result.unreadable[name] = reason_of(error)
                tell(f"{name}: cannot be read: {reason_of(error)}")
                continue
            result.volumes += 1
        result.blocks = _write(scratch, target)
    finally:
        scratch.close(True)
    return result


def _lines(path: Path) -> list[tuple[str]]:
    """Of one volume, which is read to its end before any of it counts."""
    with open_plain(path) as reader:
        return [
            (f"{b64(digest_of_entry(name))}, {path.name}",) for name in reader.entries if is_block_name(name)
        ]


def _write(scratch: apsw.Connection, target: Path) -> int:
    aside = target.with_name(_ASIDE)
    count = 0
    try:
        with aside.open("wb") as file:
            # Bytes, not letters, decide on the order: the search relies on it.
            rows = cast(
                "Iterable[tuple[str]]", scratch.execute("SELECT DISTINCT line FROM block ORDER BY line")
            )
            for (line,) in rows:
                file.write(line.encode() + b"\n")
                count += 1
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return count


def is_current(folder: VolumeFolder, target: Path) -> bool:
    """Whether the index is younger than all dblock volumes. A volume that is copied or moved into the folder
    can keep its time, but not that of its change of state."""
    try:
        made = target.stat().st_mtime_ns
        found = [(folder.path / name).stat() for name in folder.volumes("dblock")]
    except OSError:
        return False
    return all(max(each.st_mtime_ns, each.st_ctime_ns) < made for each in found)


class BlockIndex:
    """Finds blocks in an ``index.txt``. Raises `OSError` when it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        empty = path.stat().st_size == 0
        self._text = None if empty else mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def close(self) -> None:
        if self._text is not None:
            self._text.close()
        self._file.close()

    def volumes_of(self, digest: bytes) -> Iterator[str]:
        """The names of the volumes that are said to hold a block."""
        if self._text is None:
            return
        key = b64(digest).encode() + b","
        at = self._first(key)
        while at < len(self._text):
            line = self._line(at)
            if not line.startswith(key):
                return
            yield line[len(key) :].strip().decode("utf-8", "replace")
            at += len(line)

    def _first(self, key: bytes) -> int:
        """Where the first line begins that does not stand before `key`."""
        text = cast("mmap.mmap", self._text)
        low, high = 0, len(text)
        while low < high:
            middle = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
            line = self._line(middle)
            if line < key:
                low = middle + len(line)
            else:
                high = middle
        return low

    def _line(self, at: int) -> bytes:
        text = cast("mmap.mmap", self._text)
        end = text.find(b"\n", at)
        return text[at : end + 1] if end >= 0 else text[at:]
