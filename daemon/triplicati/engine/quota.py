"""The room at the destination, looked at after a backup (spec/format.md 9.9)."""

from __future__ import annotations

import trio

from triplicati.engine.quota_rule import QuotaRule
from triplicati.engine.remote import Remote
from triplicati.errors import DestinationError
from triplicati.messages.results import BackupResult
from triplicati.storage.abilities import Metered, Quota, ability
from triplicati.values.sizes import format_size

# A backup that is done does not wait longer for a question that is asked beside.
_SECONDS = 30


async def check_quota(remote: Remote, rule: QuotaRule, result: BackupResult) -> None:
    """Puts what is known into `result`, and warns where little is left. A destination that does not say, or
    fails to, is no trouble."""
    quota = await _asked(remote) if rule.asks else None
    if quota is not None:
        result.total_quota = -1 if quota.total is None else quota.total
        result.free_quota = -1 if quota.free is None else quota.free
    result.assigned_quota = rule.assigned or -1
    report, used = remote.report, result.known_file_size
    if rule.assigned and used >= rule.assigned:
        result.quota_error = True
        report.error(
            "BackendQuotaExceeded",
            f"The backup uses {format_size(used)} of the {format_size(rule.assigned)} that --quota-size gives"
            " it. Keep fewer versions, or give it more.",
        )
        return
    low = _low(rule, used, result.total_quota, result.free_quota)
    if low:
        result.quota_warning = True
        report.warning("BackendQuotaNear", f"{low} Free some space, or keep fewer versions.")


def _low(rule: QuotaRule, used: int, total: int, free: int) -> str:
    """What is to be told, "" for nothing."""
    if rule.threshold > 0 and rule.assigned and rule.assigned - used <= rule.assigned * rule.threshold / 100:
        left = format_size(rule.assigned - used)
        return f"The backup has {left} left of the {format_size(rule.assigned)} that --quota-size gives it."
    # An account can say that it has no end, and a share that it has no size.
    if total > 0 and 0 <= free <= min(total * rule.threshold / 100, rule.plenty) and rule.threshold > 0:
        return f"The destination has {format_size(free)} left of {format_size(total)}."
    return ""


async def _asked(remote: Remote) -> Quota | None:
    metered = ability(remote.destination, Metered)  # type: ignore[type-abstract]  # a protocol, asked by shape
    if metered is None:
        return None
    with trio.move_on_after(_SECONDS):
        try:
            return await metered.quota()
        except DestinationError as error:
            remote.report.message(f"The destination does not tell how much room it has: {error}")
            return None
    remote.report.message(f"The destination did not tell within {_SECONDS} seconds how much room it has.")
    return None
