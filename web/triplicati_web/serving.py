"""hypercorn's code for one connection, under listeners and a nursery of ours.

The stock server cannot be stopped while a client does not read, keeps idle connections open without end and
dies with the first connection that raises. What is replaced here are inner parts of hypercorn 0.18, which is
why its version is pinned; tests/web/test_serving_stop.py shows whether another one still fits.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ConnectionState, Framework
from hypercorn.utils import wrap_app

log = logging.getLogger(__name__)

# A reader that takes nothing for so long is gone.
SEND_TIMEOUT = 20.0
IDLE_TIMEOUT = 60.0
HANDSHAKE_TIMEOUT = 10.0
_CLOSE_TIMEOUT = 2.0
_PIECE = 2**15

LARGEST_SOCKET_MESSAGE = 2**20

AnyStream = trio.SocketStream | trio.SSLStream[trio.SocketStream]


@dataclass(frozen=True)
class Endpoint:
    """A listener, with TLS when `tls` gives a context. It is asked for each connection, so that a renewed
    certificate needs no restart. The context should offer HTTP/1.1 only."""

    listener: trio.SocketListener
    tls: Callable[[], ssl.SSLContext] | None = None


@dataclass(frozen=True)
class Limits:
    """Seconds. `idle` is also the time for the head of a request."""

    send: float = SEND_TIMEOUT
    idle: float = IDLE_TIMEOUT
    handshake: float = HANDSHAKE_TIMEOUT


async def serve(
    app: Framework,
    endpoints: Sequence[Endpoint],
    *,
    stop: trio.Event,
    grace: float,
    limits: Limits | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves until `stop`; then idle connections end at once and the others after `grace` seconds at most.

    The listeners are closed at the end. Cancelling works too, without grace and without the end of the app's
    lifespan.
    """
    server = _Server(app, _config(limits or Limits()), limits or Limits())
    async with trio.open_nursery() as lifetime:
        await lifetime.start(server.lifespan.handle_lifespan)
        await server.lifespan.wait_for_startup()
        async with trio.open_nursery() as connections:
            try:
                async with trio.open_nursery() as accepting:
                    for endpoint in endpoints:
                        take = partial(server.take, tls=endpoint.tls)
                        accepting.start_soon(
                            partial(
                                trio.serve_listeners,
                                take,
                                [endpoint.listener],
                                handler_nursery=connections,
                            )
                        )
                    task_status.started()
                    await stop.wait()
                    accepting.cancel_scope.cancel()
                await server.context.terminated.set()
                with trio.move_on_after(grace):
                    await server.all_closed()
            finally:
                await server.close_forcefully()
                connections.cancel_scope.cancel()
        await server.lifespan.wait_for_shutdown()
        lifetime.cancel_scope.cancel()


class _Server:
    """What all connections share."""

    def __init__(self, app: Framework, config: Config, limits: Limits) -> None:
        self.app: AppWrapper = wrap_app(app, config.wsgi_max_body_size, None)
        self.config = config
        self.limits = limits
        self.context = WorkerContext(None)
        self.lifespan = Lifespan(self.app, config, {})
        self.live: set[_Connection] = set()
        self._less = trio.Event()

    async def take(self, stream: trio.SocketStream, *, tls: Callable[[], ssl.SSLContext] | None) -> None:
        """Raises nothing but `Cancelled`: no connection may end the others."""
        try:
            connection = _Connection(self, stream if tls is None else _wrapped(stream, tls()))
        except Exception:
            log.exception("A connection could not be taken")
            return
        self.live.add(connection)
        try:
            await connection.run()
        except* (trio.ClosedResourceError, trio.BrokenResourceError):
            pass  # closed by us, in the middle of something
        except* Exception:
            log.exception("A connection failed")
        finally:
            self.live.discard(connection)
            self._less.set()

    async def all_closed(self) -> None:
        while self.live:
            self._less = trio.Event()
            await self._less.wait()

    async def close_forcefully(self) -> None:
        """Closing a stream wakes up who is stuck in it, behind whatever shield."""
        with trio.CancelScope(shield=True):
            for connection in list(self.live):
                await trio.aclose_forcefully(connection.stream)


class _Connection(TCPServer):
    stream: Any  # hypercorn's own type leaves plain streams out

    def __init__(self, server: _Server, stream: AnyStream) -> None:
        super().__init__(
            server.app,
            server.config,
            server.context,
            ConnectionState({}),
            stream,  # type: ignore[arg-type]
        )
        self._limits = server.limits

    async def _read_data(self) -> None:
        # A request for HTTP/2 passes a proxy as one request, and what comes after it unseen.
        if isinstance(self.protocol.protocol, H11Protocol):
            self.protocol.protocol._check_protocol = _stay  # type: ignore[method-assign, assignment]
        await super()._read_data()

    async def protocol_send(self, event: Event) -> None:
        if isinstance(event, RawData):
            await self._send(event.data)
        elif isinstance(event, Updated):
            # quart-trio cancels the request while hypercorn starts the idle clock again: without the shield
            # a connection that was used once is never seen as idle.
            with trio.CancelScope(shield=True):
                await super().protocol_send(event)
        else:
            await super().protocol_send(event)

    async def _send(self, data: bytes) -> None:
        """Whole frames must not be cut by the end of a request, so a shield; but one with a deadline, which
        moves on with each piece that the client takes."""
        async with self.send_lock:
            try:
                for start in range(0, len(data), _PIECE):
                    deadline = trio.current_time() + self._limits.send
                    with trio.CancelScope(shield=True, deadline=deadline) as scope:
                        await self.stream.send_all(data[start : start + _PIECE])
                    if scope.cancelled_caught:
                        break
                else:
                    return
                log.info("A client that reads nothing was disconnected")
                await trio.aclose_forcefully(self.stream)
            except (trio.BrokenResourceError, trio.ClosedResourceError, trio.BusyResourceError):
                pass  # busy: the other end left, and ours is saying goodbye
        await self.protocol.handle(Closed())

    async def _close(self) -> None:
        # TLS says goodbye, to a client that may not read it.
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSE_TIMEOUT):
            await super()._close()
        await trio.aclose_forcefully(self.stream)

    async def _initiate_server_close(self) -> None:
        await self.protocol.handle(Closed())
        await self._close()


async def _stay(_request: object) -> None:
    """Where hypercorn looks whether a client wants HTTP/2."""


def _wrapped(stream: trio.SocketStream, context: ssl.SSLContext) -> trio.SSLStream[trio.SocketStream]:
    return trio.SSLStream(stream, context, server_side=True, https_compatible=True)


def _config(limits: Limits) -> Config:
    config = Config()
    config.errorlog = log
    config.accesslog = None
    config.include_server_header = False
    config.keep_alive_timeout = limits.idle
    config.ssl_handshake_timeout = limits.handshake
    config.websocket_max_message_size = LARGEST_SOCKET_MESSAGE
    # Pings at once after the handshake break clients that close quickly (trio-websocket issue 184).
    config.websocket_ping_interval = None
    return config
