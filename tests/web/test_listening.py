"""Opening the sockets to listen on."""

from __future__ import annotations

import errno
import socket

import pytest

from triplicati_web import listening
from triplicati_web.listening import bound_port, open_tcp


async def test_all_addresses_get_the_same_free_port() -> None:
    listeners = await open_tcp(["127.0.0.1", "127.0.0.2"], 0)
    ports = {bound_port(each) for each in listeners}
    for each in listeners:
        await each.aclose()
    assert len(listeners) == 2
    assert len(ports) == 1
    assert 0 not in ports


async def test_a_port_that_is_taken_leaves_nothing_open() -> None:
    (taken,) = await open_tcp(["127.0.0.2"], 0)
    port = bound_port(taken)
    with pytest.raises(OSError, match="in use"):
        await open_tcp(["127.0.0.1", "127.0.0.2"], port)
    # The first address was opened, and is free again.
    (again,) = await open_tcp(["127.0.0.1"], port)
    await again.aclose()
    await taken.aclose()


async def test_a_machine_without_ipv6_listens_without(monkeypatch: pytest.MonkeyPatch) -> None:
    real = listening._tcp

    async def without(host: str, port: int) -> object:
        if ":" in host:
            raise OSError(errno.EADDRNOTAVAIL, "no such address")
        return await real(host, port)

    monkeypatch.setattr(listening, "_tcp", without)
    (only,) = await open_tcp(["127.0.0.1", "::1"], 0)
    assert only.socket.family == socket.AF_INET
    await only.aclose()
    with pytest.raises(OSError, match="no such address"):
        await open_tcp(["::1"], 0)
