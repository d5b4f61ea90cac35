"""Sends the reports of an operation that has ended, all kinds at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import trio

from triplicati.errors import TriplicatiError
from triplicati.messages.progress import Report
from triplicati.options.option_values import OptionValues
from triplicati.reports import mail, notify, telegram, web_request
from triplicati.reports.composing import Message, composed
from triplicati.reports.finished import Finished
from triplicati.reports.kinds import APPRISE, HTTP, MAIL, TELEGRAM, XMPP, Kind
from triplicati.reports.secrecy import hiding

Send = Callable[[OptionValues, Message, Report], Awaitable[None]]
_SENDERS: Mapping[str, Send] = {
    MAIL.key: mail.send,
    HTTP.key: web_request.send,
    XMPP.key: notify.send_xmpp,
    TELEGRAM.key: telegram.send,
    APPRISE.key: notify.send_apprise,
}


async def send_all(
    ended: Sequence[tuple[Kind, Finished]],
    values: OptionValues,
    report: Report,
    senders: Mapping[str, Send] = _SENDERS,
) -> None:
    """One report of each kind in `ended`, which have lines of their own. What goes wrong is a warning, and
    takes no longer than the time limits of the servers: those of one mail server are one minute."""
    async with trio.open_nursery() as nursery:
        for kind, finished in ended:
            nursery.start_soon(_send, kind, finished, values, report, senders[kind.key])


async def _send(kind: Kind, finished: Finished, values: OptionValues, report: Report, send: Send) -> None:
    try:
        await send(values, composed(kind, values, finished, report), report)
    except Exception as error:  # a report must never make of a good operation a failed one
        reason = str(error) if isinstance(error, TriplicatiError) else f"{type(error).__name__}: {error}"
        text = hiding(finished.operation)(f"The report by {kind.title} was not sent: {reason}")
        report.warning("ReportSubmitError", text)
