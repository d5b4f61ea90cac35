"""Preload settings (spec/cli.md 7.6)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from triplicati.config.preload import merged, preload_folder, preloaded, read_files

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes one of the three files; the folders are private."""

    def write_it(place: str, content: object) -> Path:
        folder = tmp_path / place
        folder.mkdir(exist_ok=True, mode=0o700)
        path = folder / "preload.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        path.chmod(0o600)
        return path

    return write_it


def run(
    tmp_path: Path, argv: list[str], environment: dict[str, str] | None = None, role: str = "cli"
) -> tuple[list[str], dict[str, str], list[str]]:
    return preloaded(
        argv,
        environment or {},
        program=tmp_path / "program",
        folder=tmp_path / "data",
        role=role,  # type: ignore[arg-type]  # from a parameter
    )


def test_without_a_file_nothing_changes(tmp_path: Path) -> None:
    assert run(tmp_path, ["list", "url"], {"A": "b"}) == (["list", "url"], {"A": "b"}, [])


def test_only_gaps_are_filled(tmp_path: Path, write: Write) -> None:
    write(
        "data",
        {
            "env": {"*": {"A": "file", "B": "file"}, "server": {"C": "file"}},
            "args": {"*": ["--dryrun=true", "--prefix=file", "word"], "tray": ["--version=1"]},
        },
    )
    given = ["list", "url", "--Prefix=mine", "--dry-run=no"]
    argv, environment, notices = run(tmp_path, given, {"A": "mine"})
    assert argv == given
    assert environment == {"A": "mine", "B": "file"}
    assert notices == []
    assert run(tmp_path, ["list", "url"])[0] == ["list", "url", "--dryrun=true", "--prefix=file"]


def test_a_later_file_wins_and_a_program_goes_before_all_programs(tmp_path: Path, write: Write) -> None:
    write("data", {"env": {"*": {"E1": "a", "E2": "b"}, "cli": {"E1": "c", "E3": "d"}}})
    write("program", {"env": {"*": {"E3": "f"}, "cli": {"E1": "g"}}})
    assert run(tmp_path, ["x"])[1] == {"E1": "g", "E2": "b", "E3": "d"}
    assert run(tmp_path, ["x"], role="server")[1] == {"E1": "a", "E2": "b", "E3": "f"}


def test_of_equal_options_the_last_stays_in_its_place(tmp_path: Path, write: Write) -> None:
    write("data", {"args": {"*": ["--test=1", "--abc=1"], "cli": ["--xyz=z", "--TEST=1", "--test=2"]}})
    assert run(tmp_path, ["list"])[0] == ["list", "--abc=1", "--xyz=z", "--test=2"]


def test_filters_are_added_all_or_none(tmp_path: Path, write: Write) -> None:
    filters = ["--exclude=a", "--include=b", "--exclude=c"]
    write("data", {"args": {"*": filters}})
    assert run(tmp_path, ["list"])[0] == ["list", *filters]
    assert run(tmp_path, ["list", "--include=x"])[0] == ["list", "--include=x"]


@pytest.mark.parametrize("argv", [[], ["--blocksize"]])
def test_asking_for_help_stays_that(tmp_path: Path, write: Write, argv: list[str]) -> None:
    write("data", {"args": {"*": ["--prefix=x"]}})
    assert run(tmp_path, argv)[0] == argv
    assert run(tmp_path, argv, role="server")[0] == [*argv, "--prefix=x"]


def test_the_file_that_a_variable_names(tmp_path: Path, write: Write) -> None:
    write("data", {"env": {"*": {"A": "data", "B": "data"}}})
    path = write("elsewhere", {"env": {"*": {"A": "named"}}})
    named = run(tmp_path, ["x"], {"DUPLICATI_PRELOAD_SETTINGS": str(path)})[1]
    assert (named["A"], named["B"]) == ("named", "data")
    alone = run(tmp_path, ["x"], {"DUPLICATI_PRELOAD_SETTINGS": f"!{path}"})[1]
    assert alone["A"] == "named"
    assert "B" not in alone


