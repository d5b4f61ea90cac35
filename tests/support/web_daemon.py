"""A whole daemon with its web server on a real socket, and a client that is signed in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx
import msgspec
import trio

from support.daemons import a_daemon, finished
from support.sign_in_store import QUICK
from triplicati.config.sign_in import SignInOptions
from triplicati.runner.clock import Clock
from triplicati.runner.daemon import Daemon
from triplicati.runner.tasks import Task
from triplicati.runner.works import NOT_AVAILABLE
from triplicati_web.api import API_ROUTES
from triplicati_web.app import make_app
from triplicati_web.listening import bound_port, open_tcp
from triplicati_web.routing import Route
from triplicati_web.serving import Endpoint, serve
from triplicati_web.settings import WebSettings
from triplicati_web.sockets import SocketHandler

PASSWORD = "correct horse"


@dataclass
class WebDaemon:
    """`client` is signed in; `url` has no slash at its end; setting `stop` ends the server."""

    daemon: Daemon
    client: httpx.AsyncClient
    url: str
    port: int
    token: str
    stop: trio.Event
    routes: Sequence[Route] = ()

    def stranger(self) -> httpx.AsyncClient:
        """A client that is not signed in. Sends cookies only when told."""
        return _client(self.url)

    async def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """The JSON of an answer that must have this status, and be what its route promises; `path` without
        ``/api/v1`` or with ``/api/``. Underscores in the names of a query become dashes."""
        return self._json(await self._sent("GET", path, None, query), status)

    async def post(self, path: str, body: object = None, status: int = 200, **query: Any) -> Any:
        return self._json(await self._sent("POST", path, body, query), status)

    async def put(self, path: str, body: object = None, status: int = 200, **query: Any) -> Any:
        return self._json(await self._sent("PUT", path, body, query), status)

    async def delete(self, path: str, status: int = 200, **query: Any) -> Any:
        return self._json(await self._sent("DELETE", path, None, query), status)

    async def ended(self, answer: dict[str, Any]) -> Task:
        """The task that a TaskStarted names, when it has ended."""
        assert answer["Status"] == "OK", answer
        task = self.daemon.queue.find(answer["ID"])
        assert task is not None
        return await finished(task)

    async def _sent(self, method: str, path: str, body: object, query: dict[str, Any]) -> httpx.Response:
        params = {name.replace("_", "-"): value for name, value in query.items()}
        return await self.client.request(method, _full(path), json=body, params=params)

    def _json(self, answer: httpx.Response, status: int) -> Any:
        told = f"{answer.request.url}: {answer.status_code} {answer.text}"
        assert answer.status_code == status, told
        found = answer.json() if answer.content else None
        failed = isinstance(found, dict) and found.get("Success") is False
        if status == 200 and not failed:
            promised = self._promised(answer.request.method, answer.request.url.path)
            if promised is not None:
                msgspec.json.decode(answer.content, type=promised)
        return found

    def _promised(self, method: str, path: str) -> Any:
        """The type of the answer; None where it is no JSON."""
        for route in self.routes:
            patterns = (re.sub(r"\\{\w+(:path)?\\}", "[^/]+", re.escape(each)) for each in route.paths)
            if route.method == method and any(re.fullmatch(each, path) for each in patterns):
                return route.answer
        return None


@asynccontextmanager
async def a_web_daemon(
    folder: Path,
    *,
    routes: Sequence[Route] = API_ROUTES,
    sockets: Sequence[tuple[str, SocketHandler]] = (),
    settings: WebSettings | None = None,
    clock: Clock | None = None,
    zone: str = "UTC",
) -> AsyncIterator[WebDaemon]:
    """`folder` is the data folder; what is in it from before is used."""
    wanted = settings or WebSettings(unavailable=frozenset(NOT_AVAILABLE))
    async with a_daemon(folder, clock, zone, SignInOptions(iterations=QUICK)) as daemon:
        await daemon.sign_in.set_password(PASSWORD)
        stop = trio.Event()
        app = make_app(daemon, routes, wanted, closing=stop, sockets=sockets)
        listeners = await open_tcp(["127.0.0.1"], 0)
        port = bound_port(listeners[0])
        url = f"http://127.0.0.1:{port}"
        session = await daemon.sign_in.login(PASSWORD, "")
        token = session.access_token

        async def run(*, task_status: trio.TaskStatus[None]) -> None:
            endpoints = [Endpoint(each) for each in listeners]
            await serve(app, endpoints, stop=stop, grace=0.4, task_status=task_status)

        async with trio.open_nursery() as nursery, _client(url) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            await nursery.start(run)
            yield WebDaemon(daemon, client, url, port, token, stop, routes)
            stop.set()


def _client(url: str) -> httpx.AsyncClient:
    none = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, verify=False, cookies=none)


def _full(path: str) -> str:
    return path if path.startswith("/") else f"/api/v1/{path}"
