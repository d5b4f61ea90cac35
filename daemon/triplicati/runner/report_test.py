"""A test of the reports by mail and message, as the options of all backups have them or are to have them."""

from __future__ import annotations

import time
from collections.abc import Mapping

from triplicati.config.server.masking import unmask_options
from triplicati.messages.api_notices import ReportOutcome
from triplicati.messages.progress import Report
from triplicati.messages.results import Result
from triplicati.messages.saved import SavedBackup
from triplicati.operations.order import Order
from triplicati.operations.reporting import facts_of, operation_of
from triplicati.reports.finished import Finished
from triplicati.reports.kinds import KINDS, Kind, is_on
from triplicati.runner.browsing import asked
from triplicati.runner.daemon import Daemon

_NAME = "Test of reports"
_OPERATION = "SendMail"


async def tested_reports(daemon: Daemon, options: Mapping[str, str | None]) -> list[ReportOutcome]:
    """Sends a report of each kind that has an address, with `options` (names with or without dashes) before
    those of all backups; stars stand for a stored secret. Raises what wrong options raise."""
    stored = await daemon.store.application_options()
    given = {
        name.removeprefix("--"): value for name, value in unmask_options(dict(options), stored).items()
    }
    # Nothing is done at the destination; a report only names it.
    backup = SavedBackup(name=_NAME, target_url="file:///")
    async with asked(daemon, backup, _OPERATION, extra=given) as order:
        return [await _sent(order, kind) for kind in KINDS if is_on(kind, order.values)]


async def _sent(order: Order, kind: Kind) -> ReportOutcome:
    from triplicati.reports.sending import send_all  # noqa: PLC0415 - most daemons report to nobody

    now = time.time()
    report = Report()
    result = Result(main_operation=_OPERATION, begin_time=now, end_time=now)
    ended = Finished(operation_of(order), result, facts=facts_of(order))
    await send_all([(kind, ended)], order.values, report)
    text = "; ".join(each.text for each in report.warnings)
    return ReportOutcome(kind.key, sent=not report.warnings, message=text)