@posix_only
def test_a_file_in_the_data_folder_must_be_safe_from_others(tmp_path: Path, write: Write) -> None:
    path = write("data", {"env": {"*": {"A": "b"}}})
    debug = {"DUPLICATI_PRELOAD_SETTINGS_DEBUG": "1"}
    path.chmod(0o644)
    assert run(tmp_path, ["x"])[1] == {"A": "b"}, "nobody else gets into its folder"
    (tmp_path / "data").chmod(0o755)
    assert run(tmp_path, ["x"]) == (["x"], {}, [])
    (notice,) = [each for each in run(tmp_path, ["x"], debug)[2] if "chmod" in each]
    assert str(path) in notice
    path.chmod(0o600)
    assert run(tmp_path, ["x"])[1] == {"A": "b"}
    (tmp_path / "data").chmod(0o777)
    assert run(tmp_path, ["x"])[1] == {}, "others could put another file there"


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"env": 1}', '{"env": {"*": {"A": 1}}}', '{"args": {"cli": "--x"}}', "\udc80"]
)
def test_a_broken_file_is_silent_unless_asked(tmp_path: Path, write: Write, content: str) -> None:
    path = write("data", {})
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert run(tmp_path, ["x"]) == (["x"], {}, [])
    notices = run(tmp_path, ["x"], {"DUPLICATI_PRELOAD_SETTINGS_DEBUG": "1"})[2]
    assert any(str(path) in notice and "not used" in notice for notice in notices)


def test_settings_of_the_server_database(tmp_path: Path, write: Write) -> None:
    write("data", {"db": {"*": {"--a": "1"}, "server": {"b": None}}, "unknown": {"x": 1}})
    files, _ = read_files({}, program=tmp_path / "program", folder=tmp_path / "data")
    settings = merged(files, "server")
    assert settings.database == {"--a": "1", "b": None}


def test_printing_shows_no_values(tmp_path: Path, write: Write) -> None:
    write("data", {"env": {"*": {"PASSPHRASE": "hidden"}}, "args": {"*": ["--passphrase=hidden"]}})
    files, _ = read_files({}, program=tmp_path / "program", folder=tmp_path / "data")
    assert "hidden" not in repr(merged(files, "cli"))


@pytest.mark.parametrize(
    ("argv", "environment", "folder"),
    [
        (["list", "--Server-DataFolder=/a", "--server-datafolder=/b"], {}, "/b"),
        (["list", "--server-datafolder", "/a"], {"DUPLICATI_HOME": "/h"}, "/a"),
        (["list", '--server-datafolder="%X%/a"'], {"X": "/x"}, "/x/a"),
        (["list"], {"DUPLICATI__SERVER_DATAFOLDER": "/s", "DUPLICATI_HOME": "/h"}, "/s"),
        (["list", "--portable-mode"], {"DUPLICATI_HOME": "/h"}, "/program/data"),
        (["list", "--portable-mode=false"], {"DUPLICATI_HOME": "/h"}, "/h"),
        (["list"], {"DUPLICATI__PORTABLE_MODE": "1"}, "/program/data"),
    ],
)
def test_the_data_folder_is_found_before_the_options(
    argv: list[str], environment: dict[str, str], folder: str
) -> None:
    assert preload_folder(argv, environment, Path("/program")) == Path(folder)


def test_in_portable_mode_one_file_is_enough(tmp_path: Path, write: Write) -> None:
    write("program", {"env": {"*": {"A": "program"}}})
    folder = tmp_path / "program" / "data"
    folder.mkdir(mode=0o700)
    (folder / "preload.json").write_text('{"env": {"*": {"B": "data"}}}')
    found = preloaded(["x"], {}, program=tmp_path / "program", folder=folder)
    assert found[1] == {"A": "program"}
