"""A server of its own for the versions of one backup."""

from __future__ import annotations

import hmac

from triplicati.config.sign_in.attempts import Attempts
from triplicati.errors import TooManyAttempts, TriplicatiError, WrongPassword
from triplicati.values.secrets import Secret
from triplicati_web.caller import caller_of
from triplicati_web.guard import check_name
from triplicati_web.mount.basic import KnownConnections, ask_to_sign_in, given_basic
from triplicati_web.mount.exchange import App, Exchange, Receive, Scope, Send
from triplicati_web.mount.webdav import Tree, serve_tree
from triplicati_web.settings import WebSettings


def make_mount_app(tree: Tree, user: str, password: Secret | None) -> App:
    """`password` None: everybody who can reach it may read; then only by a name of this machine, since any
    page of a browser could have its own name point here."""
    attempts, known = Attempts(), KnownConnections()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await _live(receive, send)
            case "http":
                await serve(Exchange(scope, receive, send))
            case _:
                await send({"type": "websocket.close"})

    async def serve(exchange: Exchange) -> None:
        if password is None:
            try:
                check_name(caller_of(exchange.peer, exchange.scheme, exchange.headers, WebSettings()), ())
            except TriplicatiError as error:
                await exchange.answer(error.http_status, f"{error}\n")
                return
        elif not await let_in(exchange, password):
            return
        await serve_tree(exchange, tree, "", exchange.names)

    async def let_in(exchange: Exchange, expected: Secret) -> bool:
        given = given_basic(exchange.headers)
        if given is None:
            await ask_to_sign_in(exchange)
            return False
        texts = given[0], given[1].reveal()
        if known.has(exchange, *texts):
            return True
        try:
            async with attempts.attempt(exchange.peer):
                if not _same(given[0], user) & _same(texts[1], expected.reveal()):
                    raise WrongPassword
        except WrongPassword:
            await ask_to_sign_in(exchange)
            return False
        except TooManyAttempts as error:
            await exchange.answer(error.http_status, f"{error}\n")
            return False
        known.add(exchange, *texts)
        return True

    return app


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


async def _live(receive: Receive, send: Send) -> None:
    """What a server says at its start and its end; there is nothing to do for either."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
