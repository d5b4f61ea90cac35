"""Snapshots of the disks that hold the sources, made with LVM for the time of one walk (--snapshot-policy).

What is planned is in `triplicati.source.lvm`; here it is carried out, and taken back whatever happens. What a
killed run left is known by its name and removed by the next run.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import trio

from triplicati.engine.settings import SnapshotPolicy
from triplicati.errors import SnapshotFailed
from triplicati.messages.progress import Report
from triplicati.source.lvm import (
    LVS_FIELDS,
    Mount,
    Snapshot,
    Volume,
    create_command,
    leftovers,
    mount_command,
    parse_mounts,
    parse_volumes,
    plan_snapshots,
    snapshot_owner,
)
from triplicati.source.names import stored_name
from triplicati.source.rules import Elsewhere

_LIST = ("lvs", "--reportformat", "json", "--units", "b", "--nosuffix", "-o", LVS_FIELDS)
_FOLDER = "triplicati-snapshot-"
# Seconds for one program, and for taking everything back when the backup is over or aborted.
_PATIENCE, _CLEAN_UP = 20, 10
_BUSY_TRIES, _BUSY_PAUSE = 5, 0.2


class Wanted(msgspec.Struct, frozen=True):
    """`roots` are absolute; `tempdir` is where snapshots are mounted, "" the usual folder."""

    policy: SnapshotPolicy
    roots: tuple[str, ...]
    follow_links: bool
    tempdir: str = ""


@asynccontextmanager
async def source_snapshots(wanted: Wanted, report: Report) -> AsyncIterator[Elsewhere]:
    """Where to read the roots while the snapshots are there.

    What lies on no logical volume is read as it is; whether that is passed over, told, warned of or an error
    is for the policy to say. Raises `SnapshotFailed` for "Required" alone.
    """
    made = _Made()
    try:
        yield await _make_or_tell(wanted, report, made)
    finally:
        if made.snapshots or made.folder:
            with trio.move_on_after(_CLEAN_UP, shield=True):
                await _take_back(made, report)


class _Made(msgspec.Struct):
    """What is to be taken back, in the order it was made."""

    snapshots: list[Snapshot] = msgspec.field(default_factory=list)
    mounts: list[str] = msgspec.field(default_factory=list)
    folder: str = ""


async def _make_or_tell(wanted: Wanted, report: Report, made: _Made) -> Elsewhere:
    try:
        return await _make(wanted, report, made)
    except SnapshotFailed as error:
        if wanted.policy == "Required":
            raise
        await _take_back(made, report)
        _tell(wanted, str(error.details["reason"]), report)
        return Elsewhere()


async def _make(wanted: Wanted, report: Report, made: _Made) -> Elsewhere:
    if sys.platform != "linux":
        raise SnapshotFailed(reason="they are made with LVM, which is for Linux only")
    try:
        volumes = parse_volumes(await run_program(_LIST))
    except ValueError as error:
        raise SnapshotFailed(reason=f"lvs says something else than expected: {error}") from None
    await _remove_leftovers(volumes, report)
    pairs = [(stored_name(root), _without_links(root, wanted.follow_links)) for root in wanted.roots]
    plan = plan_snapshots(pairs, _mounts(), volumes, snapshot_owner(os.getpid(), _started(os.getpid())))
    if plan.bare:
        reason = f"{', '.join(plan.bare)} lies on no logical volume of LVM"
        if wanted.policy == "Required" or not plan.snapshots:
            raise SnapshotFailed(reason=reason)
        _tell(wanted, reason, report)
    for snapshot in plan.snapshots:
        command = create_command(snapshot)
        if command is None:
            raise SnapshotFailed(reason=f"the volume group {snapshot.volume.group} has no free room")
        made.snapshots.append(snapshot)
        # Ended midway it could leave the volume suspended, and everything that writes to it with it.
        with trio.CancelScope(shield=True):
            await run_program(command)
    # Only now, so that no snapshot shows it.
    made.folder = tempfile.mkdtemp(prefix=_FOLDER, dir=wanted.tempdir or None)
    mounted = {}
    for number, snapshot in enumerate(plan.snapshots):
        folder = f"{made.folder}/{number}/{snapshot.folder}"
        os.makedirs(folder)
        await run_program(mount_command(snapshot, folder))
        made.mounts.append(folder)
        mounted[snapshot.name] = folder
    report.message(f"The files are read from {len(mounted)} snapshot(s).")
    return Elsewhere(plan.places(mounted), frozenset({made.folder}))


def _tell(wanted: Wanted, reason: str, report: Report) -> None:
    text = f"There is no snapshot to read from: {reason}. The files are read as they are."
    if wanted.policy == "On":
        report.warning("SnapshotFailed", text)
    else:
        report.log("Information", "SnapshotFailed", text)


# --- taking it back --------------------------------------------------------------------------------------


async def _take_back(made: _Made, report: Report) -> None:
    while made.mounts:
        await _unmount(made.mounts[-1], report)
        made.mounts.pop()
    if made.folder:
        _remove_folders(made.folder)
        made.folder = ""
    while made.snapshots:
        await _remove(made.snapshots[-1].path, report)
        made.snapshots.pop()


async def _remove_leftovers(volumes: Sequence[Volume], report: Report) -> None:
    for volume in leftovers(volumes, _alive):
        report.message(f"Removing the snapshot {volume.path}, which an earlier run left behind ...")
        for mount in _mounts():
            if mount.device == volume.device:
                await _unmount(mount.point, report)
                base = Path(mount.point).parents[1]
                if base.name.startswith(_FOLDER):
                    _remove_folders(str(base))
        await _remove(volume.path, report)


async def _unmount(folder: str, report: Report) -> None:
    try:
        await _insist(("umount", folder))
    except SnapshotFailed:
        try:
            await run_program(("umount", "--lazy", folder))
        except SnapshotFailed as error:
            reason = error.details["reason"]
            report.warning("SnapshotLeftBehind", f"{folder} could not be unmounted: {reason}.")


async def _remove(path: str, report: Report) -> None:
    try:
        await _insist(("lvremove", "--yes", "--force", path))
    except SnapshotFailed as error:
        reason = error.details["reason"]
        text = f"The snapshot {path} could not be removed: {reason}. The next run tries again."
        report.warning("SnapshotLeftBehind", text)


async def _insist(command: Sequence[str]) -> None:
    """After an abort a thread or worker can still be busy with a file for a moment."""
    for _ in range(_BUSY_TRIES - 1):
        try:
            await run_program(command)
            return
        except SnapshotFailed:
            await trio.sleep(_BUSY_PAUSE)
    await run_program(command)


def _remove_folders(folder: str) -> None:
    """Those of mount points, of which one that is still in use stays."""
    for path in (*Path(folder).glob("*/*"), *Path(folder).glob("*"), Path(folder)):
        with contextlib.suppress(OSError):
            path.rmdir()


# --- the system ------------------------------------------------------------------------------------------


async def run_program(command: Sequence[str]) -> str:
    """What a program of the system prints. Raises `SnapshotFailed`."""
    name = command[0]
    # Those for administrators are not always on the path.
    program = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
    if program is None:
        raise SnapshotFailed(reason=f"the program {name} was not found")
    environment = {**os.environ, "LC_ALL": "C", "LVM_SUPPRESS_FD_WARNINGS": "1"}
    try:
        with trio.fail_after(_PATIENCE):
            done = await trio.run_process(
                [program, *command[1:]],
                capture_stdout=True,
                capture_stderr=True,
                check=False,
                env=environment,
            )
    except OSError as error:
        raise SnapshotFailed(reason=f"{name} cannot be started: {error.strerror}") from None
    except trio.TooSlowError:
        raise SnapshotFailed(reason=f"{name} did not end within {_PATIENCE} seconds") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        said = lines[-1].strip() if lines else f"it ended with {done.returncode}"
        limited = sys.platform != "win32" and os.geteuid() != 0
        hint = " (only root can make one)" if limited else ""
        raise SnapshotFailed(reason=f"{name} failed: {said.rstrip('.')}{hint}")
    return done.stdout.decode("utf-8", "replace")


def _mounts() -> list[Mount]:
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return parse_mounts(file.read())


def _without_links(root: str, follow_links: bool) -> str:
    """A source that is itself a link is stored as one, unless links are followed."""
    if follow_links:
        return os.path.realpath(root)
    return os.path.join(os.path.realpath(os.path.dirname(root)), os.path.basename(root))


def _started(process: int) -> int:
    """When a process began, in ticks since the machine did; -1 where there is none."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[19])
    except OSError:
        return -1


def _alive(process: int, started: int) -> bool:
    return _started(process) == started
