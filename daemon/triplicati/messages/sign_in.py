"""What the server's database keeps of a sign-in (spec/server.md 2.4)."""

from __future__ import annotations

import msgspec


class TokenFamily(msgspec.Struct, frozen=True):
    """One browser that is signed in. `counter` rises with each refresh; `last_updated` in Unix seconds."""

    id: str
    user_id: str
    counter: int
    last_updated: float


class NamedToken(msgspec.Struct, frozen=True):
    """An access token for automation; `id` is its family, times in Unix seconds. The token itself is kept
    nowhere."""

    id: str
    name: str
    created: float
    expires: float
