"""Asks an SSH server for its host key, before anything secret is sent (RFC 4253 4.2, 7, 8; RFC 5656 4).

The key is only found here. That the server holds its private half is proven when rclone connects and is told
to accept this key and no other.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterable

import trio

from triplicati.errors import DestinationError, DestinationUnknown, DestinationUnreachable
from triplicati.storage.http.server import reason_of
from triplicati.storage.rclone.hostkeys import KEY_KINDS, HostKey, algorithms_of

_INIT, _ASK, _ANSWER, _DISCONNECT = 20, 30, 31, 1
_CURVE = ("curve25519-sha256", "curve25519-sha256@libssh.org")
_POINT = ("ecdh-sha2-nistp256",)
_NUMBER = ("diffie-hellman-group14-sha256", "diffie-hellman-group16-sha512", "diffie-hellman-group14-sha1")
_CIPHERS = (
    b"aes128-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,"
    b"aes128-cbc"
)
_MACS = b"hmac-sha2-256,hmac-sha2-512,hmac-sha1,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com"
_SECONDS = 20
_LONGEST = 1 << 17


async def host_key(host: str, port: int, kinds: Iterable[str] = KEY_KINDS) -> HostKey | None:
    """The first of `kinds` that the server has; None when it has none of them.

    Raises `DestinationUnknown`, `DestinationUnreachable` and `DestinationError`.
    """
    with trio.move_on_after(_SECONDS):
        stream = await _connected(host, port)
        async with stream:
            try:
                return await _asked(_Line(stream), tuple(kinds))
            except (trio.BrokenResourceError, ValueError) as error:
                raise DestinationError(reason=f"{host}:{port} does not answer as an SSH server") from error
    raise DestinationUnreachable(host=f"{host}:{port}", reason=f"no answer in {_SECONDS} seconds")


async def _connected(host: str, port: int) -> trio.SocketStream:
    try:
        return await trio.open_tcp_stream(host, port)
    except socket.gaierror as error:
        raise DestinationUnknown(host=host, reason=error.strerror or "no such name") from error
    except OSError as error:
        raise DestinationUnreachable(host=f"{host}:{port}", reason=reason_of(error)) from error


class _Line:
    """Packets of the first, unencrypted part of a connection."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._buffer = b""

    async def text_line(self) -> bytes:
        while b"\n" not in self._buffer:
            await self._more()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    async def send(self, data: bytes) -> None:
        await self._stream.send_all(data)

    async def send_packet(self, payload: bytes) -> None:
        padding = 8 - (5 + len(payload)) % 8
        padding += 8 if padding < 4 else 0
        length = (1 + len(payload) + padding).to_bytes(4, "big")
        await self.send(length + bytes([padding]) + payload + bytes(padding))

    async def packet(self) -> bytes:
        length = int.from_bytes(await self._exactly(4), "big")
        if not 2 <= length <= _LONGEST:
            raise ValueError("no packet")
        whole = await self._exactly(length)
        return whole[1 : length - whole[0]]

    async def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            await self._more()
        found, self._buffer = self._buffer[:count], self._buffer[count:]
        return found

    async def _more(self) -> None:
        got = await self._stream.receive_some()
        if not got or len(self._buffer) > _LONGEST:
            raise ValueError("it ended")
        self._buffer += got


async def _asked(line: _Line, kinds: tuple[str, ...]) -> HostKey | None:
    await line.send(b"SSH-2.0-Triplicati\r\n")
    while not (await line.text_line()).startswith(b"SSH-"):
        pass  # a server may greet first
    await line.send_packet(_proposal(kinds))
    theirs = await _awaited(line, _INIT)
    lists = _names(theirs[17:])
    exchange = next((each for each in (*_CURVE, *_POINT, *_NUMBER) if each in lists[0]), None)
    if exchange is None or not any(name in lists[1] for kind in kinds for name in algorithms_of(kind)):
        return None
    await line.send_packet(bytes([_ASK]) + _string(_half(exchange)))
    answer = await _awaited(line, _ANSWER)
    blob = _first_string(answer[1:])
    return HostKey(_first_string(blob).decode("ascii"), blob)


async def _awaited(line: _Line, number: int) -> bytes:
    while True:
        packet = await line.packet()
        if packet[:1] == bytes([number]):
            return packet
        if packet[:1] == bytes([_DISCONNECT]):
            raise ValueError("refused")


def _proposal(kinds: tuple[str, ...]) -> bytes:
    hosts = ",".join(name for kind in kinds for name in algorithms_of(kind))
    exchanges = ",".join((*_CURVE, *_POINT, *_NUMBER))
    lists = (exchanges.encode(), hosts.encode(), _CIPHERS, _CIPHERS, _MACS, _MACS, b"none", b"none", b"", b"")
    return bytes([_INIT]) + secrets.token_bytes(16) + b"".join(map(_string, lists)) + bytes(5)


def _half(exchange: str) -> bytes:
    """Our half of a secret that is never used, so that nearly any value will do."""
    if exchange in _CURVE:
        return secrets.token_bytes(32)
    if exchange in _NUMBER:
        return b"\x40" + secrets.token_bytes(254)  # positive, and less than the prime
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _names(data: bytes) -> list[list[str]]:
    found: list[list[str]] = []
    for _ in range(2):
        text = _first_string(data)
        found.append(text.decode("ascii").split(","))
        data = data[4 + len(text) :]
    return found


def _string(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def _first_string(data: bytes) -> bytes:
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 + length:
        raise ValueError("too short")
    return data[4 : 4 + length]
