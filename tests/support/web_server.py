"""The web application on a real socket."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx
import msgspec
import trio
import trio_websocket

from support.sign_in_store import QUICK, MemoryStore, WallClock, prepared
from triplicati.config.sign_in import SignIn, SignInOptions
from triplicati_web.app import make_app
from triplicati_web.listening import bound_port, open_tcp, open_unix
from triplicati_web.routing import Route
from triplicati_web.serving import Endpoint, Limits, serve
from triplicati_web.settings import WebSettings
from triplicati_web.sockets import SocketHandler

PASSWORD = "correct horse"
GRACE = 0.4


@dataclass
class FakeDaemon:
    sign_in: SignIn


@dataclass
class Running:
    """`url` has no slash at its end. `stopped` is set when the server ended."""

    url: str
    port: int
    daemon: FakeDaemon
    store: MemoryStore
    clock: WallClock
    stop: trio.Event
    stopped: trio.Event

    @property
    def sign_in(self) -> SignIn:
        return self.daemon.sign_in

    def client(self) -> httpx.AsyncClient:
        """Sends cookies only when told."""
        none = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        return httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False, verify=False, cookies=none)

    async def bearer(self, client: httpx.AsyncClient) -> dict[str, str]:
        """Headers of somebody who is signed in."""
        answer = await client.post("/api/v1/auth/login", json={"Password": PASSWORD})
        return {"Authorization": f"Bearer {answer.json()['AccessToken']}"}


@asynccontextmanager
async def web_server(
    routes: Sequence[Route] = (),
    *,
    settings: WebSettings | None = None,
    options: SignInOptions | None = None,
    sockets: Sequence[tuple[str, SocketHandler]] = (),
    tls: Callable[[], ssl.SSLContext] | None = None,
    unix: Path | None = None,
    limits: Limits | None = None,
    grace: float = GRACE,
    password: str | None = PASSWORD,
) -> AsyncIterator[Running]:
    store, clock = MemoryStore(), WallClock()
    wanted = msgspec.structs.replace(options or SignInOptions(), iterations=QUICK)
    daemon = FakeDaemon(await prepared(store, clock, password, wanted))
    stop, stopped = trio.Event(), trio.Event()
    app = make_app(daemon, routes, settings or WebSettings(), closing=stop, sockets=sockets)
    listeners = [await open_unix(unix)] if unix else await open_tcp(["127.0.0.1"], 0)
    port = 0 if unix else bound_port(listeners[0])
    endpoints = [Endpoint(each, tls) for each in listeners]
    scheme = "https" if tls else "http"

    async def run(*, task_status: trio.TaskStatus[None]) -> None:
        await serve(app, endpoints, stop=stop, grace=grace, limits=limits, task_status=task_status)
        stopped.set()

    async with trio.open_nursery() as nursery:
        await nursery.start(run)
        yield Running(f"{scheme}://127.0.0.1:{port}", port, daemon, store, clock, stop, stopped)
        stop.set()


@asynccontextmanager
async def open_socket(
    server: Running, path: str = "/notifications", headers: Sequence[tuple[bytes, bytes]] = ()
) -> AsyncIterator[trio_websocket.WebSocketConnection]:
    """A websocket whose connection is closed at the end, which the library leaves out when the server closed
    first. Raises `ConnectionRejected`."""
    async with await trio.open_tcp_stream("127.0.0.1", server.port) as stream, trio.open_nursery() as nursery:
        host = f"127.0.0.1:{server.port}"
        socket = await trio_websocket.wrap_client_stream(
            nursery, stream, host, path, extra_headers=list(headers)
        )
        yield socket
        with trio.move_on_after(2):
            await socket.aclose()
        nursery.cancel_scope.cancel()
