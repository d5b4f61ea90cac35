"""The command line of `duplicati-control`."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from triplicati.control.parser import COMMANDS, parse
from triplicati.control.progress_line import progress_text
from triplicati.messages.live import LiveProgress


@pytest.mark.parametrize("name", [name for each in COMMANDS for name in (each.name, *each.aliases)])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([name, "--help"], "duplicati-control")
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: duplicati-control ")
    assert "--hosturl" in out


@pytest.mark.parametrize(
    "words", [[], ["dance"], ["run"], ["stop", "x"], ["stop", "--now", "--abort"], ["list", "--nosuch"]]
)
def test_words_that_make_no_sense_end_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words, "duplicati-control")
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_general_options_stand_before_or_behind_the_command() -> None:
    for words in (["--json", "--hosturl=u", "status"], ["status", "--json", "--hosturl", "u"]):
        found = parse(words, "x")
        assert (found.json, found.hosturl, found.command.name) == (True, "u", "status")
    found = parse(["--password", "a", "run", "Docs", "--wait"], "x")
    assert (found.password, found.backup, found.wait, found.insecure) == ("a", "Docs", True, False)


def test_a_backup_may_be_named_as_a_command() -> None:
    found = parse(["run", "list"], "x")
    assert (found.command.name, found.backup) == ("run", "list")


def test_an_alias_is_the_command() -> None:
    assert parse(["list-backups"], "x").command.name == "list"


def test_help_loads_neither_trio_nor_a_web_client() -> None:
    code = (
        "import sys, triplicati.apps.control\n"
        "sys.argv[1:] = ['--help']\n"
        "try:\n    triplicati.apps.control.main()\n"
        "except SystemExit:\n    pass\n"
        "print(sorted({'trio', 'httpx', 'rich', 'apsw'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


_LIVE = LiveProgress(
    task_id=1,
    backup_id="1",
    operation="Backup",
    state="running",
    phase="Backup_ProcessingFiles",
    started=0,
    files_done=3,
    files_total=10,
    bytes_done=1024,
    bytes_total=4096,
    still_counting=True,
    rate=512,
    bytes_sent=2048,
    send_rate=1,
    current="/secret/name",
    stages=[],
    bottleneck="",
    transfers=[],
    seconds_left=None,
    warnings=0,
    errors=0,
)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "ProcessingFiles, 3 of 10+ files, 1.00 KiB of 4.00 KiB+, 512 bytes/s, 2.00 KiB sent"),
        ({"state": "paused", "files_total": 0, "rate": 0, "bytes_sent": 0}, "ProcessingFiles (paused)"),
        ({"seconds_left": (20, 31), "files_total": 0, "rate": 0, "bytes_sent": 0}, "about 31 s left"),
        ({"seconds_left": (61, 200), "files_total": 0, "rate": 0, "bytes_sent": 0}, "2 to 4 min left"),
        ({"seconds_left": (170, 179), "files_total": 0, "rate": 0, "bytes_sent": 0}, "about 3 min left"),
    ],
)
def test_the_line_tells_how_far_it_is(changes: dict[str, object], text: str) -> None:
    shown = progress_text(msgspec.structs.replace(_LIVE, **changes))
    assert shown.endswith(text)
    assert "secret" not in shown
