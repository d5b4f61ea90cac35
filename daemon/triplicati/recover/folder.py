"""The folder with plain volumes that `download` fills and the other commands read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from triplicati.errors import (
    CorruptVolume,
    InvalidValue,
    NothingToRecover,
    RecoveryVersionMissing,
    SeveralBackupsFound,
    VolumesEncrypted,
)
from triplicati.formats.manifest import VolumeFormat, decode_manifest
from triplicati.formats.names import VolumeKind, VolumeName, parse_name
from triplicati.formats.zip_reader import ZipReader
from triplicati.formats.zip_scan import scanned_entries
from triplicati.values.moments import parse_moment


class Version(msgspec.Struct, frozen=True):
    """`number` counts from 0, the newest; `stamp` in Unix seconds."""

    number: int
    stamp: int
    name: str


class VolumeFolder:
    """The plain volumes of one backup in a folder."""

    def __init__(self, path: Path, prefix: str = "") -> None:
        """Raises `NothingToRecover`, `VolumesEncrypted`, and `SeveralBackupsFound` without a prefix."""
        self.path = path
        found = [name for name in _names(path) if not prefix or name.prefix == prefix]
        self._plain = [name for name in found if not name.encryption]
        if not self._plain:
            if found:
                raise VolumesEncrypted(folder=path)
            what = f'with the prefix "{prefix}"' if prefix else "of a backup"
            raise NothingToRecover(what=what, place=path)
        prefixes = sorted({name.prefix for name in self._plain})
        if len(prefixes) > 1:
            raise SeveralBackupsFound(folder=path, prefixes=", ".join(prefixes))

    def volumes(self, kind: VolumeKind) -> list[str]:
        """The names of the volumes of a kind, sorted."""
        return sorted(name.name for name in self._plain if name.kind == kind)

    def versions(self) -> list[Version]:
        """Newest first."""
        lists = [name for name in self._plain if name.kind == "dlist" and name.stamp is not None]
        lists.sort(key=lambda name: (name.stamp or 0, name.name), reverse=True)
        return [Version(number, name.stamp or 0, name.name) for number, name in enumerate(lists)]

    def version(self, wanted: str, now: datetime) -> Version:
        """By its number, the name of its file, or a time, of which the nearest is taken; `now` is aware.
        Raises `RecoveryVersionMissing`."""
        versions = self.versions()
        missing = RecoveryVersionMissing(wanted=wanted, folder=self.path, count=len(versions))
        if wanted.isascii() and wanted.isdigit() and len(wanted) < 8:
            if int(wanted) >= len(versions):
                raise missing
            return versions[int(wanted)]
        for each in versions:
            if Path(wanted).name in (each.name, *(f"{each.name}.{end}" for end in ("aes", "gpg"))):
                return each
        try:
            moment = parse_moment(wanted, now, backwards=True).timestamp()
        except InvalidValue:
            raise missing from None
        if not versions:
            raise missing
        return min(versions, key=lambda each: abs(each.stamp - moment))

    def form(self, first: ZipReader) -> VolumeFormat:
        """What the manifest of `first` says, or that of another volume. Raises `CorruptVolume` where none
        can be read."""
        problem: CorruptVolume | None = None
        try:
            return decode_manifest(first.read("manifest"), "")
        except CorruptVolume as error:
            problem = error
        for name in (*self.volumes("dlist"), *self.volumes("dblock"), *self.volumes("dindex")):
            try:
                with open_plain(self.path / name) as reader:
                    return decode_manifest(reader.read("manifest"), name)
            except (CorruptVolume, OSError):
                continue
        raise problem


def _names(folder: Path) -> Iterator[VolumeName]:
    try:
        found = sorted(each.name for each in folder.iterdir() if each.is_file())
    except (FileNotFoundError, NotADirectoryError):
        raise NothingToRecover(what="of a backup", place=f"{folder}, which is no folder") from None
    for each in found:
        name = parse_name(each)
        if name is not None and name.compression == "zip":
            yield name


@contextmanager
def open_plain(path: Path) -> Iterator[ZipReader]:
    """The entries of a plain volume. Raises `CorruptVolume`, `OSError`."""
    reader, close = opened_plain(path)
    try:
        yield reader
    finally:
        close()


def opened_plain(path: Path) -> tuple[ZipReader, Callable[[], None]]:
    """As `open_plain`; the second closes it. A container without a directory is searched for its entries."""
    file = path.open("rb", buffering=0)
    try:
        length = path.stat().st_size

        def read_at(offset: int, size: int) -> bytes:
            file.seek(offset)
            return file.read(size)

        return readable(read_at, length, path.name), file.close
    except BaseException:
        file.close()
        raise


def readable(read_at: Callable[[int, int], bytes], length: int, name: str) -> ZipReader:
    """Raises `CorruptVolume` where not a single entry can be found."""
    try:
        return ZipReader(read_at, length, name)
    except CorruptVolume:
        entries = list(scanned_entries(read_at, length))
        if not entries:
            raise
        return ZipReader(read_at, length, name, entries)

