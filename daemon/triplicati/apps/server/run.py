"""The server from its start to its end (spec/server.md 1.1).

Everything is taken in the order in which it is given back: lock, store, daemon, web.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path

import trio
from hypercorn.typing import Framework
from quart_trio import QuartTrio

from triplicati.apps.server.applying import apply_to_settings, apply_to_sign_in
from triplicati.apps.server.beside import (
    Certificate,
    Hostnames,
    answer_pings,
    hear_signals,
    keep_certificate,
    watch_settings,
)
from triplicati.apps.server.listeners import address_of, listen
from triplicati.apps.server.other_start import hear_other_starts
from triplicati.apps.server.server_log import server_log
from triplicati.apps.server.telling import say, tell_started
from triplicati.config.datafolder import create
from triplicati.config.instance_lock import forget_port, instance_lock, tell_port
from triplicati.config.server.field_cipher import SettingsKey
from triplicati.config.server.settings_keys import given_key
from triplicati.config.server.store import Store, open_store
from triplicati.config.server_options import ServerOptions
from triplicati.config.sign_in import SignInOptions
from triplicati.errors import disk_error
from triplicati.runner.daemon import Daemon
from triplicati.runner.daemon_settings import DaemonSettings
from triplicati.runner.living import running_daemon
from triplicati.runner.logs import LiveLog
from triplicati.runner.service_notify import ServiceNotify
from triplicati.runner.works import NOT_AVAILABLE
from triplicati_web.api import API_ROUTES
from triplicati_web.app import make_app
from triplicati_web.live import SOCKETS
from triplicati_web.serving import Endpoint, serve
from triplicati_web.settings import WebSettings

# Seconds without a look of the scheduler after which the service manager may restart the server.
_STUCK = 150.0


@contextmanager
def _disk_told(folder: Path) -> Iterator[None]:
    """The first files of a start are where a full disk or a read-only one shows."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, str(folder)) from error


async def run_server(options: ServerOptions) -> int:
    """The exit code. Raises what keeps it from starting, in groups as nurseries make them."""
    folder = options.folder
    for notice in filter(None, (folder.notice, *options.notices)):
        say(notice)
    async with AsyncExitStack() as stack:
        with _disk_told(folder.path):
            await trio.to_thread.run_sync(create, folder)
            stack.enter_context(instance_lock(folder.path))
            key = await trio.to_thread.run_sync(_key, options)
        store = await stack.enter_async_context(
            open_store(
                folder,
                key,
                encrypt=not options.database.encryption_disabled,
                require_key=options.database.key_required,
            )
        )
        if options.adopt is not None:
            await _adopt(options, store, key)
        await apply_to_settings(options, store)
        log = LiveLog(trio.current_time)
        stack.enter_context(server_log(options.log, log))
        daemon = await stack.enter_async_context(running_daemon(_settings(options), store, log=log))
        for warning in options.warnings:
            daemon.say("Warning", warning.id, warning.message)
        code = await apply_to_sign_in(options, daemon.sign_in)
        if code is not None:
            return code
        await _serve(options, daemon)
    return 0


def _key(options: ServerOptions) -> SettingsKey | None:
    return given_key(options.database.key, options.environment, keyring=options.database.keyring)


def _settings(options: ServerOptions) -> DaemonSettings:
    tokens = options.tokens
    return DaemonSettings(
        folder=options.folder,
        environment=options.environment,
        program=options.folder.path,
        log_retention=options.log_retention.total_seconds(),
        zone=options.zone or "",
        patience=max(options.grace, 2.0),
        forced=options.allowed_modules,
        usual=options.secret_provider,
        sign_in=SignInOptions(
            legacy=options.legacy_api,
            forever_token=tokens.forever,
            signin_tokens=not tokens.signin_disabled,
            pre_auth_tokens=tuple(token.reveal() for token in tokens.pre_auth),
            remember_minutes=int(tokens.duration.total_seconds() // 60),
        ),
    )


async def _adopt(options: ServerOptions, store: Store, key: SettingsKey | None) -> None:
    from triplicati.apps.server.adopting import adopt_and_tell  # noqa: PLC0415 - once in a lifetime

    await adopt_and_tell(options, store, key)


async def _serve(options: ServerOptions, daemon: Daemon) -> None:
    """Until a signal, the end of its input, or a request of the service that started it."""
    store = daemon.store
    notify = ServiceNotify(options.environment)
    stop = trio.Event()
    certificate = Certificate()
    await certificate.read(store)
    tls = certificate.exists and not options.tls.disabled
    listening = await listen(options.ports, options.interface, store)
    with _disk_told(options.folder.path):
        tell_port(options.folder.path, listening.port)
    hostnames = Hostnames(store)
    await hostnames.read()
    settings = _web_settings(options, hostnames)
    app = make_app(daemon, API_ROUTES, settings, closing=stop, sockets=SOCKETS)
    endpoints = [Endpoint(each, certificate.current if tls else None) for each in listening.listeners]
    async with trio.open_nursery() as nursery:
        mount = None
        if options.webdav:
            from triplicati_web.mount.beside import mounted  # noqa: PLC0415 - off by default

            mount = partial(mounted, daemon=daemon, settings=settings)
        await nursery.start(
            partial(_serve_web, app, endpoints, mount, stop=stop, grace=options.grace)
        )
        async with trio.open_nursery() as beside:
            beside.start_soon(hear_signals, stop)
            beside.start_soon(notify.feed, lambda: trio.current_time() - daemon.scheduler.last_look < _STUCK)
            beside.start_soon(hear_other_starts, options.folder.path, partial(_another_start, daemon))
            beside.start_soon(watch_settings, daemon, hostnames, certificate)
            if tls:
                beside.start_soon(keep_certificate, daemon)
            if options.ping_pong:
                beside.start_soon(answer_pings, stop)
            names = options.hostnames or ()
            await tell_started(options, daemon, listening, address_of(listening, names, tls=tls))
            notify.ready(f"Listening on port {listening.port}")
            await stop.wait()
            forget_port(options.folder.path)
            notify.stopping()
            daemon.say("Information", "ServerStopping", "The server is stopping")
            beside.cancel_scope.cancel()
        # Both at once, so that the whole takes no longer than the longer of them.
        daemon.begin_stopping()
        nursery.start_soon(daemon.queue.shut_down, options.grace)


async def _serve_web(
    app: QuartTrio,
    endpoints: Sequence[Endpoint],
    mount: Callable[[QuartTrio], AbstractAsyncContextManager[Framework]] | None,
    *,
    stop: trio.Event,
    grace: float,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    if mount is None:
        await serve(app, endpoints, stop=stop, grace=grace, task_status=task_status)
        return
    async with mount(app) as both:
        await serve(both, endpoints, stop=stop, grace=grace, task_status=task_status)


def _web_settings(options: ServerOptions, hostnames: Hostnames) -> WebSettings:
    return WebSettings(
        allowed_hosts=lambda: hostnames.names,
        cors_origins=frozenset(options.cors_origins),
        trusted_proxies=options.trusted_proxies,
        base_path=options.base_path.rstrip("/"),
        legacy=options.legacy_api,
        pages=not options.api_only,
        face=options.web_face,
        unavailable=frozenset(NOT_AVAILABLE),
        open_metrics=options.open_metrics,
    )


def _another_start(daemon: Daemon, words: list[str]) -> None:
    daemon.say("Information", "AnotherStart", f"The server was started again, with {len(words)} option(s)")
