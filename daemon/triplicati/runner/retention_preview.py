"""Which versions a retention rule would leave, by the function that deletes them (spec/format.md 12.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import msgspec
import trio

from triplicati.engine.from_options import retention
from triplicati.engine.retention import rule_for, versions_to_delete
from triplicati.engine.settings import Retention
from triplicati.errors import InvalidValue
from triplicati.messages.previews import GivenVersion, RetentionInput, RetentionPreview, RetentionRow
from triplicati.messages.saved import SavedBackup, SavedSchedule
from triplicati.options.option_values import OptionValues
from triplicati.runner.browsing import asked, moment_of, versions_of
from triplicati.runner.daemon import Daemon
from triplicati.runner.schedule_plan import checked, due_slots

_OPTIONS = ("keep-versions", "keep-time", "retention-policy", "allow-full-removal", "disable-time-tolerance")

_YEAR = 365 * 86400
_MOST_RUNS = 1500


class _Version(msgspec.Struct, frozen=True):
    number: int
    stamp: int
    full: bool
    size: int


async def previewed_retention(
    daemon: Daemon, backup: SavedBackup | None, wanted: RetentionInput
) -> RetentionPreview:
    """Without a backup, `wanted` has the options and the versions. Raises `InvalidValue`,
    `RetentionPolicyInvalidValue`, `BackupInvalid` for a schedule, and what `versions_of` raises."""
    at = moment_of(wanted.at or "now")
    values = await _values(daemon, backup, wanted.options)
    if wanted.schedule is not None:
        stamps = _due_in_a_year(checked(wanted.schedule), daemon.zone, int(at))
        # Nobody waits for the end of a rule that is not wanted any more.
        return await trio.to_thread.run_sync(_after_runs, values, stamps, at, abandon_on_cancel=True)
    rule = _rule(values, at)
    versions = await _versions(daemon, backup, wanted.versions)
    if wanted.after_run:
        # No two versions have the same second.
        stamp = max([int(at), *(each.stamp + 1 for each in versions)])
        versions = [_Version(-1, stamp, True, -1), *versions]
    doomed = {each.number for each in versions_to_delete(versions, rule, at)}
    rows = [_row(each, rule, at, keep=each.number not in doomed) for each in versions]
    kept = sum(each.keep for each in rows)
    return RetentionPreview(_option(rule), _moment(at), kept, len(rows) - kept, rows)


def _rule(values: OptionValues, at: float) -> Retention:
    return retention(values, datetime.fromtimestamp(at).astimezone())


def _due_in_a_year(schedule: SavedSchedule, zone: ZoneInfo, now: int) -> list[int]:
    """From the first run on, so that the hour of the question changes nothing."""
    slots = islice(due_slots(schedule, zone, now), _MOST_RUNS)
    first = next(slots, None)
    if first is None:
        return []
    return [first.at, *(each.at for each in takewhile(lambda slot: slot.at < first.at + _YEAR, slots))]


def _after_runs(values: OptionValues, stamps: Sequence[int], at: float) -> RetentionPreview:
    """Of runs at `stamps`, oldest first, each followed by the rule as it is then."""
    made: list[_Version] = []
    kept: list[_Version] = []
    rule = _rule(values, at)
    for stamp in stamps:
        at, rule = float(stamp), _rule(values, stamp)
        version = _Version(-1, stamp, True, -1)
        made.insert(0, version)
        doomed = {each.stamp for each in versions_to_delete([version, *kept], rule, at)}
        kept = [each for each in (version, *kept) if each.stamp not in doomed]
    stays = {each.stamp for each in kept}
    rows = [_row(each, rule, at, keep=each.stamp in stays) for each in made]
    return RetentionPreview(_option(rule), _moment(at), len(kept), len(made) - len(kept), rows)


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
