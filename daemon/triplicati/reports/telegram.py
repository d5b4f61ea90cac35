"""Reports to a Telegram channel, by the bot interface of Telegram (https://core.telegram.org/bots/api)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from triplicati.errors import ReportNotSent
from triplicati.messages.progress import Report
from triplicati.options.option_values import OptionValues
from triplicati.reports.certificates import verified
from triplicati.reports.composing import Message
from triplicati.reports.web import WebRequest, ask

# In UTF-16 code units, as Telegram counts.
_MOST = 4096
_PREFIX = len("Part 999/999:\n")
_TIMEOUT = 10.0


async def send(values: OptionValues, message: Message, report: Report) -> None:
    """Raises `ReportNotSent`. Later parts are not sent when one has failed."""
    bot, key = ((values.text(f"send-telegram-{name}") or "").strip() for name in ("bot-id", "api-key"))
    if not bot or not key:
        raise ReportNotSent(reason="--send-telegram-bot-id and --send-telegram-api-key are both needed")
    server = (values.text("send-telegram-server") or "").strip().rstrip("/")
    url = f"{server}/bot{bot.removeprefix('bot')}:{key}/sendMessage"
    target: dict[str, object] = {"chat_id": (values.text("send-telegram-channel-id") or "").strip()}
    if topic := (values.text("send-telegram-topid-id") or "").strip():
        target["message_thread_id"] = topic
    certificates = [verified()]
    for text in parts(message.body):
        content = msgspec.json.encode({**target, "text": text})
        _check(await ask(WebRequest("POST", url, content, "application/json"), certificates, _TIMEOUT))
    report.log("Information", "SendTelegramComplete", "The report went to the Telegram channel")


def parts(text: str) -> Iterator[str]:
    """As many messages as it takes, numbered where it is more than one."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if _units(text) <= _MOST:
        yield text if text.strip() else "-"
        return
    pieces = list(_pieces(text, _MOST - _PREFIX))
    for number, piece in enumerate(pieces, 1):
        yield f"Part {number}/{len(pieces)}:\n{piece}"


def _pieces(text: str, most: int) -> Iterator[str]:
    start = used = 0
    for at, letter in enumerate(text):
        width = 2 if ord(letter) > 0xFFFF else 1
        if used + width > most:
            yield text[start:at]
            start, used = at, 0
        used += width
    yield text[start:]


def _units(text: str) -> int:
    return len(text) + sum(ord(letter) > 0xFFFF for letter in text)


def _check(answer: bytes) -> None:
    try:
        good = msgspec.json.decode(answer, type=dict[str, object]).get("ok") is True
    except (msgspec.DecodeError, UnicodeDecodeError):
        good = False
    if not good:
        raise ReportNotSent(reason="Telegram did not take the message")
