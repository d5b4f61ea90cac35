"""One request to rclone on a connection of its own, which ends with it: so rclone knows when nobody waits any
longer, and gives it up."""

from __future__ import annotations

import base64

import msgspec
import trio

from triplicati.storage.http.exchange import Answer, Connection, PartOf, Request


class Gone(Exception):
    """Nobody listens any longer."""


class Access(msgspec.Struct, frozen=True):
    """Where a running rclone listens, and the name and password that it wants."""

    port: int
    authorization: str

    def __repr__(self) -> str:
        return f"Access({self.port})"


def access_of(port: int, user: str, password: str) -> Access:
    return Access(port, "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())


async def ask(
    access: Access, method: str, target: str, *, body: bytes = b"", headers: tuple[tuple[str, str], ...] = (),
    each: PartOf | None = None, at_least: int = 0,
) -> Answer:  # fmt: skip
    """See `Connection.exchange`. Raises `Gone` and `Broken`."""
    mine = (
        ("Host", f"127.0.0.1:{access.port}"), ("Authorization", access.authorization),
        ("Connection", "close"), ("Content-Type", "application/json"),
    )  # fmt: skip
    try:
        stream = await trio.open_tcp_stream("127.0.0.1", access.port)
    except OSError as error:
        raise Gone from error
    try:
        return await Connection(stream).exchange(
            Request(method, target, (*mine, *headers), body), each, at_least
        )
    finally:
        await trio.aclose_forcefully(stream)
