"""send-mail: a test mail, to see whether the options for reports are right (spec/cli.md 1.3).

Unlike in Duplicati the exit code tells whether a mail server took it.
"""

from __future__ import annotations

import time

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.messages.log import LogLine
from triplicati.messages.results import Result
from triplicati.options.option_values import OptionValues

_NOT_SENT = 100
_FORCED = {"send-mail-level": "All", "send-mail-any-operation": "true"}


def run(request: Request) -> Ended:
    """The mail itself is the report of this operation."""
    if request.positionals:
        raise wrong_usage("send-mail", "Nothing more is expected.")
    to = (request.values.text("send-mail-to") or "").strip()
    if not to:
        raise wrong_usage("send-mail", "--send-mail-to is needed: the address to send the test mail to.")
    request.values = OptionValues({**request.values.as_given(), **_FORCED})
    sent: list[str] = []

    def listen(line: LogLine) -> None:
        if line.id == "SendMailComplete":
            sent.append(line.text)

    request.listeners.append(listen)
    now = time.time()
    return Ended(
        Result(main_operation="SendMail", begin_time=now, end_time=now),
        lambda: [f"The test mail was sent to {to}." if sent else "The test mail was not sent."],
        lambda: 0 if sent else _NOT_SENT,
    )
