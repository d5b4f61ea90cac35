"""The routes below ``auth/`` (spec/server.md 2.5)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from triplicati.config.sign_in import Session, SignIn
from triplicati.errors import NotSignedIn
from triplicati_web.auth.cookies import REFRESH_PATH, refresh_cookie, refresh_token
from triplicati_web.auth.credentials import SOCKET, Presented, identify
from triplicati_web.failures import Unauthorized
from triplicati_web.routing import OPEN, Call, Reply, Route

_TAG = "auth"


class Login(msgspec.Struct, rename="pascal"):
    password: str = ""
    remember_me: bool = False

    def __repr__(self) -> str:
        return "Login(...)"


class SigninByToken(msgspec.Struct, rename="pascal"):
    signin_token: str = ""
    remember_me: bool = False

    def __repr__(self) -> str:
        return "SigninByToken(...)"


class Refresh(msgspec.Struct, rename="pascal"):
    """`next_nonce` is that of the new session, "" for one that the server makes up; this is ours."""

    nonce: str = ""
    next_nonce: Annotated[str, msgspec.Meta(pattern="^([A-Za-z0-9+/=_-]{22,200})?$")] = ""

    def __repr__(self) -> str:
        return "Refresh(...)"


class PasswordOnly(msgspec.Struct, rename="pascal"):
    password: str = ""

    def __repr__(self) -> str:
        return "PasswordOnly(...)"


class SessionAnswer(msgspec.Struct, rename="pascal"):
    access_token: str
    refresh_nonce: str | None

    def __repr__(self) -> str:
        return "SessionAnswer(...)"


class TokenAnswer(msgspec.Struct, rename="pascal"):
    token: str

    def __repr__(self) -> str:
        return "TokenAnswer(...)"


class LoggedOut(msgspec.Struct):
    success: bool = True


class AuthStatus(msgspec.Struct, rename="camel", omit_defaults=True):
    authorized: bool
    message: str
    socket_token: str | None = None

    def __repr__(self) -> str:
        return f"AuthStatus({self.authorized})"


async def login(call: Call) -> Reply:
    wanted: Login = call.body
    found = await _sign_in(call).login(wanted.password, call.address, remember=wanted.remember_me)
    return _signed_in(call, found)


async def signin(call: Call) -> Reply:
    wanted: SigninByToken = call.body
    found = await _sign_in(call).signin(wanted.signin_token, remember=wanted.remember_me)
    return _signed_in(call, found)


async def refresh(call: Call) -> Reply:
    wanted: Refresh | None = call.body
    token = refresh_token(call.cookies, call.host)
    if not token:
        raise NotSignedIn(reason="there is no session")
    wanted = wanted or Refresh()
    return _signed_in(call, await _sign_in(call).refresh(token, wanted.nonce, wanted.next_nonce))


async def logout(call: Call) -> Reply:
    if token := refresh_token(call.cookies, call.host):
        await _sign_in(call).logout(token)
    gone = refresh_cookie("", 0, host=call.host, scheme=call.scheme, prefix=call.prefix)
    return Reply(LoggedOut(), cookies=(gone,))


async def logout_everywhere(call: Call) -> None:
    await _sign_in(call).logout_everywhere()


async def issue_signin_token(call: Call) -> TokenAnswer:
    wanted: PasswordOnly = call.body
    return TokenAnswer(await _sign_in(call).issue_signin_token_for(wanted.password, call.address))


async def issue_operation_token(call: Call) -> TokenAnswer:
    return TokenAnswer(_sign_in(call).issue_operation_token(call.user, call.path["operation"]))


async def issue_forever_token(call: Call) -> SessionAnswer:
    return SessionAnswer(_sign_in(call).issue_forever_token(), None)


async def status(call: Call) -> AuthStatus:
    """A proxy may add the credential, in which case the page must not ask for a password."""
    sign_in = _sign_in(call)
    try:
        found = await identify(Presented(call.headers, {}, call.cookies), sign_in)
    except Unauthorized:
        return AuthStatus(authorized=False, message="Not signed in")
    token = sign_in.issue_operation_token(found.user, SOCKET)
    return AuthStatus(authorized=True, message="Signed in", socket_token=token)


def _sign_in(call: Call) -> SignIn:
    found: SignIn = call.daemon.sign_in
    return found


def _signed_in(call: Call, found: Session) -> Reply:
    cookie = refresh_cookie(
        found.refresh_token, found.cookie_expires, host=call.host, scheme=call.scheme, prefix=call.prefix
    )
    return Reply(SessionAnswer(found.access_token, found.refresh_nonce), cookies=(cookie,))


_V1 = "/api/v1/auth"

ROUTES = (
    Route("POST", f"{_V1}/login", login, "Sign in with the password", _TAG, Login, SessionAnswer, auth=OPEN),
    Route(
        "POST",
        f"{_V1}/signin",
        signin,
        "Sign in with a sign-in token",
        _TAG,
        SigninByToken,
        SessionAnswer,
        auth=OPEN,
    ),
    Route(
        "POST",
        REFRESH_PATH,
        refresh,
        "A new access token for the session of the cookie",
        _TAG,
        Refresh | None,
        SessionAnswer,
        auth=OPEN,
    ),
    Route(
        "POST",
        f"{REFRESH_PATH}/logout",
        logout,
        "End the session of the cookie",
        _TAG,
        answer=LoggedOut,
        auth=OPEN,
    ),
    Route(
        "POST",
        "/api/v2/auth/logout-everywhere",
        logout_everywhere,
        "End every session and void every token",
        _TAG,
    ),
    Route(
        "POST",
        f"{_V1}/issuesignintoken",
        issue_signin_token,
        "A sign-in token for the password",
        _TAG,
        PasswordOnly,
        TokenAnswer,
        auth=OPEN,
    ),
    Route(
        "POST",
        f"{_V1}/issuetoken/{{operation}}",
        issue_operation_token,
        "A token for one use: export, bugreport, download or websocket",
        _TAG,
        answer=TokenAnswer,
    ),
    Route(
        "POST",
        f"{_V1}/issue-forever-token",
        issue_forever_token,
        "An access token that lasts ten years",
        _TAG,
        answer=SessionAnswer,
    ),
    Route(
        "POST",
        f"{_V1}/status",
        status,
        "Whether the request is signed in already",
        _TAG,
        answer=AuthStatus,
        auth=OPEN,
    ),
)
