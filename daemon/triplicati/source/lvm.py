"""Which volumes of LVM hold the sources, and where their files are found in snapshots: all of it pure.

Mounts are those of /proc/self/mountinfo (proc(5)), volumes those of ``lvs --reportformat json``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

_PREFIX = "triplicati"
_NAME = re.compile(rf"{_PREFIX}-(\d+)-(\d+)-\d+")
_OCTAL = re.compile(r"\\([0-7]{3})")
# A snapshot holds what changes while it exists; a backup seldom takes long enough for a fifth.
_SHARE = 5

LVS_FIELDS = "vg_name,lv_name,lv_kernel_major,lv_kernel_minor,lv_size,vg_free,vg_extent_size,segtype"


class Mount(msgspec.Struct, frozen=True):
    """`device` is "major:minor", `root` the folder of that file system which is seen at `point`."""

    point: str
    device: str
    root: str
    kind: str


class Volume(msgspec.Struct, frozen=True):
    """A logical volume; sizes in bytes. `device` is "" while it is not active."""

    group: str
    name: str
    device: str
    size: int
    free: int
    extent: int
    thin: bool

    @property
    def path(self) -> str:
        return f"{self.group}/{self.name}"


class Snapshot(msgspec.Struct, frozen=True):
    """One to be made: of `volume`, as `group/name`; `folder` is what its mount point is to be called."""

    volume: Volume
    name: str
    kind: str
    folder: str

    @property
    def path(self) -> str:
        return f"{self.volume.group}/{self.name}"


class SnapshotPlan(msgspec.Struct, frozen=True):
    """`parts` says of stored paths on which snapshot and in which folder of it they are, None with the path
    itself for what is read as it is; `bare` are the sources that lie on no logical volume."""

    snapshots: tuple[Snapshot, ...]
    parts: dict[str, tuple[Snapshot | None, str]]
    bare: tuple[str, ...]

    def places(self, mounted: Mapping[str, str]) -> dict[str, str]:
        """Where to read what, as `WalkRules.places`, with the folders where they are mounted by name."""
        return {
            path: folder if snapshot is None else os.path.normpath(mounted[snapshot.name] + "/" + folder)
            for path, (snapshot, folder) in self.parts.items()
        }


def parse_mounts(text: str) -> list[Mount]:
    """Those that can be seen: one that lies under a later one is left out."""
    visible: dict[str, Mount] = {}
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        fields, kind = left.split(" "), right.split(" ")[0]
        if len(fields) < 6:
            continue
        device, root, point = fields[2], _unescaped(fields[3]), _unescaped(fields[4])
        visible = {each: mount for each, mount in visible.items() if not _lies_in(each, point)}
        visible[point] = Mount(point, device, root, kind)
    return list(visible.values())


def parse_volumes(text: str) -> list[Volume]:
    """From ``lvs --reportformat json --units b --nosuffix -o`` with `LVS_FIELDS`. Raises `ValueError`."""
    report = msgspec.json.decode(text, type=_Report).report
    return [_volume(row) for part in report for row in part.lv]


class _Part(msgspec.Struct):
    lv: list[dict[str, str]] = []


class _Report(msgspec.Struct):
    report: list[_Part]


def _volume(row: Mapping[str, str]) -> Volume:
    major, minor = row.get("lv_kernel_major", "-1"), row.get("lv_kernel_minor", "-1")
    return Volume(
        group=row.get("vg_name", ""),
        name=row.get("lv_name", ""),
        device="" if major.startswith("-") or not major else f"{major}:{minor}",
        size=int(row.get("lv_size") or 0),
        free=int(row.get("vg_free") or 0),
        extent=int(row.get("vg_extent_size") or 0),
        thin=row.get("segtype", "") == "thin",
    )


def plan_snapshots(
    roots: Iterable[tuple[str, str]], mounts: Sequence[Mount], volumes: Iterable[Volume], owner: str
) -> SnapshotPlan:
    """`roots` are pairs of the path as stored and the one without links; `owner` is a `snapshot_owner`.

    What is mounted below a root belongs to it: from a snapshot of its own, or read as it is.
    """
    by_device = {each.device: each for each in volumes if each.device}
    snapshots: dict[str, Snapshot] = {}
    parts: dict[str, tuple[Snapshot | None, str]] = {}
    bare = []

    def snapshot_of(mount: Mount) -> Snapshot | None:
        # Two file systems of Btrfs with the same identity must never be mounted at the same time.
        volume = by_device.get(mount.device) if mount.kind != "btrfs" else None
        if volume is None:
            return None
        if volume.device not in snapshots:
            name = f"{_PREFIX}-{owner}-{len(snapshots)}"
            folder = os.path.basename(mount.point) or "root"
            snapshots[volume.device] = Snapshot(volume, name, mount.kind, folder)
        return snapshots[volume.device]

    for stored, real in roots:
        mount = _mount_of(real, mounts)
        snapshot = None if mount is None else snapshot_of(mount)
        if mount is None or snapshot is None:
            bare.append(stored)
        else:
            parts[stored] = snapshot, os.path.join(mount.root, os.path.relpath(real, mount.point))
        for below in mounts:
            if below.point != real and _lies_in(below.point, real):
                nested = snapshot_of(below)
                path = os.path.join(stored, os.path.relpath(below.point, real))
                parts[path] = nested, below.point if nested is None else below.root
    return SnapshotPlan(tuple(snapshots.values()), parts, tuple(bare))


def snapshot_owner(process: int, started: int) -> str:
    """Goes into the names of snapshots; `started` tells the process from a later one of the same id."""
    return f"{process}-{started}"


def leftovers(volumes: Iterable[Volume], alive: Callable[[int, int], bool]) -> list[Volume]:
    """Snapshots of runs that are no more."""
    return [
        each
        for each in volumes
        if (owner := _NAME.fullmatch(each.name)) and not alive(int(owner[1]), int(owner[2]))
    ]


def create_command(snapshot: Snapshot) -> list[str] | None:
    """None when the group has no room for it. A thin snapshot takes its room from the pool."""
    volume = snapshot.volume
    command = ["lvcreate", "--yes", "--snapshot", "--name", snapshot.name]
    if volume.thin:
        return [*command, "--setactivationskip", "n", volume.path]
    extent = max(volume.extent, 1)
    size = min(max(volume.size // _SHARE, extent), volume.free) // extent * extent
    return [*command, "--size", f"{size}b", volume.path] if size else None


def mount_command(snapshot: Snapshot, folder: str) -> list[str]:
    """Read-only; XFS refuses a second file system with the same identity unless told."""
    options = "ro,nosuid,nodev,noexec" + (",nouuid" if snapshot.kind == "xfs" else "")
    return ["mount", "-t", snapshot.kind, "-o", options, f"/dev/{snapshot.path}", folder]


def _mount_of(path: str, mounts: Iterable[Mount]) -> Mount | None:
    above = (each for each in mounts if _lies_in(path, each.point))
    return max(above, key=lambda each: len(each.point), default=None)


def _lies_in(path: str, folder: str) -> bool:
    return f"{path.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/")


def _unescaped(text: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)
