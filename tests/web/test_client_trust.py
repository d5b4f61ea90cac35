"""Whom the client believes to be the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from support.certificates import Certificate, self_signed
from support.web_server import PASSWORD, Running, web_server

from triplicati.client import connect
from triplicati.errors import InvalidValue, ServerNotTrusted, ServerUnreachable
from triplicati_web.routing import Call, Route
from triplicati_web.sockets import Socket


async def _backups(call: Call) -> list[str]:
    return []


async def _events(socket: Socket) -> None:
    await socket.send('{"Seq":1,"Topic":"snapshot","Data":{}}')
    await trio.sleep_forever()


_ROUTE = Route("GET", "/api/v1/backups", _backups, "none", "test", answer=list[str])


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return self_signed(tmp_path)


@pytest.fixture
async def server(certificate: Certificate) -> AsyncIterator[Running]:
    sockets = (("/api/v2/events", _events),)
    async with web_server([_ROUTE], tls=lambda: certificate.server, sockets=sockets) as made:
        yield made


async def test_a_certificate_of_an_unknown_authority_is_refused(server: Running) -> None:
    with pytest.raises(ServerNotTrusted, match="--host-cert"):
        async with connect(server.url, password=PASSWORD):
            pass


async def test_one_named_by_its_hash_is_trusted_also_for_websockets(
    server: Running, certificate: Certificate
) -> None:
    digits = certificate.sha256
    written = ":".join(digits[at : at + 2] for at in range(0, 64, 2)).upper()
    for text in (digits, written):
        async with connect(server.url, password=PASSWORD, certificate_hash=text) as client:
            assert await client.backups() == []
            with trio.fail_after(10):
                assert (await anext(client.events())).seq == 1


async def test_another_hash_is_refused_before_the_password_is_sent(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def login(*given: object, **more: object) -> None:
        raise AssertionError("the password was sent")

    monkeypatch.setattr(server.sign_in, "login", login)
    with pytest.raises(ServerNotTrusted):
        async with connect(server.url, password=PASSWORD, certificate_hash="0" * 64):
            pass


async def test_a_server_that_changes_its_certificate_is_not_trusted_any_more(
    server: Running, certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = self_signed(tmp_path, "other")
    async with connect(server.url, password=PASSWORD, certificate_hash=certificate.sha256) as client:
        monkeypatch.setattr(certificate, "path", other.path)
        with pytest.raises(ServerNotTrusted), trio.fail_after(20):
            await anext(client.events())


async def test_the_file_of_an_authority_is_trusted_and_so_is_anybody_if_wished(
    server: Running, certificate: Certificate
) -> None:
    for verify, fingerprint in ((certificate.path, None), (False, None), (True, "*")):
        async with connect(
            server.url, password=PASSWORD, verify=verify, certificate_hash=fingerprint
        ) as client:
            assert await client.backups() == []


async def test_what_is_no_hash_is_told() -> None:
    with pytest.raises(InvalidValue, match="64 hex digits"):
        async with connect("https://127.0.0.1:1", password="x", certificate_hash="abc"):
            pass


async def test_a_server_that_speaks_no_tls_is_told() -> None:
    async with web_server([_ROUTE]) as plain:
        url = plain.url.replace("http", "https")
        for fingerprint in (None, "0" * 64):
            with pytest.raises(ServerUnreachable):
                async with connect(url, password=PASSWORD, certificate_hash=fingerprint):
                    pass
