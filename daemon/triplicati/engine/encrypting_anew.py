"""One volume with another encryption: the container in it stays as it is. Plain functions, for threads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import IO

from triplicati.engine.opening import Expected, Keys, open_volume
from triplicati.engine.sink import VolumeSink
from triplicati.engine.volume_files import Finished, VolumeWriting, seal
from triplicati.errors import (
    CorruptVolume,
    PassphraseNeeded,
    UnsupportedContainer,
    UnsupportedEncryption,
    WrongPassphrase,
)
from triplicati.formats.hashes import VOLUME_HASH, hasher
from triplicati.formats.names import VolumeName, parse_name
from triplicati.index.volumes import VolumeRow

_PART = 1 << 20
# Of the container's end, which is read back from what was written.
_TAIL = 1 << 16
Write = Callable[[bytes], object]


def encrypt_anew(
    path: Path, row: VolumeRow, writing: VolumeWriting, expected: Expected, tick: Callable[[], object]
) -> Finished | None:
    """The volume whose remote bytes lie at `path`, as `writing` says; None for one that is so already. What
    was written is opened with the new keys before it is given. `tick` may raise.

    Raises what opening a volume raises.
    """
    parsed = parse_name(row.name)
    if parsed is None:
        raise CorruptVolume(name=row.name, reason="its name is not that of a volume")
    if parsed.compression != "zip":
        raise UnsupportedContainer(name=row.name, extension=parsed.compression)
    mine = writing.keys.each()[0] if writing.encryption else Keys(tempdir=writing.keys.tempdir)
    if parsed.encryption == writing.encryption and _opens(path, row, mine, expected):
        return None
    target = writing.staging / f"{secrets.token_hex(8)}.{row.kind}"
    finished = _written(path, parsed, row, writing, target, tick)
    named = f"{row.name.removesuffix('.' + parsed.encryption)}" if parsed.encryption else row.name
    named = f"{named}.{writing.encryption}" if writing.encryption else named
    fresh = Expected(finished.size, finished.digest, expected.form)
    try:
        with open_volume(finished.path, named, mine, fresh, tick):
            pass
    except BaseException:
        finished.path.unlink(missing_ok=True)
        raise
    return finished


def _opens(path: Path, row: VolumeRow, keys: Keys, expected: Expected) -> bool:
    try:
        with open_volume(path, row.name, keys, Expected(form=expected.form)):
            return True
    except WrongPassphrase:
        return False


def _written(
    path: Path,
    name: VolumeName,
    row: VolumeRow,
    writing: VolumeWriting,
    target: Path,
    tick: Callable[[], object],
) -> Finished:
    """The old passphrase is the second of the keys, and the more probable one."""
    *earlier, last = reversed(writing.keys.each()) if name.encryption else [writing.keys]
    for keys in earlier:
        try:
            return _written_with(keys, path, name, row, writing, target, tick)
        except WrongPassphrase:
            continue
    return _written_with(last, path, name, row, writing, target, tick)


def _written_with(
    keys: Keys,
    path: Path,
    name: VolumeName,
    row: VolumeRow,
    writing: VolumeWriting,
    target: Path,
    tick: Callable[[], object],
) -> Finished:
    sink = VolumeSink(target, writing.keys.passphrase if writing.encryption == "aes" else None)
    tail = b""

    def write(part: bytes) -> None:
        nonlocal tail
        tick()
        sink.write(part)
        tail = part[-_TAIL:] or tail

    try:
        _decrypt(keys, path, name, row, write)
    except BaseException:
        sink.abandon()
        target.unlink(missing_ok=True)
        raise
    size, digest = sink.close(tail)
    return seal(writing, target, row.kind) if writing.encryption == "gpg" else Finished(target, size, digest)


def _decrypt(keys: Keys, path: Path, name: VolumeName, row: VolumeRow, write: Write) -> None:
    with path.open("rb") as file:
        match name.encryption:
            case "":
                _check_hash(file, row)
                while part := file.read(_PART):
                    write(part)
            case "aes":
                from triplicati.formats.aescrypt import decrypt  # noqa: PLC0415 - slow to import

                length = path.stat().st_size
                decrypt(file, write, _passphrase(keys, row), row.name, length=length)
            case "gpg":
                _check_hash(file, row)
                from triplicati.engine.gpg import run_gpg  # noqa: PLC0415 - seldom needed

                _passphrase(keys, row)
                command = [*keys.gpg.decryption_switches.split(), keys.gpg.decrypt]
                run_gpg(command, keys, file, write, row.name, reading=True)
            case other:
                raise UnsupportedEncryption(name=row.name, encryption=other)


def _passphrase(keys: Keys, row: VolumeRow) -> str:
    if not keys.passphrase:
        raise PassphraseNeeded(name=row.name)
    return keys.passphrase


def _check_hash(file: IO[bytes], row: VolumeRow) -> None:
    """A stream of AES Crypt proves itself."""
    if row.hash is None:
        return
    running = hasher(VOLUME_HASH)()
    while part := file.read(_PART):
        running.update(part)
    file.seek(0)
    if running.digest() != row.hash:
        raise CorruptVolume(name=row.name, reason="its content is not what was uploaded (the hash differs)")
