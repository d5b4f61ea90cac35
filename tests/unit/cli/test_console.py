"""The lines of spec/cli.md 1.2, and the display on a terminal."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from triplicati.cli.console import Console
from triplicati.cli.live import Rates, display
from triplicati.messages.progress import Event, Progress

MIB = 1 << 20


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Event("phase", "Checking remote backup ..."), "Checking remote backup ..."),
        (Event("phase", "Recreating the local database"), "Recreating the local database ..."),
        (Event("list"), "  Listing remote folder ..."),
        (Event("create-folder"), "  Creating remote folder  ..."),
        (Event("upload", "v", 35572777), "  Uploading file v (33.92 MiB) ..."),
        (Event("download", "v"), "  Downloading file v (unknown) ..."),
        (Event("delete", "v", 10), "  Deleting file v  (10 bytes) ..."),
        (Event("message", "Trying again"), "Trying again"),
        (Event("warning", "odd", id="Odd"), "Warning: odd"),
        (Event("error", "bad", id="Bad"), "Error: bad"),
    ],
)
def test_the_line_of_each_event(event: Event, line: str) -> None:
    out = io.StringIO()
    Console(out).event(event)
    assert out.getvalue() == line + "\n"


def test_a_quiet_console_still_prints_results_and_keeps_the_log() -> None:
    out = io.StringIO()
    console = Console(out, quiet=True)
    console.event(Event("upload", "v", 1))
    console.event(Event("warning", "odd", id="Odd"))
    console.notice("Backup started")
    console.result("the result")
    assert out.getvalue() == "the result\n"
    assert console.log == ["[Warning-Odd]: odd"]


def test_what_is_left_is_told_only_when_it_changed() -> None:
    out = io.StringIO()
    console = Console(out)
    progress = Progress()
    console.progress(progress, "examined")
    progress.files_total, progress.bytes_total = 12, 36238786
    console.progress(progress, "examined")
    console.progress(progress, "examined")
    progress.files_done, progress.bytes_done, progress.counting = 12, 36238786, False
    console.progress(progress, "examined")
    assert out.getvalue().splitlines() == [
        "  12 files need to be examined (34.56 MiB) (still counting)",
        "  0 files need to be examined (0 bytes)",
    ]


def test_a_file_name_cannot_steer_the_terminal() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for out in (terminal, pipe):
        Console(out).result("/d/\x1b[2Jname")
    assert terminal.getvalue() == "/d/\\x1b[2Jname\n"
    assert pipe.getvalue() == "/d/\x1b[2Jname\n"


def test_a_reader_that_went_away_is_no_error() -> None:
    program = (
        "import sys\nfrom triplicati.cli.console import Console\n"
        "console = Console(sys.stdout)\n"
        "for _ in range(100): console.result('x' * 10000)\n"
        "print('still here', file=sys.stderr)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b"still here\n"
    process.stderr.close()
    assert process.wait() == 0


def test_no_time_left_is_claimed_while_files_are_counted() -> None:
    progress = Progress(phase="Scanning source files ...", files_total=10, bytes_total=100 * MIB)
    rates = Rates()
    display(progress, rates, 0.0)
    progress.files_done, progress.bytes_done = 5, 50 * MIB
    counting = display(progress, rates, 5.0)
    assert counting[:2] == [
        "Scanning source files",
        "  5 of 10+ files · 50.00 MiB of 100.00 MiB+ · 10.00 MiB/s",
    ]
    progress.counting = False
    known = display(progress, rates, 5.0)
    assert known[1] == "  5 of 10 files · 50.00 MiB of 100.00 MiB · 10.00 MiB/s · 00:00:06 left"


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rates = Rates()
    assert rates.add(0.0, 0, 0) == (0.0, 0.0)
    assert rates.add(10.0, 1000, 0) == (100.0, 0.0)
    assert rates.add(20.0, 1000, 0) == (0.0, 0.0)


def test_what_is_uploaded_is_shown() -> None:
    progress = Progress(phase="Scanning", current="/d/a\nb", sent=MIB)
    progress.transfers["v.dblock.zip"] = (MIB, 3 * MIB)
    assert display(progress, Rates(), 0.0) == [
        "Scanning",
        "  /d/a?b",
        "  v.dblock.zip  1.00 MiB of 3.00 MiB",
        "  transferred 2.00 MiB · 0 bytes/s",
    ]
