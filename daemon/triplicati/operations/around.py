"""Runs an operation with what belongs around it: scripts before and after, log lines, and reports."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from triplicati.errors import TriplicatiError
from triplicati.messages.log import LogLine
from triplicati.messages.results import BackupResult, Result
from triplicati.operations.merging import merged
from triplicati.operations.order import Order
from triplicati.operations.reporting import Reporting, facts_of, operation_of
from triplicati.options.filter_text import split_filters
from triplicati.options.module_keys import without_disabled
from triplicati.options.option_values import OptionValues
from triplicati.options.validation import validate
from triplicati.reports.finished import Finished
from triplicati.reports.log_rules import LogRule, LogTail, log_rule
from triplicati.reports.script_lines import Said
from triplicati.reports.scripts import Hooks, after, before, hooks_of
from triplicati.values.urls import parse_url

T = TypeVar("T")


async def with_hooks(
    order: Order,
    run: Callable[[], Awaitable[T]],
    result_of: Callable[[T], Result],
    skipped: Callable[[Result], T],
) -> T:
    """What `run` leaves, or what `skipped` makes of a result that says a script kept it from running.

    Raises what `run` raises, after the script at the end was run and reports were sent.
    """
    name = order.operation
    if not name:
        return await run()
    report = order.report
    hooks = hooks_of(order.values)
    tail = LogTail(_script_rule(order.values))
    if hooks != Hooks():
        order.listeners.append(tail.add)
    reporting = Reporting(order)
    report.log("Information", "StartingOperation", f"The operation {name} has started")
    try:
        if await _begins(order, hooks, tail):
            ended = await run()
        else:
            ended = skipped(_nothing_done(order))
    except Exception as error:
        order.hide_in(error)
        report.log("Error", "FailedOperation", f"The operation {name} has failed: {_sentence(error)}")
        await _after(order, hooks, None, error, tail)
        await reporting.end(None, error)
        raise
    result = result_of(ended)
    report.log("Information", "CompletedOperation", f"The operation {name} has completed")
    _take_log(result, order)
    await _after(order, hooks, result, None, tail)
    _take_log(result, order)
    await reporting.end(result, None)
    _take_log(result, order)
    return ended


async def _begins(order: Order, hooks: Hooks, tail: LogTail) -> bool:
    """Whether the scripts before it let the operation run."""
    if hooks.before_required or hooks.before:
        beginning = await before(hooks, operation_of(order), order.environment, order.report)
        _apply(order, beginning.said)
        if not beginning.runs:
            return False
    if hooks.post_backup:

        async def uploaded(result: BackupResult) -> None:
            _take_log(result, order)
            finished = _finished(order, hooks, result, None, tail)
            await after(hooks, finished, order.environment, order.report, "POST-BACKUP")

        order.after_upload = uploaded
    return True


async def _after(
    order: Order, hooks: Hooks, result: Result | None, error: Exception | None, tail: LogTail
) -> None:
    if hooks.after:
        finished = _finished(order, hooks, result, error, tail)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(after, hooks, finished, order.environment, order.report)
        except* KeyboardInterrupt:  # what the operation has done is done
            order.report.warning("ScriptStopped", f"The script {hooks.after} was stopped")


def _finished(
    order: Order, hooks: Hooks, result: Result | None, error: Exception | None, tail: LogTail
) -> Finished:
    lines: list[LogLine] = tail.lines
    known = facts_of(order) if hooks.json else {}
    return Finished(operation_of(order), result, error, tuple(lines), tail.left_out, known)


def _take_log(result: Result, order: Order) -> None:
    report = order.report
    result.messages, result.warnings, result.errors = report.messages, report.warnings, report.errors


def _nothing_done(order: Order) -> Result:
    now = time.time()
    return Result(main_operation=order.operation, begin_time=now, end_time=now, interrupted=True)


def _apply(order: Order, said: Said) -> None:
    """What the scripts want changed. Raises what wrong options raise."""
    if not (said.options or said.changes):
        return
    if "remoteurl" in said.changes and order.url_text:
        order.url_text = said.changes["remoteurl"]
        order.url = parse_url(order.url_text)
    if "localpath" in said.changes and order.operation in ("Backup", "TestFilters"):
        order.positionals = tuple(path for path in said.changes["localpath"].split(os.pathsep) if path)
    if "filter" in said.changes:
        order.filters = split_filters(said.changes["filter"])
    whole = merged({**order.values.as_given(), **said.options}, order.url, order.environment)
    validate(whole)
    order.values = OptionValues(without_disabled(whole))


def _script_rule(values: OptionValues) -> LogRule:
    return log_rule(values.choice("run-script-log-level"), values.text("run-script-log-filter") or "")


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, TriplicatiError) else repr(error)
