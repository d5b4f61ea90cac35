"""What others are told of a command: reports when it has ended, and how it goes on meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import trio

from triplicati.errors import InvalidValue, OperationAborted, TriplicatiError, UsageError
from triplicati.messages.log import line_of
from triplicati.messages.progress import Event
from triplicati.messages.results import Result
from triplicati.operations.order import Order
from triplicati.options.filter_text import join_filters
from triplicati.reports.facts import DEFAULT_BACKUP_NAME, facts
from triplicati.reports.finished import Finished, Operation
from triplicati.reports.kinds import KINDS, Kind, is_on, is_wanted, tail_of
from triplicati.reports.log_rules import LogTail

if TYPE_CHECKING:
    from triplicati.reports.live_status import LiveStatus

_STATUS = "http-report-status-url"


def operation_of(order: Order) -> Operation:
    """With every secret in clear."""
    options = order.values.as_given()
    if "passphrase" not in options and (passphrase := order.environment.get("PASSPHRASE")):
        options["passphrase"] = passphrase
    options.setdefault("backup-name", DEFAULT_BACKUP_NAME)
    sources = order.positionals if order.operation in ("Backup", "TestFilters", "Sync") else ()
    return Operation(
        name=order.operation,
        options=options,
        url=order.url_text,
        sources=tuple(os.path.abspath(each) for each in sources),
        filters=join_filters(order.filters),
    )


def facts_of(order: Order) -> dict[str, str | None]:
    """What a report tells of the machine and the backup."""
    from triplicati.config.datafolder import data_folder  # noqa: PLC0415 - most runs report to nobody

    try:
        folder = data_folder(order.values, order.environment, order.program).path
    except TriplicatiError:
        folder = None
    return facts(operation_of(order), folder)


class Reporting:
    """Listens from the start of an operation; `end` sends what is to be sent.

    Nothing that goes wrong with a report is more than a warning. Raises `InvalidFilter` at once for a log
    filter that is none.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._tails: dict[str, LogTail] = {}
        for kind in KINDS:
            if is_on(kind, order.values):
                self._tails[kind.key] = self._listen(tail_of(kind, order.values))
        self._status = self._live_status() if order.values.text(_STATUS) else None

    async def end(self, result: Result | None, error: Exception | None) -> None:
        """Who stops an operation, or did not get it started, need not be told of it."""
        if isinstance(error, (OperationAborted, UsageError)):
            return
        order = self._order
        ended = self._finished(None, result, error)
        kinds = [kind for kind in KINDS if is_wanted(kind, order.values, ended)]
        if not kinds and self._status is None:
            return
        if kinds:
            order.notice("Sending reports ...")
        ended = Finished(ended.operation, result, error, facts=facts_of(order))
        try:
            await self._send(kinds, ended)
        except* KeyboardInterrupt:
            text = "Stopped while reports were sent; not all may have arrived"
            order.report.warning("ReportSubmitError", text)

    async def _send(self, kinds: list[Kind], ended: Finished) -> None:
        from triplicati.reports.sending import send_all  # noqa: PLC0415 - most runs report to nobody

        order = self._order
        async with trio.open_nursery() as nursery:
            if self._status is not None:
                nursery.start_soon(partial(self._guarded, partial(self._status.end, ended)))
            each = [(kind, self._finished(kind, ended.result, ended.error, ended.facts)) for kind in kinds]
            nursery.start_soon(send_all, each, order.values, order.report)

    def _finished(
        self,
        kind: Kind | None,
        result: Result | None,
        error: Exception | None,
        known: Mapping[str, str | None] | None = None,
    ) -> Finished:
        tail = self._tails.get(kind.key) if kind is not None else None
        operation = operation_of(self._order)
        lines, left_out = (tuple(tail.lines), tail.left_out) if tail is not None else ((), 0)
        return Finished(operation, result, error, lines, left_out, known or {})

    def _listen(self, tail: LogTail) -> LogTail:
        report = self._order.report
        for problem in report.warnings:  # of before anyone could listen
            tail.add(line_of(Event("warning", problem.text, id=problem.id, level="Warning"), time.time()))
        self._order.listeners.append(tail.add)
        report.verbose = report.verbose or tail.rule.wants_verbose
        return tail

    def _live_status(self) -> LiveStatus | None:
        from triplicati.reports.composing import cleaning  # noqa: PLC0415 - most runs report to nobody
        from triplicati.reports.live_status import LiveStatus, status_settings  # noqa: PLC0415

        order = self._order
        try:
            settings = status_settings(order.values)
        except InvalidValue as error:
            order.report.warning("ReportSubmitError", f"The live status is not sent: {error}")
            return None
        if settings is None:
            return None
        clean = cleaning(Finished(operation_of(order), None), allow_paths=settings.allow_paths)
        status = LiveStatus(settings, order.operation, facts_of(order), clean, order.report, time.time)
        order.listeners.append(status.add)
        order.report.watchers.append(partial(self._guarded, status.run))
        return status

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # neither may a bug here end a backup
            text = f"The live status was not sent: {type(error).__name__}"
            self._order.report.warning("ReportSubmitError", text)
