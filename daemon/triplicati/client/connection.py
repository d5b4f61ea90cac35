"""Requests to one server, and staying signed in to it (spec/server.md 2.5, 2.7)."""

from __future__ import annotations

import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx
import msgspec
import trio

from triplicati import errors
from triplicati.client.tls import Verify, trust, untrusted
from triplicati.errors import (
    NotSignedIn,
    PasswordNeeded,
    ServerAnswerUnusable,
    ServerNotTrusted,
    ServerRefused,
    ServerUnreachable,
    WrongPassword,
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


class Server(msgspec.Struct, frozen=True):
    """Where it is; `url` without a slash at its end. `tls` makes a context for each use of it."""

    url: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    socket_tls: ssl.SSLContext | None

    @property
    def name(self) -> str:
        """As in a `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class _Session(msgspec.Struct, rename="pascal"):
    access_token: str
    refresh_nonce: str | None = None

    def __repr__(self) -> str:
        return "_Session(...)"


class _Token(msgspec.Struct, rename="pascal"):
    token: str

    def __repr__(self) -> str:
        return "_Token(...)"


class _Refusal(msgspec.Struct, rename="pascal"):
    error: str | None = None
    help_id: str | None = None
    status_code: str | None = None
    success: bool = True


async def find_server(url: str, verify: Verify = True, fingerprint: str | None = None) -> Server:
    """Raises `ServerUnreachable` for what is no address, and what `trust` raises."""
    try:
        parsed = httpx.URL(url if "://" in url else f"http://{url}")
    except httpx.InvalidURL as error:
        raise ServerUnreachable(url=url, reason=str(error)) from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ServerUnreachable(url=url, reason="the address must begin with http:// or https://")
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    plain = str(parsed.copy_with(username=None, password=None, query=None, fragment=None)).rstrip("/")
    if parsed.scheme == "http":
        return Server(plain, parsed.host, port, None, None)
    # A context learns what protocols it is to offer, so one cannot serve both uses.
    first = await trust(plain, parsed.host, port, verify, fingerprint)
    return Server(
        plain, parsed.host, port, first, await trust(plain, parsed.host, port, verify, fingerprint)
    )


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
        if answer.status_code == 401:
            raise NotSignedIn(reason="the server does not accept the sign-in")
        _check(answer)
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
        _check_password(answer)
        return self._decoded(answer.content, _Token).token

    async def _open(self, how: str, body: Mapping[str, str]) -> None:
        answer = await self._post(how, body)
        if how == "login":
            _check_password(answer)
        else:
            _check(answer)
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


def _check_password(answer: httpx.Response) -> None:
    """Raises `WrongPassword`, `ServerRefused`."""
    try:
        _check(answer)
    except ServerRefused as error:
        if error.id == WrongPassword.__name__ or (error.status == 401 and error.id == "ServerRefused"):
            raise WrongPassword from None
        raise


def _check(answer: httpx.Response) -> None:
    """Raises `ServerRefused`. Below ``/api/v2`` a refusal has status 200."""
    is_v2 = answer.url.path.find("/api/v2/") >= 0
    if answer.status_code < 400 and not (is_v2 and answer.content.startswith(b"{")):
        return
    try:
        said = msgspec.json.decode(answer.content, type=_Refusal)
    except msgspec.DecodeError:
        said = _Refusal()
    if answer.status_code < 400 and said.success:
        return
    status, help_id = answer.status_code, said.help_id or ""
    if is_v2 and said.status_code:
        text = said.status_code.removeprefix("HTTP-")
        status, help_id = (int(text), help_id) if text.isdigit() else (status, help_id or text)
    known = getattr(errors, help_id, None)
    if is_v2 and isinstance(known, type) and issubclass(known, errors.TriplicatiError):
        status = known.http_status
    reason = said.error or f"The server answered with status {answer.status_code}."
    raise ServerRefused(reason=reason, status=status, help_id=help_id)


def _text(value: str | int | bool | None) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
