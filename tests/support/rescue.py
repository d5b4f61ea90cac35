"""A destination in a folder of a test, and `triplicati recover` at work on it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from triplicati.recover.main import run

from .golden import GoldenCase


@dataclass
class Rescue:
    """`remote` is the destination, `plain` the folder its volumes are recovered to."""

    folder: Path
    passphrase: str | None = None

    @property
    def remote(self) -> Path:
        return self.folder / "remote"

    @property
    def plain(self) -> Path:
        return self.folder / "plain"

    @property
    def damaged(self) -> Path:
        return self.plain / "damaged"

    @property
    def target(self) -> Path:
        return self.folder / "restored"

    def remotes(self, kind: str) -> list[Path]:
        return sorted(self.remote.glob(f"*.{kind}.zip*"))

    def plains(self, kind: str) -> list[Path]:
        return sorted(self.plain.glob(f"*.{kind}.zip"))

    def download(self, *words: str) -> int:
        environment = {} if self.passphrase is None else {"PASSPHRASE": self.passphrase}
        return run(["download", str(self.remote), str(self.plain), *words], environment)

    def restore(self, *words: str) -> int:
        """With owner and permissions, as the backups of tests are compared."""
        where = f"--targetpath={self.target}"
        return run(["restore", str(self.plain), *words, where, "--restore-permissions"], {})

    def list(self, *words: str) -> int:
        return run(["list", str(self.plain), *words], {})

    def index(self, *words: str) -> int:
        return run(["index", str(self.plain), *words], {})


def golden_rescue(case: GoldenCase, folder: Path) -> Rescue:
    """What real Duplicati left, without any index volume."""
    rescue = Rescue(folder, case.passphrase)
    shutil.copytree(case.remote, rescue.remote)
    for volume in rescue.remotes("dindex"):
        volume.unlink()
    return rescue


def cut(path: Path, share: float) -> None:
    """Leaves the first part of a file, as an upload that broke off does."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def flip(path: Path, share: float) -> None:
    """Damages some bytes at a place in a file."""
    content = bytearray(path.read_bytes())
    at = int(len(content) * share)
    content[at : at + 16] = bytes(byte ^ 0xFF for byte in content[at : at + 16])
    path.write_bytes(content)
