"""The kinds of reports, and which operations each of them tells of (spec/cli.md 5.3)."""

from __future__ import annotations

import msgspec

from triplicati.options.option_values import OptionValues
from triplicati.reports.finished import Finished
from triplicati.reports.log_rules import LogTail, log_rule


class Kind(msgspec.Struct, frozen=True):
    """`key` is the part of its options' names after "send-", `title` what messages call it. Without any of
    the `addresses` it is off; `body` is the option with the text."""

    key: str
    title: str
    addresses: tuple[str, ...]
    body: str

    def option(self, suffix: str) -> str:
        return f"send-{self.key}-{suffix}"


MAIL = Kind("mail", "mail", ("send-mail-to",), "send-mail-body")
HTTP = Kind(
    "http",
    "web request",
    ("send-http-url", "send-http-form-urls", "send-http-json-urls"),
    "send-http-message",
)
XMPP = Kind("xmpp", "XMPP", ("send-xmpp-to",), "send-xmpp-message")
TELEGRAM = Kind("telegram", "Telegram", ("send-telegram-channel-id",), "send-telegram-message")
APPRISE = Kind("apprise", "Apprise", ("send-apprise-urls",), "send-apprise-message")
KINDS = (MAIL, HTTP, XMPP, TELEGRAM, APPRISE)


def is_on(kind: Kind, values: OptionValues) -> bool:
    return any((values.text(name) or "").strip() for name in kind.addresses)


def is_wanted(kind: Kind, values: OptionValues, finished: Finished) -> bool:
    """Whether this end of an operation is to be told of."""
    if not is_on(kind, values):
        return False
    if finished.operation.name != "Backup":
        return values.boolean(kind.option("any-operation"))
    levels = {each.strip().lower() for each in (values.text(kind.option("level")) or "").split(",")} - {""}
    return not levels or "all" in levels or finished.parsed.lower() in levels


def tail_of(kind: Kind, values: OptionValues) -> LogTail:
    """Collects the log lines for its report. Raises `InvalidFilter`."""
    rule = log_rule(values.choice(kind.option("log-level")), values.text(kind.option("log-filter")) or "")
    return LogTail(rule, values.integer(kind.option("max-log-lines")))


def separated(text: str | None, separators: str = ";") -> list[str]:
    """The parts of a list, each once."""
    for other in separators[1:]:
        text = (text or "").replace(other, separators[0])
    return list(dict.fromkeys(part.strip() for part in (text or "").split(separators[0]) if part.strip()))
