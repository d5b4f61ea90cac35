"""Log lines: their form, who takes which, and the log file (spec/cli.md 9.2)."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from triplicati.errors import InvalidFilter, LogFileUnusable
from triplicati.messages.log import LEVELS, LogLine, format_line, line_of
from triplicati.messages.progress import Event, Report
from triplicati.reports.log_file import log_file
from triplicati.reports.log_rules import LogTail, log_rule

CONTROLLER = "Duplicati.Library.Main.Controller"
BACKUP = "Duplicati.Library.Main.Operation.BackupHandler"
PUT = "Backend event: Put - Started"
RESULTS = "Duplicati.Library.Main.BasicResults"


@pytest.fixture
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def line(level: str, identity: str = "Id", text: str = "text") -> LogLine:
    return LogLine(1795330505.0, level, CONTROLLER, identity, text)


@pytest.mark.usefixtures("_utc")
def test_the_form_of_a_line() -> None:
    text = "The supplied option --foo is not supported and will be ignored"
    assert format_line(line("Warning", "UnsupportedOption", text)) == (
        f"2026-11-22 06:55:05 +00 - [Warning-{CONTROLLER}-UnsupportedOption]: {text}"
    )
    detailed = LogLine(0.0, "Error", "T", "I", "failed", "ValueError: x")
    assert format_line(detailed) == "1970-01-01 00:00:00 +00 - [Error-T-I]: failed\nValueError: x"


@pytest.mark.parametrize(
    ("event", "mark", "text"),
    [
        (Event("warning", "odd", id="SourceIsMissing"), f"Warning-{BACKUP}-SourceIsMissing", "odd"),
        (Event("error", "bad", id="X"), f"Error-{CONTROLLER}-X", "bad"),
        (Event("message", "hello"), f"Information-{CONTROLLER}-Message", "hello"),
        (Event("message", "again", level="Retry"), f"Retry-{CONTROLLER}-Message", "again"),
        (Event("upload", "v", 7), f"Information-{RESULTS}-BackendEvent", f"{PUT}: v (7 bytes)"),
        (Event("phase", "Scanning"), f"Information-{CONTROLLER}-PhaseChange", "Scanning"),
    ],
)  # fmt: skip
def test_events_become_lines(event: Event, mark: str, text: str) -> None:
    made = line_of(event, 0.0)
    assert (made.mark, made.text) == (mark, text)


@pytest.mark.parametrize("least", LEVELS)
def test_a_level_takes_itself_and_what_is_more_important(least: str) -> None:
    taken = [level for level in LEVELS if log_rule(least).accepts(line(level))]
    assert taken == list(LEVELS[LEVELS.index(least) :])


def test_filters_come_before_the_level() -> None:
    rule = log_rule("Warning", "+*-Wanted:-*-Noise;Information-*-Third", "Ignored, Other")
    assert rule.accepts(line("Verbose", "Wanted"))
    assert not rule.accepts(line("Error", "Noise"))
    assert rule.accepts(line("Information", "Third"))
    assert not rule.accepts(line("Error", "Ignored"))
    assert not rule.accepts(line("Error", "Other"))
    assert rule.accepts(line("Warning", "Else"))
    assert not rule.accepts(line("Information", "Else"))


def test_ids_to_ignore_come_before_filters() -> None:
    assert not log_rule("Error", "+*", "Ignored").accepts(line("Error", "Ignored"))


def test_a_filter_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidFilter):
        log_rule("Warning", "[(]")


def test_who_wants_lines_for_single_files() -> None:
    assert log_rule("Verbose").wants_verbose
    assert log_rule("Warning", "+*-IncludingPath").wants_verbose
    assert not log_rule("Information", "-*-X").wants_verbose


def test_a_tail_keeps_the_first_and_counts_the_rest() -> None:
    tail = LogTail(log_rule("Warning"), 2)
    for level in ("Warning", "Verbose", "Error", "Warning", "Error"):
        tail.add(line(level))
    assert [each.level for each in tail.lines] == ["Warning", "Error"]
    assert tail.left_out == 2
    unlimited = LogTail(log_rule("Warning"))
    for _ in range(500):
        unlimited.add(line("Error"))
    assert len(unlimited.lines) == 500


def test_the_file_is_appended_to_and_its_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log.txt"
    for text in ("first", "a\nb \udcff"):
        with log_file(path, log_rule("Warning")) as listener:
            listener(line("Warning", "Id", text))
            listener(line("Verbose"))
    written = path.read_text()
    assert re.findall(r"\]: (.*)", written) == ["first", "a"]
    assert written.endswith("]: a\nb \\udcff\n")


def test_each_line_is_on_disk_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with log_file(path, log_rule("Warning")) as listener:
        listener(line("Error", "Id", "now"))
        assert "now" in path.read_text()


def test_a_log_file_that_cannot_be_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(LogFileUnusable, match="Is a directory"), log_file(tmp_path, log_rule("Warning")):
        pass


def test_a_full_disk_costs_lines_only() -> None:
    if not os.path.exists("/dev/full"):
        pytest.fail("this test needs /dev/full")
    with log_file(Path("/dev/full"), log_rule("Warning")) as listener:
        listener(line("Error"))


def test_suppressed_warnings_are_information() -> None:
    seen: list[Event] = []
    report = Report(seen.append, suppressed=["sourceismissing", ""])
    report.warning("SourceIsMissing", "gone")
    report.warning("Other", "stays")
    assert [each.id for each in report.warnings] == ["Other"]
    assert [(each.kind, each.level) for each in seen] == [("log", "Information"), ("warning", "Warning")]


def test_messages_are_counted_beyond_those_kept() -> None:
    report = Report()
    for number in range(150):
        report.message(str(number))
    report.log("Verbose", "Id", "not kept")
    assert (len(report.messages), report.message_count) == (100, 150)
