"""All saved backups below ``/dav/``, beside the page and the API of the server."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import NoReturn, cast

import trio
from hypercorn.typing import Framework

from triplicati.config.sign_in.passwords import PBKDF
from triplicati.errors import NotSignedIn, TokenRefused, TriplicatiError, WrongPassword
from triplicati.errors.groups import first_of
from triplicati.mounting.entries import Entry, FileNode, FolderNode, Node
from triplicati.mounting.multistatus import address
from triplicati.runner.daemon import Daemon
from triplicati_web.caller import Caller, caller_of
from triplicati_web.guard import check_name
from triplicati_web.mount.basic import KnownConnections, ask_to_sign_in, given_basic
from triplicati_web.mount.exchange import App, Exchange, Receive, Scope, Send
from triplicati_web.mount.open_backups import OpenBackups
from triplicati_web.mount.webdav import READING, Content, serve_tree
from triplicati_web.settings import WebSettings

PATH = b"/dav"


@asynccontextmanager
async def mounted(app: Framework, daemon: Daemon, settings: WebSettings) -> AsyncIterator[Framework]:
    """`app` with the backups beside it, which are closed at the end."""
    async with trio.open_nursery() as nursery:
        backups = OpenBackups(daemon)
        await nursery.start(backups.run)
        yield cast("Framework", with_mount(cast("App", app), daemon, backups, settings))
        nursery.cancel_scope.cancel()


def with_mount(app: App, daemon: Daemon, backups: OpenBackups, settings: WebSettings) -> App:
    """`app` with what is below ``/dav``, for who signs in with any name and the password of the server, or a
    token of it instead."""
    door = _Door(daemon)

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            exchange = Exchange(scope, receive, send)
            if exchange.path == PATH or exchange.path.startswith(PATH + b"/"):
                await answer(exchange)
                return
        await app(scope, receive, send)

    async def answer(exchange: Exchange) -> None:
        caller = caller_of(exchange.peer, exchange.scheme, exchange.headers, settings)
        try:
            check_name(caller, settings.allowed_hosts())
            if not await door.lets_in(exchange, caller):
                await ask_to_sign_in(exchange)
                return
            await _serve(exchange, backups, f"{caller.prefix}{PATH.decode()}")
        except* TriplicatiError as group:
            error = first_of(group)
            if not exchange.started and isinstance(error, TriplicatiError):
                await exchange.answer(error.http_status, f"{error}\n")

    return both


async def _serve(exchange: Exchange, backups: OpenBackups, base: str) -> None:
    found = await backups.by_name()
    top = _Top(list(found))
    names = exchange.names
    if names is None or len(names) == 1 or exchange.method not in READING or names[1] not in found:
        await serve_tree(exchange, top, base, names[1:] if names is not None else None)
        return
    async with backups.opened(found[names[1]]) as mounted:
        await serve_tree(exchange, mounted, address(base, names[1], folder=False), names[2:])


class _Top:
    """The folder of all backups; what they are in it is answered by themselves."""

    def __init__(self, names: Sequence[str]) -> None:
        self._entries = [Entry(name, True, -1, int(time.time())) for name in names]

    async def find(self, names: Sequence[str]) -> Node | None:
        return None if names else FolderNode(Entry("Backups", True, -1, int(time.time())), None, "")

    async def listing(self, folder: FolderNode, start: str = "") -> tuple[list[Entry], str | None]:
        return self._entries, None

    def content(self, file: FileNode) -> AbstractContextManager[Content]:
        return _no_file(file)


def _no_file(file: FileNode) -> NoReturn:
    raise AssertionError(f"{file.entry.name} is in no backup")


class _Door:
    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._known = KnownConnections()

    async def lets_in(self, exchange: Exchange, caller: Caller) -> bool:
        """Raises `TooManyAttempts` and what the store raises."""
        given = given_basic(exchange.headers)
        if given is None or not given[1]:
            return False
        text = given[1].reveal()
        if await self._is_token(text):
            return True
        # What it was checked with is part of it: a new password ends what an old one opened.
        checked_with = await self._daemon.store.setting(PBKDF)
        proof = caller.address, text, checked_with, str(self._daemon.sign_in.generation)
        if self._known.has(exchange, *proof):
            return True
        try:
            await self._daemon.sign_in.check_password(text, caller.address)
        except WrongPassword:
            return False
        self._known.add(exchange, *proof)
        return True

    async def _is_token(self, text: str) -> bool:
        sign_in = self._daemon.sign_in
        try:
            if text.count(".") == 2:
                await sign_in.user_of_access(text)
            else:
                sign_in.user_of_preauth(text)
        except (TokenRefused, NotSignedIn):
            return False
        return True
