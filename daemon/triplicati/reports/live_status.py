"""Tells web addresses how an operation goes on while it runs (spec/cli.md 5.3, module httpreportstatus)."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import trio

from triplicati import __version__
from triplicati.errors import ReportNotSent
from triplicati.messages.log import LogLine, format_line
from triplicati.messages.progress import Progress, Report
from triplicati.options.option_values import OptionValues
from triplicati.reports.certificates import contexts
from triplicati.reports.finished import Finished
from triplicati.reports.kinds import separated
from triplicati.reports.secrecy import Clean
from triplicati.reports.web import WebRequest, ask

Status = Literal["Started", "Progress", "Completed", "Failed"]
# Seconds that the last message may take; nobody waits for it longer.
LAST = 2.0
_USUAL_INTERVAL, _USUAL_LINES = 30.0, 20
_METADATA = (
    "machine-id",
    "backup-id",
    "backup-name",
    "machine-name",
    "destination-type",
    "destination-host-suffix",
    "installation-type",
    "operating-system",
    "operating-system-detailed",
)


class StatusSettings(msgspec.Struct, frozen=True):
    """`interval` in seconds; `lines` is how many of the last log lines are told."""

    urls: Sequence[str]
    certificates: Sequence[ssl.SSLContext]
    interval: float = _USUAL_INTERVAL
    lines: int = _USUAL_LINES
    allow_paths: bool = False


def status_settings(values: OptionValues) -> StatusSettings | None:
    """None where nobody is to be told. Raises `InvalidValue`."""
    urls = separated(values.text("http-report-status-url"), ";,")
    if not urls:
        return None
    interval = values.timespan("http-report-status-interval").total_seconds()
    lines = values.integer("http-report-status-max-log-lines")
    own = "http-report-status-allow-paths-in-log-messages"
    return StatusSettings(
        urls,
        contexts(
            any_certificate=values.boolean("http-report-status-accept-any-ssl-certificate"),
            hashes=values.text("http-report-status-accept-specified-ssl-hash"),
        ),
        interval if interval > 0 else _USUAL_INTERVAL,
        lines if lines >= 0 else _USUAL_LINES,
        values.boolean(own if values.given(own) else "allow-paths-in-log-messages"),
    )


class LiveStatus:
    """What is told of one operation. `facts` and `clean` as for reports; `clock` gives Unix seconds."""

    def __init__(
        self,
        settings: StatusSettings,
        operation: str,
        facts: Mapping[str, str | None],
        clean: Clean,
        report: Report,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._operation = operation
        self._metadata = {_camel(name): facts[name] for name in _METADATA if facts.get(name)}
        self._metadata["duplicatiVersion"] = __version__
        self._clean = clean
        self._report = report
        self._clock = clock
        self._started = clock()
        self._lines: deque[LogLine] = deque(maxlen=settings.lines)
        self._line_count = self._transfer_count = 0
        self._complained: set[str] = set()

    def add(self, line: LogLine) -> None:
        """A log line, whatever its level."""
        self._line_count += 1
        self._transfer_count += line.id == "BackendEvent"
        if line.level not in ("Profiling", "Verbose", "ExplicitOnly"):
            self._lines.append(line)

    async def run(self) -> None:
        """Tells that it has begun, and then how it goes on, until it is cancelled."""
        await self._tell("Started")
        while True:
            await trio.sleep(self._settings.interval)
            await self._tell("Progress")

    async def end(self, finished: Finished) -> None:
        """Tells how it ended, for at most `LAST` seconds."""
        error = None if finished.error is None else str(finished.error)
        if finished.error is None and finished.result is not None and finished.result.errors:
            errors = finished.result.errors
            error = errors[0].text if len(errors) == 1 else f"Got {len(errors)} error(s)"
        await self._tell("Completed" if finished.error is None else "Failed", error, seconds=LAST)

    def message(self, status: Status, error: str | None = None) -> dict[str, Any]:  # Any: a JSON object
        """Without what is not known."""
        ended = status in ("Completed", "Failed")
        whole = {
            "operation": self._operation,
            "status": status,
            "startedUtc": _iso(self._started),
            "reportedUtc": _iso(self._clock()),
            "errorMessage": None if error is None else self._clean(error),
            "isCompleted": ended,
            "backendEvents": self._transfer_count,
            "logEntries": self._line_count,
            "progress": None if status == "Started" else self._progress(ended=ended),
            "recentLogLines": [self._clean(format_line(line)) for line in self._lines],
            "metadata": self._metadata,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def _progress(self, *, ended: bool) -> dict[str, Any]:
        """Of a backup the share of its bytes is what it has done."""
        now: Progress = self._report.progress
        share = now.bytes_done / now.bytes_total if now.bytes_total and not now.counting else 0.0
        named = {"currentFilename": now.current} if now.current and self._settings.allow_paths else {}
        return {
            "phase": "Complete" if ended else self._clean(now.phase.removesuffix(" ...")),
            "progress": 1.0 if ended else round(min(share, 1.0), 4),
            "filesProcessed": now.files_done,
            "fileSizeProcessed": now.bytes_done,
            "fileCount": now.files_total,
            "fileSize": now.bytes_total,
            "countingFiles": now.counting and not ended,
            **named,
            "activeTransfers": 0 if ended else len(now.transfers),
        }

    async def _tell(self, status: Status, error: str | None = None, seconds: float | None = None) -> None:
        content = msgspec.json.encode(self.message(status, error))
        # One that does not answer must not keep the others waiting, nor the next message.
        limit = min(self._settings.interval, 10.0) if seconds is None else seconds
        async with trio.open_nursery() as nursery:
            for url in self._settings.urls:
                nursery.start_soon(self._post, WebRequest("POST", url, content, "application/json"), limit)

    async def _post(self, request: WebRequest, seconds: float) -> None:
        """What goes wrong at an address is told once."""
        try:
            await ask(request, self._settings.certificates, seconds)
        except ReportNotSent as error:
            if request.url not in self._complained:
                self._complained.add(request.url)
                text = f"The live status was not sent: {self._clean(str(error))}"
                self._report.warning("ReportSubmitError", text)


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(part.title() for part in rest)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
