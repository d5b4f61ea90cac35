"""What a command leaves on the screen: text, or JSON with --result-format=Json (spec/cli.md 9)."""

from __future__ import annotations

from collections.abc import Sequence

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request
from triplicati.errors import TriplicatiError
from triplicati.messages.results import Result
from triplicati.operations.reporting import facts_of
from triplicati.reports.result_forms import data_of, formatted, full_text

# Duplicati dumps all properties for these; other commands give --full-result a meaning of their own.
_DUMPED = frozenset({"Backup", "Restore", "Repair", "SetLock", "ReadLockInfo"})


def show_ending(request: Request, ended: Ended) -> None:
    """The text form, with a dump of all properties in front for --full-result."""
    result = ended.result
    if wants_json(request):
        request.console.result(_json_form(request, result, None))
        return
    lines = list(ended.lines())
    if request.values.boolean("full-result") and result.main_operation in _DUMPED:
        request.console.results(full_text(result))
    if lines:
        request.console.results(lines)


def show_failure(request: Request, error: Exception) -> None:
    """In JSON a failure has the same form, without data."""
    request.hide_in(error)
    if wants_json(request):
        text = f"{error.id}: {error}" if isinstance(error, TriplicatiError) else repr(error)
        request.console.result(_json_form(request, None, text))


def wants_json(request: Request) -> bool:
    return request.values.choice("result-format") == "Json"


def _json_form(request: Request, result: Result | None, failure: str | None) -> str:
    whole = request.values.boolean("full-result")
    log: Sequence[str] = request.console.log
    data = None if result is None else data_of(result, whole=whole, with_log=True)
    return formatted({"Data": data, "Extra": facts_of(request), "LogLines": log, "Exception": failure})
