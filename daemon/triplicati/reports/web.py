"""Requests to addresses that the user gave. Neither the address nor an answer becomes part of a message, for
there may be a token in them."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import trio

from triplicati.errors import ReportNotSent

if TYPE_CHECKING:
    import httpx

# Seconds for one request, from the first try to connect to the end of the answer.
TIMEOUT = 30.0
_LARGEST_ANSWER = 1 << 16


class WebRequest(msgspec.Struct, frozen=True):
    method: str
    url: str
    content: bytes
    content_type: str

    def __repr__(self) -> str:
        return f"WebRequest({self.method} {place_of(self.url)})"


class NotAnswered(ReportNotSent):
    """{reason}"""


async def ask(request: WebRequest, certificates: Sequence[ssl.SSLContext], seconds: float = TIMEOUT) -> bytes:
    """The answer, its first part if it is long. Redirections are not followed.

    Raises `NotAnswered` for what may go better the next time, and `ReportNotSent`.
    """
    place = place_of(request.url)
    with trio.move_on_after(seconds):
        for number, context in enumerate(certificates, 1):
            try:
                return await _ask_once(request, context, seconds, place)
            except ssl.SSLCertVerificationError as error:
                if number == len(certificates):
                    reason = getattr(error, "verify_message", "") or str(error)
                    text = f"{place}: its certificate is not accepted: {reason}"
                    raise ReportNotSent(reason=text) from None
    raise NotAnswered(reason=f"{place}: no answer within {seconds:.0f} seconds")


async def ask_again(
    request: WebRequest,
    certificates: Sequence[ssl.SSLContext],
    *,
    retries: int,
    pause: float,
    seconds: float = TIMEOUT,
) -> bytes:
    """As `ask`, with more tries after a pause where that may help."""
    for _ in range(retries):
        try:
            return await ask(request, certificates, seconds)
        except NotAnswered:
            await trio.sleep(max(pause, 0.0))
    return await ask(request, certificates, seconds)


def place_of(url: str) -> str:
    """The part of an address that is no secret: its scheme, host and port."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the address"
    return f"{parts.scheme}://{parts.hostname}{port}" if parts.hostname else "the address"


async def _ask_once(request: WebRequest, context: ssl.SSLContext, seconds: float, place: str) -> bytes:
    import httpx  # noqa: PLC0415 - slow to import

    headers: Mapping[str, str] = {"Content-Type": request.content_type, "User-Agent": "Triplicati"}
    try:
        async with (
            httpx.AsyncClient(verify=context, timeout=seconds, follow_redirects=False) as client,
            client.stream(request.method, request.url, content=request.content, headers=headers) as answer,
        ):
            found = b""
            async for part in answer.aiter_bytes():
                found += part
                if len(found) >= _LARGEST_ANSWER:
                    break
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError, ValueError):
        raise ReportNotSent(reason=f"{place}: this is no address of the web") from None
    except httpx.HTTPError as error:
        if (refused := _certificate_error(error)) is not None:
            raise refused from None
        raise NotAnswered(reason=f"{place}: {_reason(error)}") from None
    _check(answer, place)
    return found


def _check(answer: httpx.Response, place: str) -> None:
    status = answer.status_code
    if status < 300:
        return
    if status < 400:
        text = f"{place}: it points to another address, which was not used (status {status})"
        raise ReportNotSent(reason=text)
    if status >= 500 or status in (408, 429):
        raise NotAnswered(reason=f"{place}: status {status}")
    raise ReportNotSent(reason=f"{place}: it refused the message (status {status})")


def _certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """Somewhere among what led to `error`."""
    seen: BaseException | None = error
    for _ in range(20):
        if seen is None or isinstance(seen, ssl.SSLCertVerificationError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _reason(error: Exception) -> str:
    return {
        "ConnectError": "no connection",
        "ConnectTimeout": "no connection in time",
        "ReadTimeout": "no answer in time",
        "RemoteProtocolError": "it does not speak HTTP",
    }.get(type(error).__name__, type(error).__name__)
