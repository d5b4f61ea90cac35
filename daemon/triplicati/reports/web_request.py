"""Reports by web request: as a form or as JSON (spec/cli.md 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import trio

from triplicati.errors import InvalidValue, ReportNotSent
from triplicati.messages.progress import Report
from triplicati.options.option_values import OptionValues
from triplicati.reports.certificates import contexts
from triplicati.reports.composing import Message
from triplicati.reports.kinds import separated
from triplicati.reports.web import WebRequest, ask_again, place_of

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


async def send(values: OptionValues, message: Message, report: Report) -> None:
    """To all addresses at once. Raises `ReportNotSent` that names every one that failed."""
    try:
        certificates = contexts(
            any_certificate=values.boolean("send-http-accept-any-ssl-certificate"),
            hashes=values.text("send-http-accept-specified-ssl-hash"),
        )
    except InvalidValue as error:
        raise ReportNotSent(reason=f"--send-http-accept-specified-ssl-hash: {error}") from None
    retries = values.integer("send-http-retries")
    pause = values.timespan("send-http-retry-delay").total_seconds()
    failures: list[str] = []

    async def post(request: WebRequest) -> None:
        try:
            await ask_again(request, certificates, retries=retries, pause=pause)
        except ReportNotSent as error:
            failures.append(str(error))
        else:
            text = f"The report went to {place_of(request.url)}"
            report.log("Information", "SendHttpComplete", text)

    async with trio.open_nursery() as nursery:
        for request in requests_of(values, message):
            nursery.start_soon(post, request)
    if failures:
        raise ReportNotSent(reason="; ".join(failures))


def requests_of(values: OptionValues, message: Message) -> Iterator[WebRequest]:
    """``send-http-url`` takes the form that the report has, the other two say theirs."""
    verb = (values.text("send-http-verb") or "POST").strip().upper()
    name = values.text("send-http-message-parameter-name") or "message"
    form = urlencode([(name, message.body), *message.extra.items()], errors="surrogateescape").encode()
    json = message.as_json.encode("utf-8", "replace")
    plain = separated(values.text("send-http-url"))
    forms = separated(values.text("send-http-form-urls"))
    objects = separated(values.text("send-http-json-urls"))
    for url in dict.fromkeys([*forms, *([] if message.is_json else plain)]):
        yield WebRequest(verb, url, form, _FORM)
    for url in dict.fromkeys([*objects, *(plain if message.is_json else [])]):
        yield WebRequest(verb, url, json, _JSON)
