"""What a run is really given: what a saved backup says together with what holds for every backup.

Pure; format: spec/server.md 4.2, 4.3, 4.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from triplicati.config.server.special_folders import SpecialFolder, expand_tokens
from triplicati.messages.saved import SavedBackup, SavedFilter, TargetUrl
from triplicati.options.parser import FilterText, expand_variables
from triplicati.options.registry import canonical_name
from triplicati.values.stamps import format_stamp

_PROMPT = "console-password-input"
# Addresses that the server itself adds to a report of every backup.
_ADDED_REPORTS = {
    "additional-report-url": "send-http-json-urls",
    "additional-activity-url": "http-report-status-url",
}
_CONSUMED = ("store-task-config",)


def effective_options(
    backup: SavedBackup,
    application_options: Mapping[str, str | None],
    extras: Mapping[str, str | None] | None = None,
    *,
    server_settings: Mapping[str, str] | None = None,
    next_run: int | None = None,
    is_backup: bool = True,
) -> dict[str, str | None]:
    """Options without dashes under their declared names; later layers win.

    The layers: options of every backup, the name, local database and id of this one, its plain settings, its
    settings with dashes, and `extras` of the task. `next_run` is when a scheduled run is due again; further
    destinations are only for `is_backup`.
    """
    options = _by_plain_names(application_options)
    options |= {"backup-name": backup.name, "dbpath": backup.db_path, "backup-id": f"DB-{backup.id}"}
    options |= _by_plain_names({each.name: each.value for each in backup.settings if each.name[:2] != "--"})
    options |= _by_plain_names({each.name: each.value for each in backup.settings if each.name[:2] == "--"})
    options |= _by_plain_names(extras or {})
    _append(options, "disable-module", _PROMPT, ",")
    for setting, name in _ADDED_REPORTS.items():
        _append(options, name, (server_settings or {}).get(setting, ""), ";")
    if backup.targets and is_backup:
        options["remote-sync-json-config"] = _sync_config(backup.targets)
    if next_run is not None:
        options["next-scheduled-run"] = format_stamp(next_run)
    for name in _CONSUMED:
        options.pop(name, None)
    return options


def effective_sources(
    backup: SavedBackup, folders: Sequence[SpecialFolder], environment: Mapping[str, str]
) -> list[str]:
    """Paths with their tokens and variables replaced; remote ones as they are."""
    return [
        source if source.startswith("@") else expand_tokens(source, folders, environment)
        for source in backup.sources
    ]


def effective_filters(
    backup: SavedBackup,
    application_filters: Sequence[SavedFilter],
    folders: Sequence[SpecialFolder],
    environment: Mapping[str, str],
) -> list[FilterText]:
    """Those of every backup first; in both the order of their numbers."""
    ours = [
        FilterText(each.include, expand_variables(each.expression, environment))
        for each in sorted(application_filters, key=lambda each: each.order)
    ]
    own = [
        FilterText(each.include, _expanded(each.expression, folders, environment))
        for each in sorted(backup.filters, key=lambda each: each.order)
    ]
    return [each for each in (*ours, *own) if each.text.strip()]


def _expanded(
    expression: str, folders: Sequence[SpecialFolder], environment: Mapping[str, str]
) -> str:
    if expression.startswith("[") and expression.endswith("]"):
        return expand_variables(expression, {name: re.escape(text) for name, text in environment.items()})
    if expression.startswith("{") and expression.endswith("}"):
        return expression
    return expand_tokens(expression, folders, environment)


def _by_plain_names(options: Mapping[str, str | None]) -> dict[str, str | None]:
    return {canonical_name(name.removeprefix("--").lower()): value for name, value in options.items()}


def _append(options: dict[str, str | None], name: str, value: str, separator: str) -> None:
    parts = [part.strip() for part in (options.get(name) or "").split(separator)]
    if value and value not in parts:
        options[name] = separator.join([part for part in parts if part] + [value])


def _sync_config(targets: Sequence[TargetUrl]) -> str:
    destinations = [
        {"url": each.url, "mode": each.mode, "interval": each.interval, **each.options} for each in targets
    ]
    return msgspec.json.encode({"sync-on-warnings": True, "destinations": destinations}).decode()
