"""Who a request is from (spec/server.md 2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from werkzeug.datastructures import Headers

from triplicati.config.sign_in import SignIn
from triplicati.errors import DiskFull, ServerDatabaseInUse, ServerDatabaseUnusable, TriplicatiError
from triplicati_web.failures import Unauthorized

SOCKET = "websocket"
# They say nothing of a credential: a page that is answered 401 then would forget who is signed in.
_STORE_FAILED = (ServerDatabaseInUse, ServerDatabaseUnusable, DiskFull)


@dataclass(frozen=True)
class Presented:
    """What of a request may hold a credential; names in `query` are in lower case."""

    headers: Headers
    query: Mapping[str, str]
    cookies: Mapping[str, str]

    def __repr__(self) -> str:
        return "Presented(...)"


@dataclass(frozen=True)
class Identity:
    """`cookies` are `Set-Cookie` lines that the answer must carry."""

    user: str
    legacy: bool = False
    cookies: tuple[str, ...] = ()


class OldSessions(Protocol):
    """The protocol of 2.0, where it is on."""

    def identify(self, presented: Presented) -> Identity | None: ...


async def identify(
    presented: Presented, sign_in: SignIn, *, operation: str = "", old: OldSessions | None = None
) -> Identity:
    """In the order bearer, pre-auth, ``?token=``, old session. Raises `Unauthorized`, and what `old` does."""
    try:
        if user := await _of_header(presented.headers, sign_in):
            return Identity(user)
        token = presented.query.get("token", "")
        if token and operation:
            return Identity(await _of_token(token, sign_in, operation))
        if token and sign_in.options.pre_auth_tokens:
            return Identity(sign_in.user_of_preauth(token))
    except _STORE_FAILED:
        raise
    except TriplicatiError:
        raise Unauthorized from None
    found = old.identify(presented) if old is not None else None
    if found is None:
        raise Unauthorized
    return found


async def identify_socket(presented: Presented, sign_in: SignIn) -> Identity | None:
    """None where a websocket shows nothing yet, and will have to say it. Raises `Unauthorized`."""
    try:
        if user := await _of_header(presented.headers, sign_in):
            return Identity(user)
    except _STORE_FAILED:
        raise
    except TriplicatiError:
        raise Unauthorized from None
    token = presented.query.get("token", "")
    return Identity(await socket_user(token, sign_in)) if token else None


def shown_session(presented: Presented, sign_in: SignIn) -> str:
    """The session that a websocket was opened with, "" for none."""
    scheme, _, value = presented.headers.get("Authorization", "").strip().partition(" ")
    bearer = value.strip() if scheme.lower() == "bearer" else ""
    return sign_in.session_of(bearer or presented.query.get("token", ""))


async def socket_user(token: str, sign_in: SignIn) -> str:
    """With a token for websockets, an access token, or a pre-auth token. Raises `Unauthorized`."""
    try:
        return await sign_in.user_of_access(token)
    except _STORE_FAILED:
        raise
    except TriplicatiError:
        pass
    try:
        return await _of_token(token, sign_in, SOCKET)
    except _STORE_FAILED:
        raise
    except TriplicatiError:
        raise Unauthorized from None


async def _of_header(headers: Headers, sign_in: SignIn) -> str:
    """"" where there is none of ours; a proxy may have its own there."""
    scheme, _, value = headers.get("Authorization", "").strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return await sign_in.user_of_access(value.strip())
        case "preauth":
            return sign_in.user_of_preauth(value.strip())
    return ""


async def _of_token(token: str, sign_in: SignIn, operation: str) -> str:
    try:
        return sign_in.user_of_operation(token, operation)
    except TriplicatiError:
        return sign_in.user_of_preauth(token)
