"""What runs beside the web server: signals, the service that started it, settings that change."""

from __future__ import annotations

import os
import signal
import ssl
import sys
import time
from typing import NoReturn

import trio

from triplicati.apps.server.applying import renew_certificate
from triplicati.config.server.store import Store
from triplicati.config.server_certificates import CERTIFICATE, PASSWORD, server_context
from triplicati.errors import TriplicatiError
from triplicati.runner.daemon import Daemon

_HOUR, _DAY = 3600.0, 86400.0


async def hear_signals(stop: trio.Event) -> None:
    """The first ends the server well, the second at once."""
    wanted = [each for name in ("SIGINT", "SIGTERM", "SIGHUP") if (each := getattr(signal, name, None))]
    with trio.open_signal_receiver(*wanted) as received:
        async for _ in received:
            if stop.is_set():
                os._exit(1)
            stop.set()
            for number in wanted:
                signal.signal(number, signal.SIG_DFL)


async def answer_pings(stop: trio.Event) -> None:
    """A service or a tray that started this server asks whether it lives (spec/server.md 1.10, 10.1).

    The end of the input means that it has died, and nobody is left to end this server."""
    while True:
        line = await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
        if not line or line.strip().lower() == "shutdown":
            stop.set()
            return
        try:
            print("pong", flush=True)
        except OSError:  # nobody is there to read it
            stop.set()
            return


class Hostnames:
    """The setting, read when it changes and not for each request."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.names: tuple[str, ...] = ()

    async def read(self) -> None:
        text = await self._store.setting("allowed-hostnames")
        self.names = tuple(name.strip() for name in text.split(";") if name.strip())


class Certificate:
    """The context for new connections, made anew when the stored certificate is another one."""

    def __init__(self) -> None:
        self._stored: tuple[str | None, ...] = ()
        self._context: ssl.SSLContext | None = None

    @property
    def exists(self) -> bool:
        return self._context is not None

    def current(self) -> ssl.SSLContext:
        assert self._context is not None
        return self._context

    async def read(self, store: Store) -> None:
        """Raises `CertificateUnusable`; the context from before stays."""
        settings = await store.settings()
        stored = tuple(settings.get(name) for name in (CERTIFICATE, PASSWORD))
        if stored != self._stored and stored[0]:
            self._context = await trio.to_thread.run_sync(server_context, settings)
            self._stored = stored


async def watch_settings(daemon: Daemon, hostnames: Hostnames, certificate: Certificate) -> NoReturn:
    news = trio.Event()

    def changed(kind: str) -> None:
        if kind == "settings":
            news.set()

    daemon.store.changed.append(changed)
    try:
        while True:
            await news.wait()
            news = trio.Event()
            try:
                await hostnames.read()
                await certificate.read(daemon.store)
            except TriplicatiError as error:
                daemon.say("Error", error.id, str(error))
    finally:
        daemon.store.changed.remove(changed)


async def keep_certificate(daemon: Daemon) -> NoReturn:
    """Renews one of our own in time (spec/server.md 1.3)."""
    due = time.time() + _HOUR
    while True:
        await trio.sleep(_HOUR)
        if time.time() >= due:
            due = time.time() + _DAY
            try:
                if await renew_certificate(daemon.store):
                    daemon.say("Information", "CertificateRenewed", "The certificate was renewed")
            except TriplicatiError as error:
                daemon.say("Error", "CertificateRenewalFailed", str(error))
