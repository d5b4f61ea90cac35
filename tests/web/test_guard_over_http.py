"""Pages of others, other names, and the headers of every answer."""

from __future__ import annotations

import ipaddress

import pytest
import trio
import trio_websocket
from support.web_server import Running, open_socket, web_server

from triplicati_web.routing import OPEN, Call, Route
from triplicati_web.settings import WebSettings
from triplicati_web.sockets import Socket

REBOUND = {"Host": "evil.example:8200"}
EVIL = {"Origin": "http://evil.example"}


async def done(call: Call) -> dict[str, str]:
    return {"Host": call.host, "Address": call.address, "Scheme": call.scheme, "Prefix": call.prefix}


ROUTES = [
    Route(method, "/api/v1/it", done, "", "test", auth=OPEN) for method in ("GET", "POST", "PUT", "DELETE")
] + [Route("GET", "/metrics", done, "", "test", auth=OPEN)]


async def greets(socket: Socket) -> None:
    await socket.send("hello")


SOCKETS = [("/notifications", greets), ("/api/v2/events", greets)]


async def test_a_rebound_name_reaches_nothing() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        for path in ("/api/v1/it", "/metrics", "/api/v1/nothing", "/api/v2/openapi.json", "/notifications"):
            answer = await client.get(path, headers=REBOUND)
            assert answer.status_code == 403
            assert answer.json()["Error"] == "Invalid hostname: evil.example"
        for path in ("/api/v1/auth/login", "/login.cgi", "/logout.cgi"):
            assert (await client.post(path, headers=REBOUND)).status_code == 403
        assert (await client.get("/health", headers=REBOUND)).text == "Healthy"


async def test_allowed_names_may_change_while_the_server_runs() -> None:
    names: list[str] = []
    async with (
        web_server(ROUTES, settings=WebSettings(allowed_hosts=lambda: names)) as server,
        server.client() as client,
    ):
        headers = {"Host": "nas.example"}
        assert (await client.get("/api/v1/it", headers=headers)).status_code == 403
        names.append("nas.example")
        assert (await client.get("/api/v1/it", headers=headers)).status_code == 200


async def test_a_page_of_others_changes_nothing() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        for origin in ("http://evil.example", "null", "http://localhost:3000"):
            for method in ("POST", "PUT", "DELETE"):
                answer = await client.request(method, "/api/v1/it", headers={"Origin": origin})
                assert answer.status_code == 403
                assert answer.json()["HelpId"] == "OriginRefused"
        own = {"Origin": server.url}
        assert (await client.post("/api/v1/it", headers=own)).status_code == 200
        assert (await client.post("/api/v1/it")).status_code == 200


async def test_a_page_of_others_reads_nothing() -> None:
    """It may send a GET, but gets no leave to look at the answer."""
    async with web_server(ROUTES) as server, server.client() as client:
        answer = await client.get("/api/v1/it", headers=EVIL)
        assert "access-control-allow-origin" not in answer.headers
        asked = {**EVIL, "Access-Control-Request-Method": "PUT"}
        refused = await client.options("/api/v1/it", headers=asked)
        assert refused.status_code == 405
        assert "access-control-allow-origin" not in refused.headers


