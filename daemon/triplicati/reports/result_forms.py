"""A result as text and as JSON (spec/cli.md 9.4, 9.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from triplicati import __version__
from triplicati.messages.log import format_line
from triplicati.messages.results import BackupResult, Result
from triplicati.reports.finished import Finished
from triplicati.values.plain_text import plain_tree
from triplicati.values.secrets import json_hook
from triplicati.values.stamps import format_local
from triplicati.values.timespans import format_timespan

# Lists in reports are cut to this many; their full length is told beside them.
_LONGEST_LIST = 20
_LONGEST_IN_TEXT = 10
_STATISTICS = (
    "FilesUploaded", "BytesUploaded", "KnownFileCount", "KnownFileSize", "KnownFilesets", "TotalQuotaSpace",
    "FreeQuotaSpace", "AssignedQuotaSpace", "ReportedQuotaError", "ReportedQuotaWarning",
)  # fmt: skip
# In the order of the counts of a comparison.
_KINDS = ("Files", "Folders", "Symlinks")
_NEVER_CUT = frozenset({"Versions", "Files", "Added", "Modified", "Deleted"})
_LOG_LISTS = ("Messages", "Warnings", "Errors")
# Parts of a backup that real Duplicati reports on their own; monitors expect the names.
_PARTS = ("CompactResults", "VacuumResults", "DeleteResults", "RepairResults", "TestResults", "LockResults")


def _as_is(text: str) -> str:
    return text


def full_text(result: Result) -> Iterator[str]:
    """One ``Name: value`` line for each property, lists whole and indented: for ``--full-result``."""
    return _lines(_properties(result), None)


def report_text(finished: Finished, clean: Callable[[str], str] = _as_is) -> str:
    """The text form of reports: an error first, lists cut, the log lines at the end.

    `clean` takes out of each line what nobody else is to read.
    """
    lines: list[str] = []
    if finished.error is not None:
        lines += [f"Failed: {finished.error}", f"Details: {type(finished.error).__name__}: {finished.error}"]
    if finished.result is not None:
        properties = _properties(finished.result)
        for name in _LOG_LISTS:
            properties[f"Limited{name}"] = properties.pop(name)[:_LONGEST_LIST]
        lines += _lines(properties, _LONGEST_IN_TEXT)
    if finished.lines:
        lines += ["", "Log data:", *log_lines(finished)]
    return "\n".join(map(clean, lines))


def report_json(
    finished: Finished,
    extra: Mapping[str, Any],  # Any: values of a JSON object
    clean: Callable[[str], str] = _as_is,
) -> str:
    """``Data``, ``Extra``, ``LogLines`` and ``Exception``, as Duplicati's reports have them. `clean` as for
    `report_text`, for all but ``Extra``."""
    failed = None if finished.error is None else f"{type(finished.error).__name__}: {finished.error}"
    whole = {
        "Data": None if finished.result is None else _cleaned(data_of(finished.result), clean),
        "Extra": dict(extra),
        "LogLines": [clean(line) for line in log_lines(finished)],
        "Exception": None if failed is None else clean(failed),
    }
    return formatted(whole)


def formatted(whole: object) -> str:
    try:
        encoded = msgspec.json.encode(whole, enc_hook=json_hook)
    except UnicodeEncodeError:  # a name of a file that is no text
        encoded = msgspec.json.encode(plain_tree(msgspec.to_builtins(whole, enc_hook=json_hook)))
    return msgspec.json.format(encoded, indent=2).decode()


def log_lines(finished: Finished) -> Iterator[str]:
    yield from map(format_line, finished.lines)
    if finished.left_out:
        yield f"... and {finished.left_out} more"


def data_of(result: Result, *, whole: bool = False, with_log: bool = False) -> dict[str, Any]:
    """The properties of a result by Duplicati's names; lists cut unless `whole`, messages, warnings and
    errors only as counts unless `with_log`. The test after a backup has the form of a result of its own."""
    data: dict[str, Any] = {}
    tested = result.test_results if isinstance(result, BackupResult) else None
    for name, value in _properties(result).items():
        if name == "TestResults" and tested is not None:
            data[name] = data_of(tested, whole=whole)
        elif name.endswith("Counts"):
            change = name.removesuffix("Counts")
            data |= {f"{change}{kind}": count for kind, count in zip(_KINDS, value, strict=True)}
            data[f"{change}ActualLength"] = sum(value)  # the list itself holds the first ones only
        elif isinstance(value, list):
            if with_log or name not in _LOG_LISTS:
                shown = value if whole or name in _NEVER_CUT else value[:_LONGEST_LIST]
                data[name] = [_for_json("", each) for each in shown]
            data[f"{name}ActualLength"] = len(value)
        else:
            data[name] = _for_json(name, value)
    statistics = {name: data.pop(name) for name in _STATISTICS if name in data}
    if result.main_operation == "Backup":
        data = {**dict.fromkeys(_PARTS), **data}
    if "KnownFilesets" in statistics:
        statistics["BackupListCount"] = statistics["KnownFilesets"]
        statistics["LastBackupDate"] = data.get("NewestVersionTime")
    return {**data, "BackendStatistics": statistics} if statistics else data


def _lines(properties: Mapping[str, Any], longest: int | None) -> Iterator[str]:
    for name, value in properties.items():
        if name == "TestResults":
            continue  # as Duplicati does
        if isinstance(value, list):
            yield f"{name}: ["
            yield from (f"    {_plain(each)}," for each in value[:longest])
            if longest is not None and len(value) > longest:
                yield "    ..."
            yield "]"
        elif name.endswith("Time") and isinstance(value, int | float):
            yield f"{name}: {format_local(int(value))} ({int(value)})" if value else f"{name}: "
        else:
            yield f"{name}: {_plain(value)}"


def _for_json(name: str, value: object) -> object:
    if isinstance(value, dict):
        return {key: _for_json(key, each) for key, each in value.items()}
    if name.endswith(("Time", "LastModified")) and isinstance(value, int | float):
        return _iso(value)
    return value


def _properties(result: Result) -> dict[str, Any]:
    properties: dict[str, Any] = msgspec.to_builtins(result, enc_hook=json_hook, str_keys=True)
    span = timedelta(seconds=max(result.end_time - result.begin_time, 0.0))
    return {
        **properties,
        "ParsedResult": result.parsed,
        "Interrupted": bool(properties.get("PartialBackup") or properties.get("Interrupted")),
        "Version": __version__,
        "Duration": format_timespan(span, fraction=True),
    }


def _cleaned(value: object, clean: Callable[[str], str]) -> object:
    """`clean` for every text in it; the names of properties stay."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: _cleaned(each, clean) for name, each in value.items()}
    return [_cleaned(each, clean) for each in value] if isinstance(value, list) else value


def _iso(seconds: float) -> str | None:
    if not seconds:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part != "")
    return str(value)
