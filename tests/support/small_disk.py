"""File systems of a few megabytes, for tests of what happens when one is full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

_MEGABYTES = 8
_OPTIONS = ("-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tmpfs")
# Mounts in a namespace of its own, says so, and stays until its input ends.
_HOLD = 'mount "$@" && echo mounted && exec cat'


class NoSmallDisk(Exception):
    """No small file system can be mounted here, which these tests of full disks need: run them as root (in a
    container with --cap-add SYS_ADMIN), or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1,
    kernel.apparmor_restrict_unprivileged_userns=0)."""


class SmallDisk(msgspec.Struct, frozen=True):
    """`path` is the root of a file system that `fill` and `clear` make full and empty it again."""

    path: Path

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"

    def fill(self, room: int) -> None:
        """Leaves about `room` bytes."""
        status = os.statvfs(self.path)
        with self._ballast.open("wb") as file:
            file.write(bytes(status.f_bavail * status.f_frsize - room))

    def clear(self) -> None:
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """At `folder`, which is absent or empty: mounted there as root, otherwise mounted in a user namespace and
    led to by a link. Raises `NoSmallDisk` where neither is allowed."""
    folder.mkdir(exist_ok=True)
    with _mounted(folder) if os.geteuid() == 0 else _in_namespace(folder):
        yield SmallDisk(folder)


def in_own_namespace(*command: str) -> None:
    """Runs a program that is root there and may mount. Raises `NoSmallDisk`."""
    unshare = ("unshare", "--user", "--map-root-user", "--mount")
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        raise NoSmallDisk(NoSmallDisk.__doc__)
    subprocess.run([*unshare, *command], check=True)


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    done = subprocess.run(["mount", *_OPTIONS, folder], check=False, capture_output=True, text=True)
    if done.returncode:
        raise NoSmallDisk(f"{NoSmallDisk.__doc__} {done.stderr}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)


@contextmanager
def _in_namespace(folder: Path) -> Iterator[None]:
    """Reached through the process that holds it."""
    point = folder.rename(folder.with_name(f"{folder.name}-mounted"))
    unshare = ("unshare", "--user", "--map-root-user", "--mount")
    command: list[str | Path] = [*unshare, "sh", "-c", _HOLD, "sh", *_OPTIONS, point]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        if not process.stdout.readline():
            raise NoSmallDisk(NoSmallDisk.__doc__)
        try:
            folder.symlink_to(f"/proc/{process.pid}/root{point}")
            yield
        finally:
            process.stdin.close()
