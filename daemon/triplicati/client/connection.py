"""Requests to one server, and staying signed in to it (spec/server.md 2.5, 2.7)."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx
import msgspec
import trio

from triplicati.client.refusals import check, check_password, check_signed_in
from triplicati.client.servers import Server
from triplicati.client.tls import untrusted
from triplicati.errors import (
    NotSignedIn,
    PasswordNeeded,
    ServerAnswerUnusable,
    ServerNotTrusted,
    ServerRefused,
    ServerUnreachable,
)
from triplicati.values.secrets import Secret

T = TypeVar("T")
Query = Mapping[str, str | int | bool | None]

_COOKIE = "RefreshToken_"
_AUTH = "/api/v1/auth"
_GOODBYE = 2.0


class _NoQueries(logging.Filter):
    """What httpx logs has the address in it, and that of an export its passphrase."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                each.copy_with(query=None) if isinstance(each, httpx.URL) else each for each in record.args
            )
        return True


logging.getLogger("httpx").addFilter(_NoQueries())


class Credentials(msgspec.Struct, frozen=True):
    """What there is to show: the first of these. `signin` gives a new sign-in token each time."""

    token: Secret | None = None
    signin: Callable[[], Awaitable[str]] | None = None
    password: Secret | None = None


class _Session(msgspec.Struct, rename="pascal"):
    access_token: str
    refresh_nonce: str | None = None

    def __repr__(self) -> str:
        return "_Session(...)"


class _Token(msgspec.Struct, rename="pascal"):
    token: str

    def __repr__(self) -> str:
        return "_Token(...)"


class Connection:
    """Signed in after `sign_in`, and again whenever the server has forgotten it."""

    def __init__(self, server: Server, credentials: Credentials, patience: float = 60.0) -> None:
        self.server = server
        self._credentials = credentials
        self._access = credentials.token.reveal() if credentials.token else ""
        self._refresh = ""
        self._nonce = ""
        self._renewing = trio.Lock()
        self.http = httpx.AsyncClient(
            verify=server.tls or True,
            timeout=patience,
            trust_env=False,
            # The one cookie there is goes to one path, and names of this computer confuse cookie jars.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    @property
    def bearer(self) -> str:
        return self._access

    async def sign_in(self) -> None:
        """Raises `PasswordNeeded`, `WrongPassword`, `ServerRefused`, `ServerUnreachable`."""
        known = self._credentials
        if known.token is not None:
            self._access = known.token.reveal()
            return
        if known.signin is not None:
            await self._open("signin", {"SigninToken": await known.signin()})
        elif known.password is not None:
            await self._open("login", {"Password": known.password.reveal()})
        else:
            raise PasswordNeeded(url=self.server.url)

    async def renew(self, used: str) -> None:
        """After `used` was refused; whoever comes first does it for all. Raises as `sign_in`, and
        `NotSignedIn`."""
        async with self._renewing:
            if self._access != used:
                return
            if self._credentials.token is not None:
                raise NotSignedIn(reason="the token is not good any more")
            if self._refresh:
                try:
                    await self._open("refresh", {"Nonce": self._nonce})
                    return
                except ServerRefused:
                    self._refresh = ""
            await self.sign_in()

    async def sign_out(self) -> None:
        """So that the server need not remember a session that nobody uses any more."""
        if not self._refresh:
            return
        with trio.move_on_after(_GOODBYE, shield=True):
            # Where that fails the session has its end all the same.
            with contextlib.suppress(ServerUnreachable, ServerNotTrusted):
                await self._post("refresh/logout", {"Nonce": self._nonce})

    async def request(
        self, method: str, path: str, *, body: object = msgspec.UNSET, query: Query | None = None
    ) -> httpx.Response:
        """The answer, which is a good one. Raises `ServerRefused` and what signing in raises."""
        used = self._access
        answer = await self._sent(method, path, body, query)
        if answer.status_code == 401:
            await self.renew(used)
            answer = await self._sent(method, path, body, query)
        check_signed_in(answer)
        return answer

    async def ask(
        self,
        method: str,
        path: str,
        wanted: type[T],
        *,
        body: object = msgspec.UNSET,
        query: Query | None = None,
    ) -> T:
        """The answer as a value. Raises `ServerAnswerUnusable` too."""
        answer = await self.request(method, path, body=body, query=query)
        return self._decoded(answer.content, wanted)

    def _decoded(self, content: bytes, wanted: type[T]) -> T:
        try:
            return msgspec.json.decode(content, type=wanted, strict=False)
        except msgspec.DecodeError:
            raise ServerAnswerUnusable(url=self.server.url) from None

    async def sign_in_token(self, password: str) -> str:
        """Raises `WrongPassword`, `ServerRefused`."""
        answer = await self._post("issuesignintoken", {"Password": password})
        check_password(answer)
        return self._decoded(answer.content, _Token).token

    async def _open(self, how: str, body: Mapping[str, str]) -> None:
        answer = await self._post(how, body)
        if how == "login":
            check_password(answer)
        else:
            check(answer)
        session = self._decoded(answer.content, _Session)
        self._access, self._nonce = session.access_token, session.refresh_nonce or ""
        self._refresh = next(
            (
                line.split(";", 1)[0]
                for line in answer.headers.get_list("set-cookie")
                if line.startswith(_COOKIE)
            ),
            "",
        )

    async def _post(self, how: str, body: Mapping[str, str]) -> httpx.Response:
        headers = {"Cookie": self._refresh} if self._refresh else {}
        return await self._exchanged("POST", f"{_AUTH}/{how}", body, None, headers)

    async def _sent(self, method: str, path: str, body: object, query: Query | None) -> httpx.Response:
        return await self._exchanged(method, path, body, query, {"Authorization": f"Bearer {self._access}"})

    async def _exchanged(
        self, method: str, path: str, body: object, query: Query | None, headers: dict[str, str]
    ) -> httpx.Response:
        content = None
        if body is not msgspec.UNSET:
            content = msgspec.json.encode(body)
            headers = {**headers, "Content-Type": "application/json"}
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        url = self.server.url
        try:
            return await self.http.request(
                method, url + path, content=content, params=given or None, headers=headers
            )
        except httpx.TransportError as error:
            if reason := untrusted(error):
                raise ServerNotTrusted(url=url, reason=reason) from None
            raise ServerUnreachable(url=url, reason=str(error) or type(error).__name__) from None
        except RuntimeError:
            if not self.http.is_closed:
                raise
            raise ServerUnreachable(url=url, reason="the connection was given up meanwhile") from None


def _text(value: str | int | bool | None) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
