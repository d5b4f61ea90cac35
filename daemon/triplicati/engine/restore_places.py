"""The file systems a restore writes to: which there are, and whether there is room (blocking code)."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from triplicati.engine.restore_ability import Ability, find_ability
from triplicati.errors import DiskFull, RestoreTargetUnusable
from triplicati.values.sizes import format_size


class Mount(msgspec.Struct):
    """`folder` is one that exists there; `needed` and `replaced` are bytes of files that are written, and of
    those that go for them; `scratch` is what of the former is only there meanwhile."""

    folder: bytes
    ability: Ability
    needed: int = 0
    replaced: int = 0
    scratch: int = 0


class Mounts:
    """Each file system is tried once, at the first folder that is asked for there."""

    def __init__(self, *, may_write: bool) -> None:
        self._may_write = may_write
        self._by_device: dict[int, Mount] = {}
        self._by_folder: dict[bytes, Mount] = {}
        self._writable: dict[bytes, bool] = {}

    def at(self, folder: bytes) -> Mount:
        """Of a folder that need not exist. Raises `OSError` where it cannot be reached."""
        found = self._by_folder.get(folder)
        if found is None:
            existing = nearest_folder(folder)
            device = os.stat(existing).st_dev
            found = self._by_device.get(device)
            if found is None:
                ability = find_ability(existing, may_write=self._may_write)
                found = self._by_device[device] = Mount(existing, ability)
            self._by_folder[folder] = found
        return found

    def writable(self, folder: bytes) -> bool:
        known = self._writable.get(folder)
        if known is None:
            known = self._writable[folder] = may_write(nearest_folder(folder))
        return known

    def all(self) -> Iterable[Mount]:
        return self._by_device.values()

    def add_scratch(self, folder: str, size: int) -> None:
        """For what is only there meanwhile."""
        path = os.fsencode(folder or tempfile.gettempdir())
        device = os.stat(path).st_dev
        mount = self._by_device.setdefault(device, Mount(path, Ability()))
        mount.needed += size
        mount.scratch += size


def nearest_folder(folder: bytes) -> bytes:
    """The folder itself, or the nearest above it that exists. Raises `OSError`."""
    while True:
        try:
            os.stat(folder)
        except FileNotFoundError:
            if os.path.islink(folder):
                raise NotADirectoryError(0, "is a link that leads nowhere", os.fsdecode(folder)) from None
            folder = os.path.dirname(folder)
        else:
            return folder


def may_write(folder: bytes) -> bool:
    effective = os.access in os.supports_effective_ids
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=effective)


def check_target(target: Path) -> None:
    """Whether a folder to restore to can be used, or be made. Raises `RestoreTargetUnusable`; a link to a
    folder is one."""
    try:
        existing = nearest_folder(os.fsencode(target))
    except OSError as error:
        reason = error.strerror or str(error)
        if error.filename and os.fsencode(error.filename) != os.fsencode(target):
            reason = f"{os.fsdecode(error.filename)}: {reason}"
        raise _unusable(target, reason) from error
    name = os.fsdecode(existing)
    if not os.path.isdir(existing):
        raise _unusable(target, "it is no folder" if name == str(target) else f"{name} is no folder")
    if not may_write(existing):
        raise _unusable(target, _why_not(existing))


def _why_not(folder: bytes) -> str:
    name = os.fsdecode(folder)
    if sys.platform != "win32" and os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"the file system of {name} is mounted read-only"
    return f"nothing may be written to {name} by this user"


def _unusable(target: object, reason: str) -> RestoreTargetUnusable:
    return RestoreTargetUnusable(path=target, reason=f"{reason}. Choose another folder with --restore-path.")


def refuse_all(folders: Sequence[bytes]) -> RestoreTargetUnusable:
    """For original places of which none can be written to."""
    folder = nearest_folder(folders[0])
    return _unusable(os.fsdecode(folders[0]), _why_not(folder))


def missing_room(mounts: Iterable[Mount]) -> list[DiskFull]:
    """For each file system that has not the room that is needed."""
    found = []
    for mount in mounts:
        free, needed = free_room(mount.folder), mount.needed - mount.replaced
        if needed > free:
            advice = "Restore to another disk or choose fewer files"
            if mount.scratch == mount.needed:
                advice = "Give another folder for temporary files with --tempdir"
            reason = (
                f"the restore needs {format_size(needed)} there and {format_size(free)} are free."
                f" {advice}; --restore-ignore-free-space starts nevertheless, for a disk that tells less than"
                " it takes"
            )
            found.append(DiskFull(path=os.fsdecode(mount.folder), reason=reason))
    return found


def free_room(folder: bytes) -> int:
    """In bytes, with what is kept back for root only for root; a very large number where it is not told."""
    try:
        if sys.platform == "win32":
            return shutil.disk_usage(os.fsdecode(folder)).free
        status = os.statvfs(folder)
    except OSError:
        return 1 << 62
    if status.f_blocks == 0:
        return 1 << 62
    return (status.f_bfree if os.geteuid() == 0 else status.f_bavail) * status.f_frsize
