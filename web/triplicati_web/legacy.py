"""The sign-in of Duplicati 2.0, which its command-line client still speaks (spec/server.md 2.8).

A page is given a token that it must send back with each request; a session comes from proving to know the
salted hash of the password, with a nonce.
"""

from __future__ import annotations

import base64
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from urllib.parse import quote, unquote

from triplicati.config.sign_in import SignIn
from triplicati.errors import WrongPassword
from triplicati_web.auth.credentials import Identity, Presented
from triplicati_web.routing import OPEN, Call, Reply, Route

log = logging.getLogger(__name__)

XSRF_COOKIE = "xsrf-token"
_XSRF_HEADER = "X-XSRF-TOKEN"
_NONCE_COOKIE = "session-nonce"
_SESSION_COOKIE = "session-auth"
_MINUTES_10 = 600.0
_HOUR = 3600.0
_USER = "webserver"
_NO_XSRF = b"Missing XSRF Token. Please reload the page"
_TAG = "legacy"


class Answered(Exception):
    """The old protocol has an answer of its own."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(reply.status)


class _Kept:
    """Random keys that are good for a time, `most` of them."""

    def __init__(self, lasts: float, most: int, now: Callable[[], float]) -> None:
        self._lasts = lasts
        self._most = most
        self._now = now
        self._keys: dict[str, tuple[float, int]] = {}

    def add(self, key: str, mark: int = 0) -> None:
        """Raises `Answered` with 503 where there are too many."""
        self._drop_old()
        if len(self._keys) >= self._most:
            raise Answered(_text(503, b"Too many requests at once. Try again in some minutes"))
        self._keys[key] = (self._now() + self._lasts, mark)

    def mark(self, key: str, *, renew: bool = False) -> int | None:
        """What was noted with it; None where it is not, or no longer, there."""
        self._drop_old()
        found = self._keys.get(key)
        if found is None:
            return None
        if renew:
            self._keys[key] = (self._now() + self._lasts, found[1])
        return found[1]

    def take(self, key: str) -> bool:
        self._drop_old()
        return self._keys.pop(key, None) is not None

    def _drop_old(self) -> None:
        now = self._now()
        for key in [each for each, (until, _) in self._keys.items() if until < now]:
            del self._keys[key]


class LegacySessions:
    """The tokens, nonces and sessions; all in memory."""

    def __init__(self, sign_in: SignIn, now: Callable[[], float] = time.time) -> None:
        self._sign_in = sign_in
        self._now = now
        self._xsrf = _Kept(_MINUTES_10, 500, now)
        self._nonces = _Kept(_MINUTES_10, 50, now)
        self._sessions = _Kept(_HOUR, 500, now)

    def identify(self, presented: Presented) -> Identity | None:
        """None for a request that is not of the old protocol. Raises `Answered`."""
        cookies = {XSRF_COOKIE, _SESSION_COOKIE} & set(presented.cookies)
        if not cookies and _XSRF_HEADER not in presented.headers:
            return None
        token = presented.headers.get(_XSRF_HEADER) or presented.query.get(_XSRF_HEADER.lower(), "")
        shown = presented.cookies.get(XSRF_COOKIE, token)
        if self._xsrf.mark(unquote(token), renew=True) is None or unquote(shown) != unquote(token):
            raise Answered(_text(400, _NO_XSRF))
        if not self.is_signed_in(presented.cookies, presented.query):
            raise Answered(Reply(content=b"", status=401, headers={"Location": "login.html"}))
        return Identity(_USER, legacy=True, cookies=(self._xsrf_line(unquote(token)),))

    def is_signed_in(self, cookies: Mapping[str, str], query: Mapping[str, str]) -> bool:
        session = unquote(cookies.get(_SESSION_COOKIE) or query.get("auth-token", ""))
        return self._sessions.mark(session, renew=True) == self._sign_in.generation

    def page_cookie(self, cookies: Mapping[str, str]) -> str:
        """The `Set-Cookie` line of a page: the token it has, or a new one. Raises `Answered`."""
        token = unquote(cookies.get(XSRF_COOKIE, ""))
        if self._xsrf.mark(token, renew=True) is None:
            token = base64.b64encode(secrets.token_bytes(32)).decode()
            self._xsrf.add(token)
        return self._xsrf_line(token)

    async def begin(self, cookies: Mapping[str, str]) -> Reply:
        """A nonce and the salt. Raises `Answered`."""
        pair = await self._sign_in.legacy_pair()
        if pair is None:
            log.warning(
                "A client with the protocol of Duplicati 2.0 cannot sign in until the password is set again "
                "on this server"
            )
            raise Answered(_text(401, b"The password must be set again on the server first"))
        nonce = base64.b64encode(secrets.token_bytes(32)).decode()
        self._nonces.add(nonce)
        until = self._now() + _MINUTES_10
        lines = (_line(_NONCE_COOKIE, quote(nonce, safe=""), until), self.page_cookie(cookies))
        return Reply({"Status": "OK", "Nonce": nonce, "Salt": pair.salt}, cookies=lines)

    async def finish(self, proof: str, cookies: Mapping[str, str], address: str) -> Reply:
        """A session for a good proof, which is ``SHA256(nonce + hash)`` in base64. Raises `WrongPassword`."""
        nonce = unquote(cookies.get(_NONCE_COOKIE, ""))
        if not self._nonces.take(nonce):
            raise Answered(_text(401, b"The nonce is not known"))
        async with self._sign_in.attempts.attempt(address):
            pair = await self._sign_in.legacy_pair()
            expected = pair.proof(base64.b64decode(nonce)) if pair else ""
            given = proof.encode("utf-8", "replace")
            if not expected or not secrets.compare_digest(expected.encode(), given):
                log.warning("A sign-in from %s with a wrong password", address or "this machine")
                raise WrongPassword
        session = secrets.token_urlsafe(32)
        self._sessions.add(session, self._sign_in.generation)
        line = _line(_SESSION_COOKIE, session, self._now() + _HOUR)
        return Reply({"Status": "OK"}, cookies=(line,))

    def end(self, cookies: Mapping[str, str], query: Mapping[str, str]) -> Reply:
        self._sessions.take(unquote(cookies.get(_SESSION_COOKIE) or query.get("auth-token", "")))
        return Reply(content=b"", status=204, cookies=(_line(_SESSION_COOKIE, "", 0),))

    def _xsrf_line(self, token: str) -> str:
        until = self._now() + _MINUTES_10
        # The page reads it, so it is not HttpOnly.
        return _line(XSRF_COOKIE, quote(token, safe=""), until, flags="SameSite=Strict")


def legacy_routes(sessions: LegacySessions) -> tuple[Route, ...]:
    async def login(call: Call) -> Reply:
        given = {**call.arguments, **call.form}
        if given.get("get-nonce"):
            return await sessions.begin(call.cookies)
        return await sessions.finish(given.get("password", ""), call.cookies, call.address)

    async def logout(call: Call) -> Reply:
        return sessions.end(call.cookies, {**call.arguments, **call.form})

    return (
        Route("POST", "/login.cgi", login, "Sign in with the protocol of Duplicati 2.0", _TAG, auth=OPEN),
        Route("GET", "/login.cgi", login, "Sign in with the protocol of Duplicati 2.0", _TAG, auth=OPEN),
        Route("POST", "/logout.cgi", logout, "Sign out with the protocol of Duplicati 2.0", _TAG, auth=OPEN),
        Route("GET", "/logout.cgi", logout, "Sign out with the protocol of Duplicati 2.0", _TAG, auth=OPEN),
    )


def _line(name: str, value: str, until: float, flags: str = "HttpOnly; SameSite=Strict") -> str:
    return f"{name}={value}; Expires={formatdate(until, usegmt=True)}; Path=/; {flags}"


def _text(status: int, text: bytes) -> Reply:
    return Reply(content=text, status=status, content_type="text/plain; charset=utf-8")
