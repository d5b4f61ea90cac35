"""The program in a folder of its own, with an empty source."""

from pathlib import Path

import pytest
from support.in_process import Cli


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "source").mkdir()
    return Cli(tmp_path, capsys)
