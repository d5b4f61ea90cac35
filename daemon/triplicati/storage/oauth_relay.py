"""Tokens of consumer clouds, from the service that keeps the sign-in of a user (spec/cli.md 5.2).

Whoever signs in at that service gets an authid; with it the service gives out tokens that hold for about an
hour.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from triplicati.errors import (
    DestinationError,
    DestinationOptionUnusable,
    DestinationSignInRefused,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
)
from triplicati.values.secrets import Secret

if TYPE_CHECKING:
    import httpx

DEFAULT_URL = "https://duplicati-oauth-handler.appspot.com/refresh"

_TIMEOUT = 30.0
# So that no request starts with a token that ends on its way.
_MARGIN = 120.0
_REFUSED = frozenset({400, 401, 403, 404})


class _Answer(msgspec.Struct):
    access_token: str
    expires: float = 3600.0


class _Token(msgspec.Struct):
    token: Secret
    until: float


_tokens: dict[bytes, _Token] = {}


async def access_token(oauth_url: str, authid: Secret, *, scheme: str = "authid") -> tuple[str, float]:
    """The token, and until when it holds (seconds since 1970, two minutes before its real end).

    `oauth_url` may be empty, for the usual service; `scheme` is the kind of destination that asks, for
    messages. One token serves until its end. Raises a kind of `DestinationError`.
    """
    import httpx  # noqa: PLC0415 - slow to import

    url, key = _place(oauth_url), _key(oauth_url, authid)
    if (known := _known(key)) is not None:
        return known
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
            answer = await client.get(url, headers=_headers(authid))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _explained(error, url) from None
    return _remembered(key, answer, url, scheme)


def access_token_sync(oauth_url: str, authid: Secret, *, scheme: str = "authid") -> tuple[str, float]:
    """The same, for a thread."""
    import httpx  # noqa: PLC0415 - slow to import

    url, key = _place(oauth_url), _key(oauth_url, authid)
    if (known := _known(key)) is not None:
        return known
    try:
        with httpx.Client(timeout=_TIMEOUT) as client:
            answer = client.get(url, headers=_headers(authid))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _explained(error, url) from None
    return _remembered(key, answer, url, scheme)


def forget_token(oauth_url: str, authid: Secret) -> None:
    """For a token that the cloud refused before its end: the next one is a new one."""
    _tokens.pop(_key(oauth_url, authid), None)


def _place(oauth_url: str) -> str:
    url = oauth_url.strip() or DEFAULT_URL
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise DestinationOptionUnusable(option="oauth-url", reason="it is no address that starts with https://")
    return url


def _key(oauth_url: str, authid: Secret) -> bytes:
    return hashlib.sha256(f"{oauth_url.strip()}\n{authid.reveal()}".encode()).digest()


def _headers(authid: Secret) -> dict[str, str]:
    # Not in the address, which logs show.
    try:
        authid.reveal().encode("ascii")
    except UnicodeEncodeError:
        reason = "it has letters that no authid has"
        raise DestinationOptionUnusable(option="authid", reason=reason) from None
    return {"X-AuthID": authid.reveal().strip(), "User-Agent": "Triplicati"}


def _known(key: bytes) -> tuple[str, float] | None:
    found = _tokens.get(key)
    if found is None or found.until <= time.time():
        return None
    return found.token.reveal(), found.until


def _remembered(key: bytes, answer: httpx.Response, url: str, scheme: str) -> tuple[str, float]:
    host = urlsplit(url).hostname or ""
    if answer.status_code in _REFUSED:
        reason = f"the authid was refused (status {answer.status_code}); sign in there anew for another one"
        raise DestinationSignInRefused(host=host, reason=reason, scheme=scheme)
    if answer.status_code != 200:
        raise DestinationError(
            reason=f"the service at {host} that gives out tokens answered with status {answer.status_code}"
        )
    try:
        given = msgspec.json.decode(answer.content, type=_Answer, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise DestinationError(
            reason=f"what {host} answered is no token. Check --oauth-url, which ends in /refresh"
        ) from None
    until = time.time() + max(given.expires - _MARGIN, 0.0)
    _tokens[key] = _Token(Secret(given.access_token), until)
    return given.access_token, until


def _explained(error: Exception, url: str) -> DestinationError:
    host = urlsplit(url).hostname or ""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return DestinationUnknown(host=host, reason=cause.strerror or "no such name")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return DestinationUntrusted(
                host=host, reason=cause.verify_message, advice="Check --oauth-url."
            )
        cause = cause.__cause__ or cause.__context__
    return DestinationUnreachable(host=host, reason=str(error) or type(error).__name__)
