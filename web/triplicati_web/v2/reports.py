"""Reports by mail and message; these routes are ours."""

from __future__ import annotations

from triplicati.messages.api_envelope import Envelope
from triplicati.messages.api_notices import ReportOutcome, ReportTestInput
from triplicati.runner.daemon import Daemon
from triplicati.runner.report_test import tested_reports
from triplicati_web.routing import Call, Route


async def test(call: Call) -> Envelope[list[ReportOutcome]]:
    daemon: Daemon = call.daemon
    wanted: ReportTestInput = call.body
    return Envelope(await tested_reports(daemon, wanted.options))


ROUTES = (
    Route(
        "POST",
        "/api/v2/reports/test",
        test,
        "Send a test by every kind of report that has an address",
        "notifications",
        body=ReportTestInput,
        answer=Envelope[list[ReportOutcome]],
        waits=True,
    ),
)
