"""From the remote bytes of a volume to a plain zip in the folder. Blocking code, for threads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, Literal, cast

import msgspec

from triplicati.engine.gpg import run_gpg
from triplicati.engine.opening import UNREADABLE, Keys
from triplicati.errors import (
    CorruptVolume,
    GpgFailed,
    PassphraseNeeded,
    UnsupportedContainer,
    UnsupportedEncryption,
    WrongPassphrase,
    disk_error,
)
from triplicati.formats.names import VolumeName
from triplicati.formats.zip_reader import ZipReader
from triplicati.recover.bad_disk import FailingFile
from triplicati.recover.folder import readable
from triplicati.recover.reasons import reason_of
from triplicati.recover.salvage import salvage

State = Literal["whole", "salvaged", "unreadable"]
DAMAGED = "damaged"
_ASIDE = ".recover-"
_PART = 1 << 20


class Made(msgspec.Struct, frozen=True):
    """`size` of the plain volume, in bytes; `kept` blocks or list entries of a salvaged one, and why it had
    to be."""

    state: State
    size: int = 0
    kept: int = 0
    reason: str = ""


def plain_name(name: VolumeName) -> str:
    return name.name.removesuffix(f".{name.encryption}") if name.encryption else name.name


def make_plain(remote: Path, name: VolumeName, keys: Keys, folder: Path, *, probing: bool = False) -> Made:
    """Puts the plain volume into `folder`; what is damaged goes to a folder in it as it is, beside what
    could be saved of it. Raises `PassphraseNeeded`, `GpgMissing`, `DiskFull` and its kind, and with `probing`
    what says that a passphrase may not fit."""
    try:
        return _made(remote, name, keys, folder, probing=probing)
    except OSError as error:  # of this machine's disk
        raise disk_error(error, str(folder)) from error


def _made(remote: Path, name: VolumeName, keys: Keys, folder: Path, *, probing: bool) -> Made:
    aside = folder / f"{_ASIDE}{plain_name(name)}"
    try:
        reason = _write_plain(remote, name, keys, aside) or _problem_of(aside, name.name)
        if not reason:
            (folder / DAMAGED / name.name).unlink(missing_ok=True)  # of an earlier run
            return Made("whole", _place(aside, folder / plain_name(name)))
        kept = _salvaged(aside, name, folder)
    except UNREADABLE as error:
        if probing and isinstance(error, WrongPassphrase):
            raise
        reason, kept = reason_of(error), 0
    finally:
        aside.unlink(missing_ok=True)
    _keep_as_it_is(remote, folder / DAMAGED, name.name)
    if not kept:
        return Made("unreadable", reason=reason)
    return Made("salvaged", (folder / plain_name(name)).stat().st_size, kept, reason)


def _write_plain(remote: Path, name: VolumeName, keys: Keys, aside: Path) -> str:
    """As much as there is; the answer says why that is not all."""
    if name.compression != "zip":
        raise UnsupportedContainer(name=name.name, extension=name.compression)
    if name.encryption not in ("", "aes", "gpg"):
        raise UnsupportedEncryption(name=name.name, encryption=name.encryption)
    if name.encryption and not keys.passphrase:
        raise PassphraseNeeded(name=name.name)
    with remote.open("rb", buffering=0) as original, aside.open("wb") as file:
        source = FailingFile(original)
        try:
            if name.encryption == "gpg":
                command = [*keys.gpg.decryption_switches.split(), keys.gpg.decrypt]
                run_gpg(command, keys, cast("IO[bytes]", source), file.write, name.name, reading=True)
            elif name.encryption == "aes":
                _decrypt_aes(cast("IO[bytes]", source), file, remote.stat().st_size, keys, name.name)
            else:
                shutil.copyfileobj(source, file, _PART)
        except (CorruptVolume, GpgFailed) as error:
            return source.problem or reason_of(error)
        file.flush()
        os.fsync(file.fileno())  # what the record says is there must be there after a power cut
    return source.problem


def _decrypt_aes(source: IO[bytes], file: IO[bytes], length: int, keys: Keys, name: str) -> None:
    from triplicati.formats.aescrypt import decrypt, decrypt_unproven  # noqa: PLC0415 - slow to import

    write: Callable[[bytes], object] = file.write
    try:
        decrypt(source, write, keys.passphrase or "", name, length=length)
    except CorruptVolume:
        source.seek(0)
        file.seek(0)
        file.truncate()
        decrypt_unproven(source, write, keys.passphrase or "", name)
        raise


def _problem_of(path: Path, name: str) -> str:
    with path.open("rb", buffering=0) as file:
        try:
            ZipReader(_at(file), path.stat().st_size, name)
        except CorruptVolume as error:
            return reason_of(error)
    return ""


def _salvaged(aside: Path, name: VolumeName, folder: Path) -> int:
    """How much was saved into a sound volume. Raises `CorruptVolume` where there is nothing like a zip."""
    sound = folder / f"{_ASIDE}sound-{plain_name(name)}"
    try:
        with aside.open("rb", buffering=0) as file:
            kept = salvage(readable(_at(file), aside.stat().st_size, name.name), name.kind, sound)
        if kept:
            with sound.open("rb") as file:
                os.fsync(file.fileno())
            _place(sound, folder / plain_name(name))
        return kept
    finally:
        sound.unlink(missing_ok=True)


def _place(path: Path, target: Path) -> int:
    size = path.stat().st_size
    path.replace(target)
    return size


def _keep_as_it_is(remote: Path, folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    aside = folder / f"{_ASIDE}{name}"
    try:
        with remote.open("rb", buffering=0) as original, aside.open("wb") as file:
            shutil.copyfileobj(FailingFile(original), file, _PART)
        aside.replace(folder / name)
    finally:
        aside.unlink(missing_ok=True)


def _at(file: IO[bytes]) -> Callable[[int, int], bytes]:
    def read_at(offset: int, size: int) -> bytes:
        file.seek(offset)
        return file.read(size)

    return read_at
