"""`triplicati backend` and `triplicati mirror` in this process, in a folder with a destination in it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from triplicati.backend.main import run
from triplicati.backend.mirror import run as run_mirror


class Told(msgspec.Struct, frozen=True):
    code: int
    out: str
    err: str

    @property
    def whole(self) -> str:
        return self.out + self.err


class Tool:
    """`there` is the destination."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.there = folder / "there"
        self.there.mkdir()
        self.environment: dict[str, str] = {}
        self._capsys = capsys

    def __call__(self, command: str, *words: str, url: str | None = None) -> Told:
        return self._told(run, [command, url or str(self.there), *words])

    def words(self, *words: str) -> Told:
        return self._told(run, words)

    def mirror(self, *words: str) -> Told:
        return self._told(run_mirror, words)

    def file(self, name: str, content: str = "content") -> str:
        """A local file, beside the destination."""
        path = self.folder / name
        path.write_text(content)
        return str(path)

    def _told(self, program: Callable[[Sequence[str], Mapping[str, str]], int], words: Sequence[str]) -> Told:
        self._capsys.readouterr()
        before = tempfile.tempdir
        try:
            code = program(words, self.environment)
        finally:
            tempfile.tempdir = before
        shown = self._capsys.readouterr()
        return Told(code, shown.out, shown.err)
