"""What the sign-in keeps, in memory."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from triplicati.config.sign_in import SignIn, SignInOptions
from triplicati.messages.sign_in import NamedToken, TokenFamily

QUICK = 10


class MemoryStore:
    """Passes checkpoints as the real one does."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.settings: dict[str, str] = dict(settings or {})
        self.families: dict[str, TokenFamily] = {}

    async def setting(self, name: str) -> str:
        await trio.lowlevel.checkpoint()
        return self.settings.get(name, "")

    async def set_settings(self, settings: Mapping[str, str | None]) -> None:
        await trio.lowlevel.checkpoint()
        for name, value in settings.items():
            self.settings[name] = value or ""

    async def token_family(self, id: str) -> TokenFamily | None:
        await trio.lowlevel.checkpoint()
        return self.families.get(id)

    async def put_token_family(self, family: TokenFamily) -> None:
        await trio.lowlevel.checkpoint()
        self.families[family.id] = family

    async def remove_token_family(self, id: str) -> None:
        await trio.lowlevel.checkpoint()
        self.families.pop(id, None)

    async def add_named_token(self, token: NamedToken, family: TokenFamily) -> None:
        await self.put_token_family(family)

    async def remove_named_token(self, id: str) -> bool:
        return self.families.pop(id, None) is not None

    async def clear_token_families(self) -> None:
        await trio.lowlevel.checkpoint()
        self.families.clear()


class WallClock:
    """Moves only when told. Unix seconds."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self.time = start

    def __call__(self) -> float:
        return self.time


async def prepared(
    store: MemoryStore,
    clock: WallClock,
    password: str | None = "correct horse",
    options: SignInOptions | None = None,
) -> SignIn:
    """With a password; None leaves the one that a first start makes."""
    sign_in = SignIn(store, clock, options or SignInOptions(iterations=QUICK))
    await sign_in.prepare()
    if password is not None:
        await sign_in.set_password(password)
    return sign_in
