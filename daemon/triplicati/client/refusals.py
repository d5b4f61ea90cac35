"""What a server says when it does not do what it was asked for (spec/server.md 2.7)."""

from __future__ import annotations

import httpx
import msgspec

from triplicati import errors
from triplicati.errors import NotSignedIn, ServerRefused, TokenRefused, WrongPassword


class _Refusal(msgspec.Struct, rename="pascal"):
    error: str | None = None
    help_id: str | None = None
    status_code: str | None = None
    success: bool = True


_SIGN_IN_AGAIN = (ServerRefused.__name__, NotSignedIn.__name__, TokenRefused.__name__)


def check_password(answer: httpx.Response) -> None:
    """Raises `WrongPassword`, `ServerRefused`."""
    try:
        check(answer)
    except ServerRefused as error:
        if error.id == WrongPassword.__name__ or (error.status == 401 and error.id == "ServerRefused"):
            raise WrongPassword from None
        raise


def check_signed_in(answer: httpx.Response) -> None:
    """Raises `NotSignedIn` where signing in is all that is missing, `ServerRefused` otherwise."""
    try:
        check(answer)
    except ServerRefused as error:
        if error.status == 401 and error.id in _SIGN_IN_AGAIN:
            raise NotSignedIn(reason="the server does not accept the sign-in") from None
        raise


def check(answer: httpx.Response) -> None:
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
