"""What a command leaves on the screen: text, or JSON with --result-format=Json (spec/cli.md 9)."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from triplicati import __version__
from triplicati.cli.request import Request
from triplicati.errors import TriplicatiError
from triplicati.messages.results import Result
from triplicati.values.secrets import json_hook
from triplicati.values.stamps import format_local
from triplicati.values.timespans import format_timespan

# Lists in the JSON form are cut to this many; their full length is told beside them.
_LONGEST_LIST = 20
_STATISTICS = ("FilesUploaded", "BytesUploaded", "KnownFileCount", "KnownFileSize", "KnownFilesets")
_SYSTEMS = {"linux": "Linux", "darwin": "MacOS", "win32": "Windows"}
# In the order of the counts of a comparison.
_KINDS = ("Files", "Folders", "Symlinks")
_NEVER_CUT = frozenset({"Versions", "Files", "Added", "Modified", "Deleted"})


def show_result(request: Request, result: Result, lines: Sequence[str]) -> None:
    """`lines` are the text form, with a dump of all properties in front for --full-result."""
    result.warnings, result.errors = request.report.warnings, request.report.errors
    if wants_json(request):
        request.console.result(json_form(request, result, None))
        return
    if request.values.boolean("full-result") and result.main_operation in ("Backup", "Restore", "Repair"):
        request.console.results(dump(result))
    if lines:
        request.console.results(lines)


def show_failure(request: Request, error: Exception) -> None:
    """In JSON a failure has the same form, without data."""
    if wants_json(request):
        text = f"{error.id}: {error}" if isinstance(error, TriplicatiError) else repr(error)
        request.console.result(json_form(request, None, text))


def wants_json(request: Request) -> bool:
    return request.values.choice("result-format") == "Json"


def json_form(request: Request, result: Result | None, failure: str | None) -> str:
    extra = {
        "OperationName": request.arguments.command.title(),
        "backup-name": request.values.text("backup-name") or None,
        "machine-name": socket.gethostname(),
        "operating-system": _SYSTEMS.get(sys.platform, sys.platform),
        "destination-type": request.url.scheme,
    }
    whole = {
        "Data": None if result is None else _data(result, full=request.values.boolean("full-result")),
        "Extra": extra,
        "LogLines": request.console.log,
        "Exception": failure,
    }
    return msgspec.json.format(msgspec.json.encode(whole, enc_hook=json_hook), indent=2).decode()


def dump(result: Result) -> Iterator[str]:
    """One ``Name: value`` line for each property, lists indented (spec/cli.md 9.4)."""
    for name, value in _properties(result).items():
        if isinstance(value, list):
            yield f"{name}: ["
            yield from (f"    {_plain(each)}," for each in value)
            yield "]"
        elif name.endswith("Time") and isinstance(value, int | float):
            yield f"{name}: {format_local(int(value))} ({int(value)})" if value else f"{name}: "
        else:
            yield f"{name}: {_plain(value)}"


def _data(result: Result, *, full: bool) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in _properties(result).items():
        if name.endswith("Counts"):
            change = name.removesuffix("Counts")
            data |= {f"{change}{kind}": count for kind, count in zip(_KINDS, value, strict=True)}
            data[f"{change}ActualLength"] = sum(value)  # the list itself holds the first ones only
        elif isinstance(value, list):
            shown = value if full or name in _NEVER_CUT else value[:_LONGEST_LIST]
            data[name] = [_for_json("", each) for each in shown]
            data[f"{name}ActualLength"] = len(value)
        else:
            data[name] = _for_json(name, value)
    statistics = {name: data.pop(name) for name in _STATISTICS if name in data}
    return {**data, "BackendStatistics": statistics} if statistics else data


def _for_json(name: str, value: object) -> object:
    if isinstance(value, dict):
        return {key: _for_json(key, each) for key, each in value.items()}
    if name.endswith("Time") and isinstance(value, int | float):
        return _iso(value)
    return value


def _properties(result: Result) -> dict[str, Any]:
    properties: dict[str, Any] = msgspec.to_builtins(result, enc_hook=json_hook, str_keys=True)
    span = timedelta(seconds=max(result.end_time - result.begin_time, 0.0))
    return {
        **properties,
        "ParsedResult": result.parsed,
        "Interrupted": bool(properties.get("PartialBackup", False)),
        "Version": __version__,
        "Duration": format_timespan(span, fraction=True),
    }


def _iso(seconds: float) -> str | None:
    if not seconds:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part != "")
    return str(value)
