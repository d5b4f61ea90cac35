"""Script hooks: what a script is told, what it may say, and what its exit code does (spec/cli.md 5.4)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from support.small_disk import small_disk

from triplicati.errors import RequiredScriptFailed, ScriptUnusable
from triplicati.messages.log import LogLine
from triplicati.messages.progress import Report
from triplicati.messages.results import BackupResult
from triplicati.reports.finished import Finished, Operation
from triplicati.reports.run_script import command_of, reap
from triplicati.reports.script_lines import parse_output
from triplicati.reports.scripts import Hooks, after, before

PATH = {"PATH": os.environ["PATH"]}
OPERATION = Operation(
    "Backup",
    {"dblock-size": "5mb", "Passphrase": "s", "all-versions": None, "odd": "a\0b"},
    "file:///d?x=1",
    ("/a", "/b"),
    "-*.tmp",
)

Script = Callable[[str], str]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    def make(body: str) -> str:
        path = tmp_path / "script with blank.sh"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o700)
        return str(path)

    return make


@pytest.mark.parametrize(
    ("code", "runs", "warnings", "errors"),
    [
        (0, True, 0, 0),
        (1, False, 0, 0),
        (2, True, 1, 0),
        (3, False, 1, 0),
        (4, True, 0, 1),
        (5, False, 0, 1),
        (77, False, 0, 1),
    ],
)
async def test_what_the_code_of_a_script_before_does(
    script: Script, code: int, runs: bool, warnings: int, errors: int
) -> None:
    report = Report()
    beginning = await before(Hooks(before=script(f"exit {code}")), OPERATION, PATH, report)
    assert beginning.runs is runs
    assert (len(report.warnings), len(report.errors)) == (warnings, errors)


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5])
async def test_a_required_script_must_end_with_0(script: Script, code: int) -> None:
    with pytest.raises(RequiredScriptFailed, match=f"ended with code {code} \\(why\\)"):
        await before(Hooks(before_required=script(f"echo why >&2; exit {code}")), OPERATION, PATH, Report())


@pytest.mark.parametrize(
    ("code", "warnings", "errors"), [(0, 0, 0), (1, 0, 0), (2, 1, 0), (3, 1, 0), (4, 0, 1), (9, 0, 1)]
)
@pytest.mark.parametrize("event", ["AFTER", "POST-BACKUP"])
async def test_what_the_code_of_a_script_after_does(
    script: Script, code: int, warnings: int, errors: int, event: str
) -> None:
    report = Report()
    hooks = Hooks(after=script(f"exit {code}"), post_backup=script(f"exit {code}"))
    finished = Finished(OPERATION, BackupResult())
    await after(hooks, finished, PATH, report, "AFTER" if event == "AFTER" else "POST-BACKUP")
    assert (len(report.warnings), len(report.errors)) == (warnings, errors)


async def test_what_a_script_is_told(script: Script, tmp_path: Path) -> None:
    told = tmp_path / "told"
    await before(Hooks(before=script(f'env > "{told}"')), OPERATION, PATH, Report())
    environment = dict(line.split("=", 1) for line in told.read_text().splitlines() if "=" in line)
    ours = {name: value for name, value in environment.items() if name.startswith("DUPLICATI__")}
    assert ours == {
        "DUPLICATI__dblock_size": "5mb",
        "DUPLICATI__Passphrase": "s",
        "DUPLICATI__all_versions": "",
        "DUPLICATI__backup_name": "",
        "DUPLICATI__main_action": "Backup",
        "DUPLICATI__EVENTNAME": "BEFORE",
        "DUPLICATI__OPERATIONNAME": "Backup",
        "DUPLICATI__REMOTEURL": "file:///d?x=1",
        "DUPLICATI__LOCALPATH": "/a:/b",
        "DUPLICATI__filter": "-*.tmp",
    }


@pytest.mark.parametrize("json", [False, True])
async def test_the_result_is_in_a_private_file(script: Script, tmp_path: Path, json: bool) -> None:
    copy, mode = tmp_path / "copy", tmp_path / "mode"
    body = f'cp "$DUPLICATI__RESULTFILE" {copy}; stat -c %a "$DUPLICATI__RESULTFILE" > {mode}'
    body += f"; echo $DUPLICATI__PARSED_RESULT >> {mode}"
    lines = (LogLine(0.0, "Warning", "Tag", "Id", "careful"),)
    finished = Finished(OPERATION, BackupResult(main_operation="Backup", added_files=3), None, lines, 2)
    await after(Hooks(after=script(body), json=json), finished, PATH, Report())
    text = copy.read_text()
    assert mode.read_text().split() == ["600", "Success"]
    assert ('"AddedFiles": 3' if json else "AddedFiles: 3\n") in text
    assert "[Warning-Tag-Id]: careful" in text
    assert "... and 2 more" in text


async def test_a_failure_is_told_too(script: Script, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    body = f'cat "$DUPLICATI__RESULTFILE" > {copy}; echo $DUPLICATI__PARSED_RESULT >> {copy}'
    await after(Hooks(after=script(body)), Finished(OPERATION, None, ValueError("no")), PATH, Report())
    assert copy.read_text().splitlines()[0] == "Failed: no"
    assert copy.read_text().endswith("Fatal\n")


async def test_a_script_out_of_time_is_left_running(script: Script, tmp_path: Path) -> None:
    ready, go_on, ended = (tmp_path / name for name in ("ready", "go", "ended"))
    os.mkfifo(go_on)
    body = f"touch {ready}; read x < {go_on}; echo after the time; touch {ended}"
    report = Report()
    hooks = Hooks(before=script(body), seconds=0.05)
    beginning = await before(hooks, OPERATION, PATH, report)
    assert beginning.runs
    assert [each.id for each in report.warnings] == ["ScriptTimeout"]
    await _end_left(go_on)
    assert ended.exists()


async def test_a_required_script_out_of_time_ends_it(script: Script, tmp_path: Path) -> None:
    go_on = tmp_path / "go"
    os.mkfifo(go_on)
    hooks = Hooks(before_required=script(f"read x < {go_on}"), seconds=0.05)
    with pytest.raises(RequiredScriptFailed, match="did not end in time"):
        await before(hooks, OPERATION, PATH, Report())
    await _end_left(go_on)


async def test_an_abort_ends_the_script(script: Script, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    hooks = Hooks(before=script(f"trap 'touch {ended}; exit 1' TERM; while :; do sleep 0.01; done"))
    with trio.move_on_after(0.3) as scope:
        await before(hooks, OPERATION, PATH, Report())
    assert scope.cancelled_caught
    with trio.fail_after(10):
        while reap():
            await trio.sleep(0.01)
    assert ended.exists()


async def _end_left(go_on: Path) -> None:
    """Lets the script that waits for a line go on, to its end."""
    with trio.fail_after(10):
        await trio.to_thread.run_sync(go_on.write_text, "now\n")
        while reap():
            await trio.sleep(0.01)


async def test_what_is_on_standard_error_is_a_warning(script: Script) -> None:
    report = Report()
    await before(Hooks(before=script("echo odd >&2")), OPERATION, PATH, report)
    assert [(each.id, each.text.split(": ")[1]) for each in report.warnings] == [("StdErrorNotEmpty", "odd")]


async def test_a_script_that_does_not_exist_is_a_warning_unless_required() -> None:
    report = Report()
    assert (await before(Hooks(before="/no/such"), OPERATION, PATH, report)).runs
    assert [each.id for each in report.warnings] == ["ScriptExecuteError"]
    with pytest.raises(RequiredScriptFailed, match="could not be started"):
        await before(Hooks(before_required="/no/such"), OPERATION, PATH, report)


async def test_lines_go_to_the_log_and_options_to_the_operation(script: Script) -> None:
    report = Report()
    body = "echo LOG:INFO one; echo LOG:WARN two; echo LOG:ERROR three; echo '--Prefix=\"new\"'; echo chatter"
    beginning = await before(Hooks(before=script(body)), OPERATION, PATH, report)
    assert report.messages == ["one"]
    assert [each.text for each in report.warnings] == ["two"]
    assert [each.text for each in report.errors] == ["three"]
    assert beginning.said.options == {"prefix": "new"}


def test_what_a_script_may_say() -> None:
    said = parse_output(
        [
            "--dry-run",
            "--x=a=b",
            "--remoteurl=file:///other",
            "--localpath=/c:/d",
            "--filter=-*.o",
            "--",
            "--=",
            "--main-action=Restore",
            "--eventname=x",
            "--operationname=y",
            "LOG:WEIRD text",
            "LOG:INFO",
        ]
    )
    assert said.options == {"dry-run": None, "x": "a=b"}
    assert said.changes == {"remoteurl": "file:///other", "localpath": "/c:/d", "filter": "-*.o"}
    assert said.log == [("WEIRD", "text"), ("INFO", "")]


@given(st.lists(st.text()))
def test_any_output_is_harmless(lines: list[str]) -> None:
    said = parse_output(lines)
    assert not {"main-action", "eventname", "operationname"} & said.options.keys()


def test_arguments_only_when_asked_for() -> None:
    assert command_of("/a b/c d", with_arguments=False) == ["/a b/c d"]
    assert command_of('/a/b "c d" e', with_arguments=True) == ["/a/b", "c d", "e"]
    for wrong in ("", '"open'):
        with pytest.raises(ScriptUnusable):
            command_of(wrong, with_arguments=True)


def test_nothing_secret_is_in_the_names_of_these_things() -> None:
    finished = Finished(Operation("Backup", {"passphrase": "canary"}, "s://u:canary@h"), BackupResult())
    assert "canary" not in repr(finished) + str(finished) + repr(finished.operation)


async def test_a_full_disk_for_scratch_files_is_a_warning(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup that had succeeded ended with a failure, for its result could not be written."""
    with small_disk(tmp_path / "full") as disk:
        disk.fill(0)
        monkeypatch.setattr("tempfile.tempdir", str(disk.path))
        report = Report()
        await after(Hooks(after=script("exit 0")), Finished(OPERATION, BackupResult()), PATH, report)
    assert [each.id for each in report.warnings] == ["ScriptExecuteError"]
    assert "space" in report.warnings[0].text
