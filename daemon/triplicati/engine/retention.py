"""Which versions a retention rule deletes (spec/format.md 12.5). Pure: time is a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

from triplicati.engine.settings import Retention
from triplicati.values.retention import RetentionRule


class Dated(Protocol):
    """A version: `stamp` in Unix seconds; `full` is false for one that was stopped or interrupted."""

    @property
    def stamp(self) -> int: ...
    @property
    def full(self) -> bool: ...


V = TypeVar("V", bound=Dated)


def versions_to_delete(versions: Sequence[V], retention: Retention, now: float) -> list[V]:
    """Those of `versions`, in any order, that `retention` no longer keeps at `now` (Unix seconds).

    They come newest first. Something is always left unless `allow_full_removal`. Partial versions count
    differently in each rule (trap 32).
    """
    newest_first = sorted(versions, key=lambda version: version.stamp, reverse=True)
    doomed = _doomed(newest_first, retention, now)
    if len(doomed) == len(newest_first) and not retention.allow_full_removal:
        return doomed[1:]
    return doomed


def rule_for(stamp: int, retention: Retention, now: float) -> RetentionRule | None:
    """The rule of a policy that a version falls under: that of the shortest frame that reaches back to it.
    None where none does."""
    rules = sorted(retention.policy, key=lambda rule: (rule.frame is None, rule.frame or timedelta()))
    return next((rule for rule in rules if _reaches(rule, stamp, now)), None)


def _doomed(newest_first: list[V], retention: Retention, now: float) -> list[V]:
    if retention.policy:
        return _thinned_out(newest_first, retention, now)
    if retention.keep_since is not None:
        return _older_than(newest_first, retention.keep_since)
    if 0 < retention.keep_versions < len(newest_first):
        return _beyond_count(newest_first, retention.keep_versions)
    return []


def _older_than(newest_first: list[V], limit: float) -> list[V]:
    """All from the first one that is too old, once a full one is kept."""
    full_kept = False
    for at, version in enumerate(newest_first):
        if version.stamp < limit and full_kept:
            return newest_first[at:]
        full_kept = full_kept or version.full
    return []


def _beyond_count(newest_first: list[V], count: int) -> list[V]:
    """All behind `count` full ones, and partial ones between two full ones that stay."""
    kept = [at for at, version in enumerate(newest_first) if version.full][:count]
    if not kept:
        return []
    between = [version for version in newest_first[kept[0] : kept[-1]] if not version.full]
    return between + (newest_first[kept[-1] + 1 :] if len(kept) == count else [])


def _thinned_out(newest_first: list[V], retention: Retention, now: float) -> list[V]:
    """The newest is set aside; each other version belongs to the shortest frame that reaches back to it."""
    if not newest_first:
        return []
    newest, *rest = newest_first
    rules = sorted(retention.policy, key=lambda rule: (rule.frame is None, rule.frame or timedelta()))
    reached = any(_reaches(rule, newest.stamp, now) for rule in rules)
    doomed = [newest] if retention.allow_full_removal and not reached else []
    for rule in rules:
        inside = [version for version in rest if _reaches(rule, version.stamp, now)]
        rest = rest[len(inside) :]
        doomed += _too_close(inside, rule.interval)
    return doomed + rest


def _reaches(rule: RetentionRule, stamp: int, now: float) -> bool:
    return rule.frame is None or stamp >= now - rule.frame.total_seconds()


def _too_close(newest_first: list[V], interval: timedelta | None) -> list[V]:
    """Full ones nearer than `interval` to the full one kept before. No tolerance (trap 42)."""
    if interval is None:
        return []
    doomed: list[V] = []
    last: int | None = None
    for version in reversed(newest_first):
        if not version.full:
            continue
        if last is None or version.stamp - last >= interval.total_seconds():
            last = version.stamp
        else:
            doomed.append(version)
    return doomed[::-1]