async def test_a_page_that_was_allowed_may_do_everything_but_send_cookies() -> None:
    page = "https://ui.example"
    settings = WebSettings(cors_origins=frozenset({page}))
    async with web_server(ROUTES, settings=settings) as server, server.client() as client:
        asked = {
            "Origin": page,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization,x-it",
        }
        preflight = await client.options("/api/v1/it", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == page
        assert preflight.headers["access-control-allow-methods"] == "PUT"
        assert preflight.headers["access-control-allow-headers"] == "authorization,x-it"
        answer = await client.put("/api/v1/it", headers={"Origin": page})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == page
        assert "origin" in answer.headers["vary"].lower()
        assert "access-control-allow-credentials" not in answer.headers
        assert (await client.put("/api/v1/it", headers=EVIL)).status_code == 403


async def rejected(server: Running, path: str, *headers: tuple[bytes, bytes]) -> int:
    found = 101
    try:
        async with open_socket(server, path, headers):
            pass
    except* trio_websocket.ConnectionRejected as group:
        leaf: BaseException = group
        while isinstance(leaf, BaseExceptionGroup):
            leaf = leaf.exceptions[0]
        assert isinstance(leaf, trio_websocket.ConnectionRejected)
        found = leaf.status_code
    return found


@pytest.mark.parametrize("path", ["/notifications", "/api/v2/events"])
async def test_a_page_of_others_opens_no_websocket(path: str) -> None:
    async with web_server(sockets=SOCKETS) as server:
        assert await rejected(server, path, (b"Origin", b"http://evil.example")) == 403
        assert await rejected(server, path, (b"Origin", b"null")) == 403
        assert await rejected(server, path, (b"Origin", server.url.encode())) == 101
        assert await rejected(server, path) == 101


async def test_a_rebound_name_opens_no_websocket() -> None:
    upgrade = (
        b"GET /notifications HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    async with (
        web_server(sockets=SOCKETS) as server,
        await trio.open_tcp_stream("127.0.0.1", server.port) as stream,
    ):
        await stream.send_all(upgrade)
        assert b" 403 " in await stream.receive_some()


async def test_every_answer_has_the_security_headers() -> None:
    async with web_server(ROUTES) as server, server.client() as client:
        paths = ("/api/v1/it", "/api/v1/nothing", "/nothing", "/health", "/login.html", "/page.css")
        answers = [await client.get(path) for path in paths]
        answers.append(await client.get("/api/v1/it", headers=REBOUND))
        answers.append(await client.post("/api/v1/it", headers=EVIL))
        for answer in answers:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            # By its health a second start knows it; nobody else needs to know what this is.
            assert ("server" in answer.headers) == (answer.url.path == "/health")
        api = answers[0].headers
        assert api["cache-control"] == "no-store"
        assert api["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_a_trusted_proxy_says_who_calls_and_by_which_name() -> None:
    headers = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "nas.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/backup",
    }
    trusting = WebSettings(
        trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),), allowed_hosts=lambda: ["nas.example"]
    )
    async with web_server(ROUTES, settings=trusting) as server, server.client() as client:
        assert (await client.get("/api/v1/it", headers=headers)).json() == {
            "Host": "nas.example",
            "Address": "203.0.113.9",
            "Scheme": "https",
            "Prefix": "/backup",
        }
        own = {**headers, "Origin": "https://nas.example"}
        answer = await client.post("/api/v1/auth/login", json={"Password": "correct horse"}, headers=own)
        line = answer.headers["set-cookie"]
        assert line.startswith("RefreshToken_0=")
        assert "Path=/backup/api/v1/auth/refresh;" in line
        assert "Domain=nas.example" in line
        assert line.endswith("Secure")
    async with web_server(ROUTES) as server, server.client() as client:
        found = (await client.get("/api/v1/it", headers=headers)).json()
        assert found["Address"] == "127.0.0.1"
        assert found["Prefix"] == ""


@pytest.mark.parametrize(
    "head",
    [
        b"GET /api/v1/it HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    ],
)
async def test_nobody_leaves_http_1_where_a_proxy_looks_at_requests(head: bytes) -> None:
    """Through a proxy that passes on such an upgrade, all further requests would go past its rules."""
    async with (
        web_server(ROUTES) as server,
        await trio.open_tcp_stream("127.0.0.1", server.port) as stream,
    ):
        await stream.send_all(head)
        with trio.fail_after(5):
            answer = await stream.receive_some()
        assert answer.startswith(b"HTTP/1.1 ")
        assert not answer.startswith(b"HTTP/1.1 101")
