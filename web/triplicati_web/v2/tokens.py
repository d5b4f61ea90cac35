"""Access tokens for automation, each with a name, which can be revoked one by one; these routes are ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from triplicati.errors import TokenNotFound
from triplicati.messages.api_envelope import Envelope
from triplicati.messages.sign_in import NamedToken
from triplicati.runner.daemon import Daemon
from triplicati_web.routing import Call, Route

_TAG = "auth"


class TokenInput(msgspec.Struct, frozen=True, rename="pascal"):
    """`days`: how long it is good, ten years at most."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    days: Annotated[int, msgspec.Meta(ge=1, le=3653)] = 365


class TokenRow(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="ID")
    name: str = msgspec.field(name="Name")
    created: datetime = msgspec.field(name="Created")
    expires: datetime = msgspec.field(name="Expires")


class NewToken(msgspec.Struct, frozen=True, rename="pascal"):
    """`token` is told this once and kept nowhere."""

    row: TokenRow
    token: str

    def __repr__(self) -> str:
        return f"NewToken({self.row})"


async def tokens(call: Call) -> Envelope[list[TokenRow]]:
    daemon: Daemon = call.daemon
    return Envelope([_row(each) for each in await daemon.store.named_tokens()])


async def add(call: Call) -> Envelope[NewToken]:
    daemon: Daemon = call.daemon
    wanted: TokenInput = call.body
    kept, token = await daemon.sign_in.issue_named_token(wanted.name, wanted.days)
    return Envelope(NewToken(_row(kept), token))


async def revoke(call: Call) -> Envelope[None]:
    """From then on it is refused, and websockets that are open with it are closed."""
    daemon: Daemon = call.daemon
    if not await daemon.sign_in.revoke_named_token(call.path["id"]):
        raise TokenNotFound(id=call.path["id"])
    return Envelope(None)


def _row(token: NamedToken) -> TokenRow:
    created, expires = (datetime.fromtimestamp(each, UTC) for each in (token.created, token.expires))
    return TokenRow(token.id, token.name, created, expires)


_PATH = "/api/v2/auth/tokens"

ROUTES = (
    Route("GET", _PATH, tokens, "Tokens for automation, newest first", _TAG, answer=Envelope[list[TokenRow]]),
    Route("POST", _PATH, add, "Make a token for automation", _TAG, TokenInput, Envelope[NewToken]),
    Route("DELETE", f"{_PATH}/{{id}}", revoke, "Revoke a token for automation", _TAG, answer=Envelope[None]),
)
