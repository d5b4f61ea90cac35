"""Programs that stand in for those of LVM: they write down what they are asked, and "mounting" a snapshot
copies a folder."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import msgspec

from triplicati.source.lvm import Mount, parse_mounts
from triplicati.source.named_paths import lies_in

_LOG = """echo "{name} $*" >> "{folder}/log"
if [ -e "{folder}/{name}-fails" ]; then echo "no luck." >&2; exit 5; fi
"""
_PROGRAMS = {
    "lvs": 'cat "{folder}/lvs.json"',
    "lvcreate": "",
    "lvremove": "",
    "mount": 'for last; do :; done; cp -a "{folder}/frozen/." "$last/"',
    "umount": 'for last; do :; done; find "$last" -mindepth 1 -delete',
}


def mount_at(path: Path) -> Mount:
    """The mount of this machine that a path lies on."""
    mounts = parse_mounts(Path("/proc/self/mountinfo").read_text("utf-8"))
    above = (each for each in mounts if lies_in(str(path.resolve()), each.point, case_sensitive=True))
    return max(above, key=lambda each: len(each.point))


class FakeLvm(msgspec.Struct):
    """`folder` holds the programs in `bin`, their `log`, and what a snapshot holds in `frozen`."""

    folder: Path

    @property
    def path(self) -> str:
        return os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])

    @property
    def log(self) -> list[str]:
        """Without the question for volumes."""
        file = self.folder / "log"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        return [line for line in lines if not line.startswith("lvs ")]

    def fails(self, program: str) -> None:
        (self.folder / f"{program}-fails").touch()

    def works(self, program: str) -> None:
        (self.folder / f"{program}-fails").unlink()

    def volumes(self, *rows: dict[str, str]) -> None:
        (self.folder / "lvs.json").write_text(json.dumps({"report": [{"lv": rows}]}), "utf-8")

    def freeze(self, source: Path) -> None:
        """Snapshots hold `source` as it is now."""
        mount = mount_at(source)
        inside = os.path.join(mount.root, os.path.relpath(source.resolve(), mount.point))
        shutil.copytree(source, f"{self.folder}/frozen/{inside}", symlinks=True)


def volume_of(path: Path, **values: str) -> dict[str, str]:
    """A row of lvs, as if the path lay on a logical volume."""
    major, _, minor = mount_at(path).device.partition(":")
    return {
        "vg_name": "vg",
        "lv_name": "data",
        "lv_kernel_major": major,
        "lv_kernel_minor": minor,
        "lv_size": str(100 << 20),
        "vg_free": str(50 << 20),
        "vg_extent_size": str(4 << 20),
        "segtype": "linear",
        **values,
    }


def fake_lvm(folder: Path) -> FakeLvm:
    (folder / "bin").mkdir(parents=True)
    for name, body in _PROGRAMS.items():
        program = folder / "bin" / name
        text = _LOG.format(name=name, folder=folder) + body.format(folder=folder)
        program.write_text(f"#!/bin/sh\n{text}\ntrue\n", "utf-8")
        program.chmod(0o755)
    made = FakeLvm(folder)
    made.volumes()
    return made
