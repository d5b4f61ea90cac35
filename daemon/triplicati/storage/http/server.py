"""Connections to one server: opened, encrypted, and used again for the next request."""

from __future__ import annotations

import hashlib
import os
import socket
import ssl
from collections import deque
from contextlib import suppress

import msgspec
import trio

from triplicati.errors import (
    DestinationError,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
)
from triplicati.storage.http.exchange import Answer, Broken, Connection, PartOf, Request

_KEPT = 8
_WAITED_TOO_LONG = 408
_ADVICE = "If it is your own server's certificate, accept it with --accept-specified-ssl-hash={digest}"


class Endpoint(msgspec.Struct, frozen=True):
    """`hashes` are of certificates that are accepted whoever signed them."""

    host: str
    port: int
    secure: bool = False
    any_certificate: bool = False
    hashes: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        usual = 443 if self.secure else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


_IDLE: trio.lowlevel.RunVar[dict[Endpoint, deque[Connection]]] = trio.lowlevel.RunVar("idle connections")


class Server:
    """Raises `DestinationUnknown`, `DestinationUnreachable`, `DestinationUntrusted`; `DestinationError` for
    a connection that breaks."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._checked: ssl.SSLContext | None = None

    async def ask(self, request: Request, each: PartOf | None = None, at_least: int = 0) -> Answer:
        """See `Connection.exchange`."""
        request = msgspec.structs.replace(
            request, headers=(("Host", self.endpoint.shown), ("User-Agent", "Triplicati"), *request.headers)
        )
        idle = _idle(self.endpoint)
        while idle:  # the server may have ended it meanwhile
            with suppress(_Stale):
                return await self._on(idle.pop(), request, each, at_least, used=True)
        return await self._on(Connection(await self._connected()), request, each, at_least, used=False)

    async def _on(
        self, connection: Connection, request: Request, each: PartOf | None, at_least: int, *, used: bool
    ) -> Answer:
        kept = False
        try:
            answer = await connection.exchange(request, each, at_least)
            if used and answer.status == _WAITED_TOO_LONG:  # said before it ended, about no request
                raise _Stale
            idle = _idle(self.endpoint)
            if kept := len(idle) < _KEPT and connection.again():
                idle.append(connection)
            return answer
        except Broken as broken:
            if used and broken.unheard:
                raise _Stale from broken
            raise DestinationError(reason=f"the connection to {self.endpoint.shown} broke off") from broken
        finally:
            if not kept:
                await trio.aclose_forcefully(connection.stream)

    async def _connected(self) -> trio.abc.Stream:
        if not self.endpoint.secure:
            return await self._opened()
        if self.endpoint.any_certificate:
            return await self._secured(_unchecking())
        if self._checked is None:
            self._checked = ssl.create_default_context()
        try:
            return await self._secured(self._checked)
        except ssl.SSLCertVerificationError as error:
            return await self._agreed(error.verify_message)

    async def _agreed(self, reason: str) -> trio.abc.Stream:
        """For a certificate that is not trusted by itself: nothing is sent before its hash is compared."""
        stream = await self._secured(_unchecking())
        found: bytes = stream.getpeercert(binary_form=True) or b""
        digests = [hashlib.new(kind, found, usedforsecurity=False).hexdigest() for kind in ("sha1", "sha256")]
        if self.endpoint.hashes.isdisjoint(digests):
            await trio.aclose_forcefully(stream)
            raise DestinationUntrusted(
                host=self.endpoint.shown, reason=f"its certificate is not trusted ({reason})",
                advice=_ADVICE.format(digest=digests[1]),
            )  # fmt: skip
        return stream

    async def _secured(self, context: ssl.SSLContext) -> trio.SSLStream[trio.SocketStream]:
        inner = await self._opened()
        stream = trio.SSLStream(inner, context, server_hostname=self.endpoint.host, https_compatible=True)
        done = False
        try:
            await stream.do_handshake()
            done = True
        except trio.BrokenResourceError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise error.__cause__ from None
            reason = (
                "it does not speak TLS there" if isinstance(error.__cause__, ssl.SSLError) else "it hung up"
            )
            raise DestinationUnreachable(host=self.endpoint.shown, reason=reason) from error
        finally:
            if not done:
                await trio.aclose_forcefully(inner)
        return stream

    async def _opened(self) -> trio.SocketStream:
        try:
            return await trio.open_tcp_stream(self.endpoint.host, self.endpoint.port)
        except socket.gaierror as error:
            reason = error.strerror or "no such name"
            raise DestinationUnknown(host=self.endpoint.host, reason=reason) from error
        except OSError as error:
            raise DestinationUnreachable(host=self.endpoint.shown, reason=reason_of(error)) from error


class _Stale(Exception):
    """A kept connection had ended."""


def reason_of(error: OSError) -> str:
    """Trio tries each address of a name, and says why these failed in what caused its own error."""
    cause = error.__cause__
    causes = cause.exceptions if isinstance(cause, BaseExceptionGroup) else (cause, error)
    numbers = [each.errno for each in causes if isinstance(each, OSError) and each.errno]
    return os.strerror(numbers[0]) if numbers else str(error)


def _unchecking() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _idle(endpoint: Endpoint) -> deque[Connection]:
    try:
        kept = _IDLE.get()
    except LookupError:
        kept = {}
        _IDLE.set(kept)
        trio.lowlevel.spawn_system_task(_closed_at_the_end, kept, name="idle connections")
    return kept.setdefault(endpoint, deque())


async def _closed_at_the_end(kept: dict[Endpoint, deque[Connection]]) -> None:
    """A system task, which the end of the run cancels."""
    try:
        await trio.sleep_forever()
    finally:
        for connections in kept.values():
            for connection in connections:
                with trio.CancelScope(deadline=trio.current_time() + 1, shield=True):
                    await trio.aclose_forcefully(connection.stream)
