"""Reading a parameters file (spec/cli.md 2.5)."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from triplicati.cli.parameters import with_parameters_file
from triplicati.errors import ParametersFileUnusable
from triplicati.options.parser import Arguments, parse_arguments


def given(
    name: str, environment: dict[str, str] | None = None, spelling: str = "parameters-file"
) -> Arguments:
    return with_parameters_file(parse_arguments(["list", "url", f"--{spelling}={name}"]), environment or {})


@pytest.mark.parametrize("spelling", ["parameters-file", "parameter-file", "ParameterFile"])
def test_three_spellings(tmp_path: Path, spelling: str) -> None:
    path = tmp_path / "options"
    path.write_text("--version=2\n")
    assert given(str(path), spelling=spelling).options == {"version": "2"}


def test_variables_in_the_path(tmp_path: Path) -> None:
    (tmp_path / "options").write_text("--version=2\n")
    assert given("%HERE%/options", {"HERE": str(tmp_path)}).options == {"version": "2"}


@pytest.mark.parametrize("words", [[], ["--parameters-file"], ["--parameters-file="]])
def test_without_a_file_all_stays(words: list[str]) -> None:
    arguments = parse_arguments(["list", "url", *words])
    assert with_parameters_file(arguments, {}) == arguments


@pytest.mark.parametrize("name", ["absent", ".", "a\0b"])
def test_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParametersFileUnusable) as caught:
        given(f"{tmp_path}/{name}")
    assert str(tmp_path) in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 100


def test_a_file_too_large_for_options(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.truncate(17 * 1024**2)
    with pytest.raises(ParametersFileUnusable, match="larger"):
        given(str(path))


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of POSIX")
def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    """As in ``--parameters-file=<(pass show options)``."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("--version=4",))
    writer.start()
    assert given(str(pipe)).options == {"version": "4"}
    writer.join()
