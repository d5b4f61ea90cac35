"""Runs a command with what belongs around it: scripts before and after, log lines, and reports."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial

import msgspec
import trio

from triplicati.cli.ending import Ended
from triplicati.cli.preparing import merged
from triplicati.cli.reporting import Reporting, facts_of, operation_of
from triplicati.cli.request import Request
from triplicati.errors import TriplicatiError
from triplicati.messages.log import LogLine
from triplicati.messages.results import BackupResult, Result
from triplicati.options.filter_text import split_filters
from triplicati.options.module_keys import without_disabled
from triplicati.options.option_values import OptionValues
from triplicati.options.validation import validate
from triplicati.reports.finished import Finished
from triplicati.reports.log_rules import LogRule, LogTail, log_rule
from triplicati.reports.script_lines import Said
from triplicati.reports.scripts import Hooks, after, before, hooks_of
from triplicati.values.urls import parse_url

Run = Callable[[Request], Ended]


def run_with_hooks(request: Request, run: Run) -> Ended:
    """What `run` leaves, or a result that says a script kept it from running."""
    name = request.operation
    if not name:
        return run(request)
    report = request.report
    hooks = hooks_of(request.values)
    tail = LogTail(_script_rule(request.values))
    if hooks != Hooks():
        request.listeners.append(tail.add)
    reporting = Reporting(request)
    report.log("Information", "StartingOperation", f"The operation {name} has started")
    try:
        ended = _with_scripts(request, hooks, run, tail)
    except Exception as error:
        request.hide_in(error)
        report.log("Error", "FailedOperation", f"The operation {name} has failed: {_sentence(error)}")
        _after(request, hooks, None, error, tail)
        reporting.end(None, error)
        raise
    report.log("Information", "CompletedOperation", f"The operation {name} has completed")
    _take_log(ended.result, request)
    _after(request, hooks, ended.result, None, tail)
    _take_log(ended.result, request)
    reporting.end(ended.result, None)
    _take_log(ended.result, request)
    return ended


def _with_scripts(request: Request, hooks: Hooks, run: Run, tail: LogTail) -> Ended:
    if hooks.before_required or hooks.before:
        work = partial(before, hooks, operation_of(request), request.environment, request.report)
        beginning = trio.run(work)
        _apply(request, beginning.said)
        if not beginning.runs:
            return _skipped(request)
    if hooks.post_backup:

        async def uploaded(result: BackupResult) -> None:
            _take_log(result, request)
            finished = _finished(request, hooks, result, None, tail)
            await after(hooks, finished, request.environment, request.report, "POST-BACKUP")

        request.after_upload = uploaded
    return run(request)


def _after(
    request: Request, hooks: Hooks, result: Result | None, error: Exception | None, tail: LogTail
) -> None:
    if hooks.after:
        finished = _finished(request, hooks, result, error, tail)
        try:
            trio.run(partial(after, hooks, finished, request.environment, request.report))
        except* KeyboardInterrupt:  # what the operation has done is done
            request.report.warning("ScriptStopped", f"The script {hooks.after} was stopped")


def _finished(
    request: Request, hooks: Hooks, result: Result | None, error: Exception | None, tail: LogTail
) -> Finished:
    lines: list[LogLine] = tail.lines
    known = facts_of(request) if hooks.json else {}
    return Finished(operation_of(request), result, error, tuple(lines), tail.left_out, known)


def _take_log(result: Result, request: Request) -> None:
    report = request.report
    result.messages, result.warnings, result.errors = report.messages, report.warnings, report.errors


def _skipped(request: Request) -> Ended:
    now = time.time()
    result = Result(main_operation=request.operation, begin_time=now, end_time=now, interrupted=True)
    report = request.report
    return Ended(
        result,
        lambda: ["The script before the operation asked to skip it; nothing was done."],
        lambda: 3 if report.errors else 2 if report.warnings else 1,
    )


def _apply(request: Request, said: Said) -> None:
    """What the scripts want changed. Raises what wrong options raise."""
    arguments = request.arguments
    options = {**request.values.as_given(), **said.options}
    positionals, filters = list(arguments.positionals), arguments.filters
    if "remoteurl" in said.changes and request.command.destination:
        request.url_text = positionals[0] = said.changes["remoteurl"]
        request.url = parse_url(request.url_text)
    if "localpath" in said.changes and request.operation in ("Backup", "TestFilters"):
        first = 1 if request.command.destination else 0
        positionals[first:] = [path for path in said.changes["localpath"].split(os.pathsep) if path]
    if "filter" in said.changes:
        filters = split_filters(said.changes["filter"])
    if not (said.options or said.changes):
        return
    whole = merged(options, request.url, request.environment)
    validate(whole)
    request.values = OptionValues(without_disabled(whole))
    request.arguments = msgspec.structs.replace(
        arguments, positionals=tuple(positionals), options=whole, filters=filters
    )


def _script_rule(values: OptionValues) -> LogRule:
    return log_rule(values.choice("run-script-log-level"), values.text("run-script-log-filter") or "")


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, TriplicatiError) else repr(error)
