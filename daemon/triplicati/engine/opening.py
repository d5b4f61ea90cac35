"""From a volume's file to its entries: checks, decrypts, opens. Plain functions, for threads and workers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

import msgspec

from triplicati.errors import (
    CorruptVolume,
    GpgFailed,
    PassphraseNeeded,
    UnsupportedContainer,
    UnsupportedEncryption,
    WrongPassphrase,
    disk_error,
)
from triplicati.formats.hashes import VOLUME_HASH, hasher
from triplicati.formats.manifest import VolumeFormat, check_manifest
from triplicati.formats.names import VolumeName, parse_name
from triplicati.formats.zip_reader import ZipReader

UNREADABLE = (CorruptVolume, UnsupportedContainer, UnsupportedEncryption, GpgFailed, WrongPassphrase)
"""What a single bad volume may do without ending the whole. A passphrase that fits other volumes and not this
one tells of damage."""

_PART = 1 << 20
# Larger volumes are decrypted into a temporary file.
_IN_MEMORY = 80 << 20


class GpgSettings(msgspec.Struct, frozen=True):
    """spec/format.md 7.4."""

    program: str = "gpg"
    armor: bool = False
    encrypt: str = "--symmetric"
    decrypt: str = "--decrypt"
    encryption_switches: str = ""
    decryption_switches: str = ""


class Keys(msgspec.Struct, frozen=True):
    """What it takes to read encrypted volumes. The passphrase is in clear: this goes to workers through a
    pipe and is never logged. What `passphrase` does not open, `other` may: that of the volumes that are still
    to be encrypted anew. Only the first one is written with."""

    passphrase: str | None = None
    gpg: GpgSettings = GpgSettings()
    tempdir: str = ""
    other: str | None = None

    def __repr__(self) -> str:
        return "Keys(********)"

    def each(self) -> list[Keys]:
        """One after the other, to be tried in turn; at least one."""
        given = [text for text in (self.passphrase, self.other) if text]
        single = [msgspec.structs.replace(self, passphrase=text, other=None) for text in given]
        return single or [msgspec.structs.replace(self, other=None)]


class Expected(msgspec.Struct, frozen=True):
    """What is known of a volume before it is opened. `size` -1 and `digest` None where it is not."""

    size: int = -1
    digest: bytes | None = None
    form: VolumeFormat | None = None


@contextmanager
def open_volume(
    path: Path, name: str, keys: Keys, expected: Expected, tick: Callable[[], object] = lambda: None
) -> Iterator[ZipReader]:
    """The entries of the volume `name` whose remote bytes lie at `path`. `tick` is called now and then while
    a large one is decrypted, and may raise.

    Raises `CorruptVolume`, `WrongPassphrase`, `PassphraseNeeded`, `UnsupportedContainer`,
    `UnsupportedEncryption`, `GpgFailed`, `GpgMissing`.
    """
    with ExitStack() as stack:
        yield _opened(stack, path, name, keys, expected, tick)


def _opened(
    stack: ExitStack, path: Path, name: str, keys: Keys, expected: Expected, tick: Callable[[], object]
) -> ZipReader:
    *earlier, last = keys.each()
    for each in earlier:
        try:
            return stack.enter_context(_open_with(path, name, each, expected, tick))
        except WrongPassphrase:
            continue
    reader = stack.enter_context(_open_with(path, name, last, expected, tick))
    reader.by_other = bool(last.passphrase) and last.passphrase != keys.passphrase
    return reader


def encryption_of(name: str) -> str:
    """"aes", "gpg", ..., "" for none."""
    parsed = parse_name(name)
    return "" if parsed is None else parsed.encryption


@contextmanager
def _open_with(
    path: Path, name: str, keys: Keys, expected: Expected, tick: Callable[[], object]
) -> Iterator[ZipReader]:
    parsed = parse_name(name)
    if parsed is None:
        raise CorruptVolume(name=name, reason="its name is not that of a volume")
    if parsed.compression != "zip":
        raise UnsupportedContainer(name=name, extension=parsed.compression)
    _check_size(path, name, expected)
    if parsed.encryption == "aes" and path.stat().st_size <= _IN_MEMORY:
        with _in_memory(path, name, keys) as reader:
            _check_manifest(reader, expected, name)
            yield reader
        return
    with _plain_container(path, parsed, keys, expected, tick) as file:
        reader = _reader(file, name)
        _check_manifest(reader, expected, name)
        yield reader


def decrypted_to_file(name: str, size: int) -> bool:
    """Whether a volume of this size is decrypted into a temporary file."""
    parsed = parse_name(name)
    encryption = parsed.encryption if parsed is not None else ""
    return encryption == "gpg" or (encryption == "aes" and size > _IN_MEMORY)


def _check_manifest(reader: ZipReader, expected: Expected, name: str) -> None:
    if expected.form is not None:
        check_manifest(reader.read("manifest"), expected.form, name)


_kept = threading.local()


@contextmanager
def _in_memory(path: Path, name: str, keys: Keys) -> Iterator[ZipReader]:
    """A volume of the usual size: each thread keeps its memory for the next one."""
    from triplicati.formats.aescrypt import decrypt_into  # noqa: PLC0415 - cryptography is slow to import

    if not keys.passphrase:
        raise PassphraseNeeded(name=name)
    buffer: bytearray = _kept.__dict__.pop("buffer", None) or bytearray()
    try:
        with path.open("rb") as file:
            size = decrypt_into(buffer, file, keys.passphrase, name, length=path.stat().st_size)

        def read_at(offset: int, count: int) -> bytes:
            return bytes(memoryview(buffer)[offset : min(offset + count, size)])

        yield ZipReader(read_at, size, name)
    finally:
        _kept.buffer = buffer


def _check_size(path: Path, name: str, expected: Expected) -> None:
    size = path.stat().st_size
    if expected.size >= 0 and size != expected.size:
        raise CorruptVolume(name=name, reason=f"it has {size} bytes instead of {expected.size}")


@contextmanager
def _plain_container(
    path: Path, name: VolumeName, keys: Keys, expected: Expected, tick: Callable[[], object]
) -> Iterator[IO[bytes]]:
    match name.encryption:
        case "":
            with path.open("rb", buffering=0) as file:
                _check_digest(file, name.name, expected)
                yield file
        case "aes" | "gpg":
            if not keys.passphrase:
                raise PassphraseNeeded(name=name.name)
            import tempfile  # noqa: PLC0415 - the usual volume needs none

            with tempfile.TemporaryFile(dir=keys.tempdir or None, buffering=0) as plain:
                try:
                    _decrypt(path, name, keys, expected, plain, tick)
                except OSError as error:
                    raise disk_error(error, keys.tempdir or tempfile.gettempdir()) from error
                yield plain
        case other:
            raise UnsupportedEncryption(name=name.name, encryption=other)


def _decrypt(
    path: Path,
    name: VolumeName,
    keys: Keys,
    expected: Expected,
    plain: IO[bytes],
    tick: Callable[[], object],
) -> None:
    def write(part: bytes) -> None:
        if name.encryption == "aes":  # gpg is a process that would have to be ended
            tick()
        view = memoryview(part)
        while view:  # a raw file may take less than it is given
            view = view[plain.write(view) :]

    with path.open("rb") as file:
        if name.encryption == "aes":
            from triplicati.formats.aescrypt import decrypt  # noqa: PLC0415 - cryptography is slow to import

            # Its own authentication code covers what the volume's hash covers, at no extra cost; whether it
            # is
            # the right volume, the manifest and the hash of each block tell.
            decrypt(file, write, cast("str", keys.passphrase), name.name, length=path.stat().st_size)
        else:
            _check_digest(file, name.name, expected)
            from triplicati.engine.gpg import run_gpg  # noqa: PLC0415 - seldom needed

            run_gpg(
                [*keys.gpg.decryption_switches.split(), keys.gpg.decrypt],
                keys,
                file,
                write,
                name.name,
                reading=True,
            )


def _check_digest(file: IO[bytes], name: str, expected: Expected) -> None:
    if expected.digest is None:
        return
    running = hasher(VOLUME_HASH)()
    while part := file.read(_PART):
        running.update(part)
    file.seek(0)
    if running.digest() != expected.digest:
        raise CorruptVolume(name=name, reason="its content is not what was uploaded (the hash differs)")


def _reader(file: IO[bytes], name: str) -> ZipReader:
    handle = file.fileno()

    def read_at(offset: int, size: int) -> bytes:
        file.seek(offset)
        return file.read(size)

    return ZipReader(read_at, os.fstat(handle).st_size, name)
