"""The result of a run as the JSON that clients parse (spec/server.md 8.2, 8.3)."""

from __future__ import annotations

from triplicati import __version__
from triplicati.messages.results import Result
from triplicati.reports.result_forms import data_of, formatted
from triplicati.runner.logs import RunLog

_SHOWN = 20


def result_json(result: Result, log: RunLog) -> str:
    """Messages, warnings and errors as their first lines, with their true numbers beside them."""
    data = data_of(result)
    lists = {"Messages": log.messages, "Warnings": log.warnings, "Errors": log.errors}
    for name, lines in lists.items():
        counted = data.get(f"{name}ActualLength", 0)
        data[f"{name}ActualLength"] = max(len(lines), counted if isinstance(counted, int) else 0)
        data[name] = lines[:_SHOWN]
    return formatted(data)


def failure_json(operation: str, begin: float, end: float, message: str, log: RunLog, *, fatal: bool) -> str:
    """That of a run which ended with an error, or was stopped before there was a result."""
    result = Result(main_operation=operation, begin_time=begin, end_time=end, interrupted=not fatal)
    data = data_of(result)
    data |= {"ParsedResult": "Fatal" if fatal else "Warning", "Version": __version__}
    data |= {"Messages": log.messages[:_SHOWN], "Warnings": log.warnings[:_SHOWN]}
    # The log has the same error once more, which is one error to whoever counts them.
    others = [each for each in log.errors if "-FailedOperation]: " not in each]
    data |= {"Errors": [message, *others][:_SHOWN], "ErrorsActualLength": len(others) + 1}
    return formatted(data)
