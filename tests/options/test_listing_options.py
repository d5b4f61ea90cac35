"""Options for lists: the effect of each on the command line."""

from __future__ import annotations

import json

import pytest
from support.in_process import Cli


@pytest.fixture
def made(cli: Cli) -> Cli:
    """Two versions: `old` goes, `new` comes."""
    cli.make({"sub/a": "a", "old": "o"})
    cli.backup()
    cli.age(60)
    (cli.source / "old").unlink()
    cli.make({"new": "n"})
    cli.backup()
    return cli


def listed(cli: Cli, *words: str) -> list[str]:
    done = cli("list", str(cli.dest), *words, "--quiet-console")
    assert done.code == 0
    return [line.replace(f"{cli.source}/", "").rsplit(" (", 1)[0].strip() for line in done.lines[1:]]


def test_all_versions(made: Cli) -> None:
    assert "old" not in listed(made, "*")
    assert "old" in listed(made, "*", "--all-versions")


def test_list_prefix_only(made: Cli) -> None:
    done = made("list", str(made.dest), "*/sub/*", "--list-prefix-only", "--quiet-console")
    assert done.lines[1:] == [f"{made.source}/sub/ "]


def test_list_folder_contents(made: Cli) -> None:
    assert listed(made, f"{made.source}/", "--list-folder-contents") == ["new", "sub/"]


def test_list_sets_only(made: Cli) -> None:
    done = made("list", str(made.dest), "*", "--list-sets-only")
    assert done.lines[0] == "Listing filesets:"
    assert len(done.lines) == 3


def test_version(made: Cli) -> None:
    assert listed(made, "*", "--version=1")[-2:] == ["sub/", "sub/a"]
    assert "old" in listed(made, "*", "--version=1")


def test_time(made: Cli) -> None:
    assert "old" in listed(made, "*", "--time=-30s")


def test_full_result(cli: Cli) -> None:
    cli.make({f"f{number:02}": "x" for number in range(30)})
    cli.backup()
    name = cli.volumes("dlist")[0].name
    assert len(cli("affected", str(cli.dest), name).lines) < len(
        cli("affected", str(cli.dest), name, "--full-result").lines
    )


def test_backup_name(cli: Cli) -> None:
    """In results, and for the file of the local database."""
    cli.make({"a": "a"})
    cli.backup("--backup-name=mine")
    assert (cli.folder / "home/mine.sqlite").exists()


def test_disable_module(cli: Cli) -> None:
    """The scripts of a module that is switched off do not run."""
    cli.make({"a": "a"})
    script = cli.folder / "script"
    script.write_text("#!/bin/sh\ntouch ran\n")
    script.chmod(0o700)
    cli.backup(f"--run-script-before={script}", "--disable-module=runscript", code=2)
    assert not (cli.folder / "ran").exists()


def test_suppress_warnings(cli: Cli) -> None:
    cli.make({"a": "a"})
    cli.backup("--no-such-option", code=2)
    cli.make({"a": "b"})
    cli.backup("--no-such-option", "--suppress-warnings=UnsupportedOption")


def test_debug_output(cli: Cli) -> None:
    assert "Traceback" not in cli("list", "nowhere").err
    assert "Traceback" in cli("list", "nowhere", "--debug-output").err


def test_disable_on_battery(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that somebody started goes on, with a note."""
    monkeypatch.setattr("triplicati.cli.backup.on_battery", lambda: True)
    cli.make({"a": "a"})
    assert "runs on battery" in cli.backup("--disable-on-battery").out
    cli.make({"a": "b"})
    assert "runs on battery" not in cli.backup().out


def test_names_of_the_machine_and_the_backup(cli: Cli) -> None:
    """In the JSON form, as in reports and for scripts."""
    cli.make({"a": "a"})
    usual = json.loads(cli.backup("--result-format=Json").out)["Extra"]
    cli.make({"a": "b"})
    named = cli.backup(
        "--result-format=Json",
        "--backup-id=B",
        "--machine-id=M",
        "--machine-name=N",
        "--next-scheduled-run=tomorrow",
    )
    found = json.loads(named.out)["Extra"]
    keys = ("backup-id", "machine-id", "machine-name", "next-scheduled-run")
    assert [found[key] for key in keys] == ["B", "M", "N", "tomorrow"]
    assert not {usual[key] for key in keys} & {"B", "M", "N", "tomorrow"}
