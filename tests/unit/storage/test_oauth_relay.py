"""Tokens from a service of one's own, over real connections."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trio
from support.certificates import self_signed

from triplicati.errors import (
    DestinationError,
    DestinationOptionUnusable,
    DestinationSignInRefused,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
)
from triplicati.storage import oauth_relay
from triplicati.storage.oauth_relay import access_token, access_token_sync, forget_token
from triplicati.values.secrets import Secret

AUTHID = "a0b1:quite-secret-authid"


class _Service(ThreadingHTTPServer):
    """Gives ``token-1``, ``token-2`` ... for `AUTHID`; `status` and `answer` stand in for that."""

    asked: int = 0
    expires: float = 3600
    status: int = 200
    answer: bytes = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/refresh"


class _Handler(BaseHTTPRequestHandler):
    server: _Service

    def do_GET(self) -> None:
        self.server.asked += 1
        known = self.headers["X-AuthID"] == AUTHID and self.path == "/refresh"
        status = self.server.status if known else 403
        body = f'{{"access_token": "token-{self.server.asked}", "expires": {self.server.expires}}}'
        self.send_response(status)
        self.end_headers()
        self.wfile.write(self.server.answer or body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[_Service]:
    oauth_relay._tokens.clear()
    with _Service(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def test_one_token_until_shortly_before_its_end(
    service: _Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("triplicati.storage.oauth_relay.time.time", lambda: now)
    assert await access_token(service.url, Secret(AUTHID)) == ("token-1", now + 3480)
    assert await access_token(service.url, Secret(AUTHID)) == ("token-1", now + 3480)
    now += 3481
    assert await access_token(service.url, Secret(AUTHID)) == ("token-2", now + 3480)


async def test_a_thread_gets_the_same(service: _Service) -> None:
    ask = partial(access_token_sync, service.url, Secret(AUTHID))
    assert (await trio.to_thread.run_sync(ask))[0] == "token-1"
    assert (await access_token(service.url, Secret(AUTHID)))[0] == "token-1"


async def test_a_forgotten_token_is_asked_for_again(service: _Service) -> None:
    await access_token(service.url, Secret(AUTHID))
    forget_token(service.url, Secret(AUTHID))
    assert (await access_token(service.url, Secret(AUTHID)))[0] == "token-2"


async def test_a_short_token_is_not_kept(service: _Service) -> None:
    service.expires = 60
    assert (await access_token(service.url, Secret(AUTHID)))[0] == "token-1"
    assert (await access_token(service.url, Secret(AUTHID)))[0] == "token-2"


async def test_a_wrong_authid(service: _Service) -> None:
    with pytest.raises(DestinationSignInRefused, match="status 403") as caught:
        await access_token(service.url, Secret("other-secret"))
    assert "other-secret" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [(503, b"", "status 503"), (302, b"", "status 302"), (200, b"<html>", "is no token")],
)
async def test_a_service_that_does_not_do_its_work(
    service: _Service, status: int, answer: bytes, told: str
) -> None:
    service.status, service.answer = status, answer
    with pytest.raises(DestinationError, match=told):
        await access_token(service.url, Secret(AUTHID))


@pytest.mark.parametrize(
    ("url", "authid", "option"), [("oauth.example", AUTHID, "oauth-url"), ("", "Übel", "authid")]
)
async def test_options_that_cannot_be(url: str, authid: str, option: str) -> None:
    with pytest.raises(DestinationOptionUnusable, match=f"--{option}"):
        await access_token(url, Secret(authid))


async def test_a_name_that_nobody_knows() -> None:
    with pytest.raises(DestinationUnknown, match="name\\.invalid"):
        await access_token("https://name.invalid/refresh", Secret(AUTHID))


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DestinationUnreachable, match=r"127\.0\.0\.1"):
        await access_token(f"http://127.0.0.1:{port}/refresh", Secret(AUTHID))


async def test_a_certificate_that_nobody_trusts(service: _Service, tmp_path: Path) -> None:
    service.socket = self_signed(tmp_path).server.wrap_socket(service.socket, server_side=True)
    service.handle_error = lambda *_: None  # type: ignore[method-assign]  # the handshake fails, as it should
    with pytest.raises(DestinationUntrusted, match="oauth-url"):
        await access_token(service.url.replace("http:", "https:"), Secret(AUTHID))
