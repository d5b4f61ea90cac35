"""The command line run in this process, many times over, for the effects of options."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import pytest

from triplicati.cli.dispatch import main
from triplicati.values.stamps import format_stamp, parse_stamp


class Shown(msgspec.Struct, frozen=True):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def data(self) -> Any:  # Any: JSON
        return json.loads(self.out)["Data"]


class Cli:
    """In a folder with a home of its own. `source` and `dest` are the folders most tests need."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.source = folder / "source"
        self.dest = folder / "dest"
        self._capsys = capsys
        self.environment = {"DUPLICATI_HOME": str(folder / "home"), "PATH": os.environ["PATH"]}

    def __call__(self, *words: str) -> Shown:
        self._capsys.readouterr()
        before = tempfile.gettempdir()
        try:
            with pytest.MonkeyPatch.context() as patch:
                # For a few files the program starts processes that it does not need.
                patch.setattr("triplicati.cli.dispatch._workers_starting", lambda *_: nullcontext())
                code = main(words, self.environment)
        finally:
            # The program has its process for itself, and so keeps what --tempdir says.
            tempfile.tempdir = before
        shown = self._capsys.readouterr()
        return Shown(code, shown.out, shown.err)

    def backup(self, *options: str, code: int = 0) -> Shown:
        """Of `source` to `dest`, without encryption."""
        done = self("backup", str(self.dest), str(self.source), "--no-encryption", *options)
        assert done.code == code, (done.out, done.err)
        return done

    def restore(self, *options: str, code: int = 0) -> Shown:
        """To the folder `out`."""
        done = self("restore", str(self.dest), f"--restore-path={self.folder / 'out'}", *options)
        assert done.code == code, (done.out, done.err)
        return done

    def make(self, tree: Mapping[str, str | bytes]) -> None:
        for name, content in tree.items():
            path = self.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def stored(self, *options: str) -> set[str]:
        """Paths in the newest version, below the source."""
        done = self("search", str(self.dest), "--version=0", "--result-format=Json", *options)
        return {each["Path"].removeprefix(f"{self.source}/") for each in done.data["Files"]} - {""}

    def volumes(self, kind: str) -> list[Path]:
        return sorted(self.dest.glob(f"*.{kind}.zip*"))

    def restored(self) -> dict[str, bytes]:
        """Files by their paths below `out`."""
        out = self.folder / "out"
        files = (path for path in out.rglob("*") if path.is_file() and not path.is_symlink())
        return {str(path.relative_to(out)): path.read_bytes() for path in files}

    def forget(self) -> None:
        """Loses the local database."""
        for path in (each for each in (self.folder / "home").iterdir() if each.is_file()):
            path.unlink()

    def age(self, seconds: int, number: int = -1) -> None:
        """Makes a version older: its time is in the name of its list. The local database is lost."""
        path = self.volumes("dlist")[number]
        stamp = path.name.split(".")[0].removeprefix("duplicati-")
        path.rename(path.with_name(path.name.replace(stamp, format_stamp(parse_stamp(stamp) - seconds))))
        self.forget()


def rewrite(volume: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Gives entries of an unencrypted volume other contents."""
    with zipfile.ZipFile(volume) as old:
        entries = {info.filename: old.read(info) for info in old.infolist()}
    with zipfile.ZipFile(volume, "w") as new:
        for name, content in entries.items():
            new.writestr(name, change(name, content))
