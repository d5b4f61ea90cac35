"""Which versions a retention rule would leave, by the function that deletes them (spec/format.md 12.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from triplicati.engine.from_options import retention
from triplicati.engine.retention import rule_for, versions_to_delete
from triplicati.engine.settings import Retention
from triplicati.errors import InvalidValue
from triplicati.messages.previews import GivenVersion, RetentionInput, RetentionPreview, RetentionRow
from triplicati.messages.saved import SavedBackup
from triplicati.options.option_values import OptionValues
from triplicati.runner.browsing import asked, moment_of, versions_of
from triplicati.runner.daemon import Daemon

_OPTIONS = ("keep-versions", "keep-time", "retention-policy", "allow-full-removal", "disable-time-tolerance")


class _Version(msgspec.Struct, frozen=True):
    number: int
    stamp: int
    full: bool
    size: int


async def previewed_retention(
    daemon: Daemon, backup: SavedBackup | None, wanted: RetentionInput
) -> RetentionPreview:
    """Without a backup, `wanted` has the options and the versions. Raises `InvalidValue`,
    `RetentionPolicyInvalidValue`, and what `versions_of` raises."""
    at = moment_of(wanted.at or "now")
    rule = retention(await _values(daemon, backup, wanted.options), datetime.fromtimestamp(at).astimezone())
    versions = await _versions(daemon, backup, wanted.versions)
    if wanted.after_run:
        # No two versions have the same second.
        stamp = max([int(at), *(each.stamp + 1 for each in versions)])
        versions = [_Version(-1, stamp, True, -1), *versions]
    doomed = {each.number for each in versions_to_delete(versions, rule, at)}
    rows = [_row(each, rule, at, keep=each.number not in doomed) for each in versions]
    kept = sum(each.keep for each in rows)
    return RetentionPreview(_option(rule), _moment(at), kept, len(rows) - kept, rows)


async def _values(
    daemon: Daemon, backup: SavedBackup | None, options: Mapping[str, str | None] | None
) -> OptionValues:
    """Given options replace all of the backup: of two rules that are set, another one would count."""
    if options is None:
        if backup is None:
            return OptionValues({})
        async with asked(daemon, backup, "Backup") as order:
            return order.values
    given = {name.strip().lower().removeprefix("--"): value for name, value in options.items()}
    for name in given:
        if name not in _OPTIONS:
            reason = f"use {', '.join(_OPTIONS)}"
            raise InvalidValue(value=name, kind="option of a retention rule", reason=reason)
    return OptionValues(given)


async def _versions(
    daemon: Daemon, backup: SavedBackup | None, given: list[GivenVersion] | None
) -> list[_Version]:
    """Newest first."""
    if given is None:
        lines = [] if backup is None else await versions_of(daemon, backup)
        return [_Version(each.number, int(each.time), each.full, each.size) for each in lines]
    ordered = sorted(given, key=lambda each: _seconds(each.time), reverse=True)
    return [
        _Version(number, _seconds(each.time), each.is_full_backup, each.file_sizes)
        for number, each in enumerate(ordered)
    ]


def _row(each: _Version, rule: Retention, at: float, *, keep: bool) -> RetentionRow:
    frame = rule_for(each.stamp, rule, at)
    seconds = [
        None if span is None else int(span.total_seconds())
        for span in ((None, None) if frame is None else (frame.frame, frame.interval))
    ]
    return RetentionRow(
        each.number, _moment(each.stamp), each.full, each.size, keep, frame is not None, *seconds
    )


def _option(rule: Retention) -> str:
    """As the engine looks for it."""
    if rule.policy:
        return "retention-policy"
    if rule.keep_since is not None:
        return "keep-time"
    return "keep-versions" if rule.keep_versions > 0 else ""


def _seconds(time: datetime) -> int:
    """Without a zone it is meant as UTC."""
    return int((time if time.tzinfo is not None else time.replace(tzinfo=UTC)).timestamp())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
