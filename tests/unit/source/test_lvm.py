"""The plan of snapshots: which volumes, which names, and where files are found in them."""

from __future__ import annotations

import json

import msgspec
import pytest

from triplicati.source.lvm import (
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

MOUNTS = r"""
22 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 8:1 / /boot rw - ext4 /dev/sda1 rw
25 22 253:1 / /home rw shared:2 master:3 - xfs /dev/mapper/vg-home rw,attr2
26 25 0:44 / /home/u/.cache rw - tmpfs tmpfs rw
27 22 253:2 / /mnt/with\040blank rw - ext4 /dev/mapper/vg-data rw
28 22 253:2 /sub/folder /srv rw - ext4 /dev/mapper/vg-data rw
29 22 0:50 / /pool rw - btrfs /dev/mapper/vg-pool rw
"""
GIB = 1 << 30


def volume(name: str, minor: int, **changes: object) -> Volume:
    made = Volume("vg", name, f"253:{minor}" if minor >= 0 else "", 10 * GIB, 5 * GIB, 4 << 20, False)
    return msgspec.structs.replace(made, **changes)


VOLUMES = [volume("root", 0), volume("home", 1), volume("data", 2), volume("pool", 3)]


def test_mounts() -> None:
    found = {each.point: each for each in parse_mounts(MOUNTS)}
    assert found["/home"] == Mount("/home", "253:1", "/", "xfs")
    assert found["/mnt/with blank"].device == "253:2"
    assert found["/srv"].root == "/sub/folder"
    assert len(found) == 8


def test_a_mount_under_a_later_one_is_not_seen() -> None:
    later = "40 22 8:9 / /home rw - ext4 /dev/sdb1 rw\n"
    found = {each.point: each for each in parse_mounts(MOUNTS + later)}
    assert found["/home"].device == "8:9"
    assert "/home/u/.cache" not in found
    assert "/srv" in found


def row(**values: str) -> dict[str, str]:
    return {
        "vg_name": "vg",
        "lv_name": "root",
        "lv_kernel_major": "253",
        "lv_kernel_minor": "0",
        "lv_size": str(10 * GIB),
        "vg_free": str(5 * GIB),
        "vg_extent_size": str(4 << 20),
        "segtype": "linear",
        **values,
    }


def test_volumes() -> None:
    inactive = row(lv_name="off", lv_kernel_major="-1", lv_kernel_minor="-1", segtype="thin")
    text = json.dumps({"report": [{"lv": [row(), inactive]}], "log": []})
    assert parse_volumes(text) == [volume("root", 0), volume("off", -1, thin=True)]
    assert parse_volumes('{"report":[{"lv":[]}]}') == []
    for nonsense in ("", "no volumes", "{}", '{"report":[{"lv":[{"lv_size":"much"}]}]}'):
        with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
            parse_volumes(nonsense)


def plan(*roots: str) -> tuple[dict[str, str], dict[str, str], tuple[str, ...]]:
    """Where to read what with each snapshot mounted at /<its volume>; volumes by name; what is on none."""
    made = plan_snapshots(
        [(root, root) for root in roots], parse_mounts(MOUNTS), VOLUMES, snapshot_owner(7, 99)
    )
    mounted = {each.name: f"/{each.volume.name}" for each in made.snapshots}
    return made.places(mounted), {each.name: each.volume.name for each in made.snapshots}, made.bare


def test_a_folder_of_a_volume() -> None:
    assert plan("/etc") == ({"/etc": "/root/etc"}, {"triplicati-7-99-0": "root"}, ())
    assert plan("/mnt/with blank/a")[0] == {"/mnt/with blank/a": "/data/a"}
    assert plan("/srv/a", "/srv")[0] == {"/srv/a": "/data/sub/folder/a", "/srv": "/data/sub/folder"}


def test_what_is_mounted_below_a_source_belongs_to_it() -> None:
    places, snapshots, bare = plan("/home")
    assert places == {"/home": "/home", "/home/u/.cache": "/home/u/.cache"}
    assert list(snapshots.values()) == ["home"]
    places, snapshots, bare = plan("/")
    assert bare == ()
    assert sorted(snapshots.values()) == ["data", "home", "root"]
    assert places == {
        "/": "/root",
        "/proc": "/proc",
        "/boot": "/boot",
        "/home": "/home",
        "/home/u/.cache": "/home/u/.cache",
        "/mnt/with blank": "/data",
        "/srv": "/data/sub/folder",
        "/pool": "/pool",
    }


def test_what_lies_on_no_volume() -> None:
    places, snapshots, bare = plan("/boot/grub", "/pool/x", "/etc")
    assert places == {"/etc": "/root/etc"}
    assert list(snapshots.values()) == ["root"]
    assert bare == ("/boot/grub", "/pool/x")


def test_a_source_behind_a_link_keeps_its_name() -> None:
    made = plan_snapshots([("/alias/u", "/home/u")], parse_mounts(MOUNTS), VOLUMES, "1-2")
    (snapshot,) = made.snapshots
    assert snapshot.folder == "home"
    assert made.places({snapshot.name: "/m"}) == {"/alias/u": "/m/u", "/alias/u/.cache": "/home/u/.cache"}


def snapshot(**changes: object) -> Snapshot:
    return Snapshot(volume("root", 0, **changes), "triplicati-1-2-0", "ext4", "root")


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({}, 2 * GIB),
        ({"free": GIB + 5}, GIB),
        ({"size": 1}, 4 << 20),
        ({"free": 1 << 20}, None),
    ],
)
def test_the_room_of_a_snapshot(changes: dict[str, object], size: int | None) -> None:
    """A fifth of the volume, or what is free, in whole extents."""
    command = create_command(snapshot(**changes))
    start = ["lvcreate", "--yes", "--snapshot", "--name", "triplicati-1-2-0", "--size"]
    assert command == (None if size is None else [*start, f"{size}b", "vg/root"])


def test_a_thin_snapshot_is_made_active_and_takes_no_size() -> None:
    command = create_command(snapshot(thin=True, free=0))
    assert command is not None
    assert command[-3:] == ["--setactivationskip", "n", "vg/root"]
    assert "--size" not in command


def test_snapshots_are_mounted_for_reading_only() -> None:
    device = "/dev/vg/triplicati-1-2-0"
    expected = f"mount -t ext4 -o ro,nosuid,nodev,noexec {device} /m"
    assert mount_command(snapshot(), "/m") == expected.split()
    xfs = msgspec.structs.replace(snapshot(), kind="xfs")
    assert "ro,nosuid,nodev,noexec,nouuid" in mount_command(xfs, "/m")


def test_leftovers_are_those_of_processes_that_are_gone() -> None:
    named = [volume(name, 9) for name in ("triplicati-1-2-0", "triplicati-3-4-1", "triplicati", "root", "x")]
    asked = []

    def alive(process: int, started: int) -> bool:
        asked.append((process, started))
        return process == 3

    assert [each.name for each in leftovers(named, alive)] == ["triplicati-1-2-0"]
    assert asked == [(1, 2), (3, 4)]
