"""Single requests that the library for object stores does not know, such as those that make a bucket."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from html import unescape

import msgspec

from triplicati.errors import (
    DestinationError,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
)
from triplicati.storage.objects.connections import Limits
from triplicati.storage.objects.failures import UNTRUSTED_ADVICE, Where
from triplicati.storage.objects.trust import Trust


class Answer(msgspec.Struct, frozen=True):
    """`code` and `said` are the server's own, empty where it gives none."""

    status: int
    code: str
    said: str
    content: bytes


def send(
    method: str,
    address: str,
    content: bytes,
    headers: Mapping[str, str],
    where: Where,
    limits: Limits,
    trust: Trust,
    certificate: str,
) -> Answer:
    """Blocks. `address` can hold a signature and is in no error. Raises a kind of `DestinationError`."""
    import httpx  # noqa: PLC0415 - slow to import

    verify = ssl.create_default_context()
    if certificate:
        verify.load_verify_locations(cadata=certificate)
    if trust.any:
        verify.check_hostname = False
        verify.verify_mode = ssl.CERT_NONE
    try:
        with httpx.Client(timeout=limits.short or None, verify=verify) as client:
            answer = client.request(method, address, content=content, headers=dict(headers))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _explained(error, where) from None
    text = answer.text[:10_000]
    code, said = _element(text, "Code"), _element(text, "Message")
    return Answer(answer.status_code, code or answer.headers.get("x-ms-error-code", ""), said, answer.content)


def _element(text: str, name: str) -> str:
    found = re.search(rf"<{name}>([^<\n]{{1,400}})", text)
    return unescape(found[1]).strip() if found else ""


def _explained(error: Exception, where: Where) -> DestinationError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return DestinationUnknown(host=where.name, reason=cause.strerror or "there is no such name")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return DestinationUntrusted(host=where.host, reason=cause.verify_message, advice=UNTRUSTED_ADVICE)
        if isinstance(cause, OSError) and cause.strerror:
            return DestinationUnreachable(host=where.host, reason=cause.strerror)
        cause = cause.__cause__ or cause.__context__
    return DestinationUnreachable(host=where.host, reason=type(error).__name__)
