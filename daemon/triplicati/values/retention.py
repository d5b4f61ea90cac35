"""Retention policies: which versions to thin out as they grow old."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from triplicati.errors import InvalidValue, RetentionPolicyInvalidValue
from triplicati.values.timespans import parse_timespan


class RetentionRule(msgspec.Struct, frozen=True):
    """Inside the last `frame` (None: for ever) keep one version per `interval` (None: every version)."""

    frame: timedelta | None
    interval: timedelta | None


def parse_policy(text: str) -> tuple[RetentionRule, ...]:
    """The rules of a policy such as ``1W:1D,4W:1W,U:1M``, shortest frame first; empty for blank text.

    U is unlimited; an interval of 0s keeps every version too. Raises `RetentionPolicyInvalidValue`
    (spec/cli.md 3.5).
    """
    entries = [entry for entry in map(str.strip, text.split(",")) if entry]
    rules = [_parse_rule(entry, text) for entry in entries]
    return tuple(sorted(rules, key=lambda rule: (rule.frame is None, rule.frame or timedelta())))


def _parse_rule(entry: str, policy: str) -> RetentionRule:
    frame_text, colon, interval_text = entry.partition(":")
    if not colon or ":" in interval_text:
        raise _invalid(policy, f'"{entry}" needs exactly one colon')
    if not frame_text.strip() or not interval_text.strip():
        raise _invalid(policy, f'"{entry}" needs a length of time on both sides of the colon')
    frame, interval = _parse_length(frame_text, policy), _parse_length(interval_text, policy)
    if frame is not None and frame <= timedelta():
        raise _invalid(policy, f'the timeframe in "{entry}" must be longer than nothing')
    if interval is not None and interval < timedelta():
        raise _invalid(policy, f'the interval in "{entry}" must not be negative')
    if frame is not None and interval is not None and interval >= frame:
        raise _invalid(policy, f'the interval in "{entry}" must be shorter than the timeframe')
    return RetentionRule(frame, interval or None)


def _parse_length(text: str, policy: str) -> timedelta | None:
    if text.strip().upper() == "U":
        return None
    try:
        return parse_timespan(text)
    except InvalidValue as problem:
        raise _invalid(policy, problem.message) from None


def _invalid(policy: str, reason: str) -> RetentionPolicyInvalidValue:
    return RetentionPolicyInvalidValue(policy=policy, reason=reason)
