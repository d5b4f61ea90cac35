"""Plain lines, for a pipe, a log, or anyone who reads them (spec/cli.md 1.2)."""

from __future__ import annotations

import os
import select
import stat
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TextIO

from triplicati.messages.progress import Event, Progress
from triplicati.messages.results import Result
from triplicati.values.printable import printable, printable_lines
from triplicati.values.sizes import format_size
from triplicati.values.timespans import format_timespan

# Seconds between two lines on how much is left to do.
PROGRESS_EVERY = 5.0
# Events whose text is for whoever wants their level.
TOLD = frozenset({"message", "log", "warning", "error"})
# Characters, of at most four bytes each: a pipe that can be written to takes 4 KiB.
_PIECE = 1024
# Seconds between two looks at whether a signal came.
_LOOK = 0.1
_TRANSFERS = {"upload": "Uploading", "download": "Downloading"}


def no_log(event: Event) -> bool:
    """What is shown unless the user asked for something else."""
    return event.kind != "log"


class Console:
    """Prints results always, and what happens meanwhile unless `quiet`.

    `wants` picks the messages, log lines, warnings and errors that are shown.
    """

    interval = PROGRESS_EVERY

    def __init__(self, out: TextIO, *, quiet: bool = False, wants: Callable[[Event], bool] = no_log) -> None:
        self._out = out
        self._quiet = quiet
        self._wants = wants
        self._left: tuple[int, bool] | None = None
        self._terminal = out.isatty()
        self._hurries = False
        # A file is always written to; who reads a pipe or a terminal may have stopped for a while.
        self._waits = _can_stall(out)
        self.log: list[str] = []

    def hurry(self) -> None:
        """From a signal handler: from now on nothing is waited for, and what nobody reads is dropped."""
        self._hurries = True

    def __enter__(self) -> Console:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def result(self, *texts: str) -> None:
        """What the user asked for; a text may have several lines."""
        self.results(line for text in texts for line in text.split("\n"))

    def results(self, lines: Iterable[str]) -> None:
        """Many at once, with one flush. Names of files may be in them as they are."""
        text = "\n".join(map(printable, lines) if self._terminal else lines)
        self._write(text + "\n")

    def notice(self, text: str) -> None:
        if not self._quiet:
            self._write((printable_lines(text) if self._terminal else text) + "\n")

    def event(self, event: Event) -> None:
        if event.kind in TOLD:
            if not self._wants(event):
                return
            if self._quiet:  # else they are on the screen, and a million of them would be kept for nothing
                mark = f"[{event.kind.title()}-{event.id}]: " if event.kind in ("warning", "error") else ""
                self.log.append(mark + event.text)
        self.notice(self._line_of(event))

    def progress(self, progress: Progress, verb: str) -> None:
        """How much is left, when that changed since the last time."""
        files = max(progress.files_total - progress.files_done, 0)
        if self._left == (files, progress.counting) or not (progress.files_total or self._left):
            return
        self._left = files, progress.counting
        size = format_size(max(progress.bytes_total - progress.bytes_done, 0))
        counting = " (still counting)" if progress.counting else ""
        self.notice(f"  {files} files need to be {verb} ({size}){counting}")

    def _line_of(self, event: Event) -> str:
        match event.kind:
            case "phase":
                return event.text if event.text.endswith((".", "!", "completed")) else f"{event.text} ..."
            case "list":
                return "  Listing remote folder ..."
            case "create-folder":
                return "  Creating remote folder  ..."
            case "delete":
                size = f"  ({format_size(event.size)})" if event.size >= 0 else ""
                return f"  Deleting file {event.text}{size} ..."
            case "upload" | "download":
                size = format_size(event.size) if event.size >= 0 else "unknown"
                return f"  {_TRANSFERS[event.kind]} file {event.text} ({size}) ..."
            case "warning" | "error":
                return f"{event.kind.title()}: {event.text}"
            case _:
                return event.text

    def _write(self, text: str) -> None:
        try:
            for at in range(0, len(text), _PIECE) if self._waits else ():
                if not self._taken():
                    return
                self._out.write(text[at : at + _PIECE])
                self._out.flush()
            if not self._waits:
                self._out.write(text)
                self._out.flush()
        except BrokenPipeError:
            silence(self._out)

    def _taken(self) -> bool:
        """Waits until a piece will be taken at once; False when there is no time for that any more.

        Blocked in the write itself, no signal would be heard.
        """
        while not select.select([], [self._out], [], 0 if self._hurries else _LOOK)[1]:
            if self._hurries:
                return False
        return True


def _can_stall(out: TextIO) -> bool:
    try:
        return sys.platform != "win32" and not stat.S_ISREG(os.fstat(out.fileno()).st_mode)
    except (OSError, ValueError):  # it is no file of the system
        return False


def silence(stream: TextIO) -> None:
    """Whoever read the output has gone. A backup goes on; there is only nobody to tell."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def prepare_streams() -> None:
    """Names that are not valid UTF-8 come out as the bytes they are."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            utf8 = (stream.encoding or "").lower() == "utf-8"
            reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")


def duration(result: Result) -> str:
    """How long an operation took, as ``hh:mm:ss``; what scripts and reports take afterwards is not its."""
    return format_timespan(timedelta(seconds=int(max(result.end_time - result.begin_time, 0))))
