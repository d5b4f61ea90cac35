"""Keeps a server running: starts it, starts it again, and ends it when this program is to end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

import trio

from triplicati.runner.service_notify import ServiceNotify
from triplicati.service.life import one_life
from triplicati.service.options import Patience
from triplicati.service.restarts import Life, Restarts

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
# The service manager hears of this program, which is its main one; the server's own reports would be refused.
_NOT_FOR_THE_SERVER = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


async def keep_running(command: Sequence[str], environment: Mapping[str, str], patience: Patience) -> int:
    """The exit code: 0 after a signal, else that of a server which is not started again."""
    notify, stop = ServiceNotify(environment), trio.Event()
    passed_on = {name: value for name, value in environment.items() if name not in _NOT_FOR_THE_SERVER}
    code = 1
    async with trio.open_nursery() as nursery:
        await nursery.start(_hear_signals, stop, notify, nursery.cancel_scope)
        nursery.start_soon(notify.feed, lambda: True)
        code = await _lives(command, passed_on, patience, stop, notify)
        nursery.cancel_scope.cancel()
    return code


async def _lives(
    command: Sequence[str],
    environment: Mapping[str, str],
    patience: Patience,
    stop: trio.Event,
    notify: ServiceNotify,
) -> int:
    def up(process: int) -> None:
        notify.ready(f"The server runs as process {process}")

    restarts = Restarts(patience.restart_delay)
    while True:
        life = await _one(command, environment, patience, stop, up)
        if stop.is_set():
            _tell_hard_end(life)
            return 0
        restarts = restarts.after(life)
        code = restarts.exit_code(life)
        if code is not None:
            _say(_last_words(life, restarts))
            return code
        text = f"The server {life.how}. It is started again in {restarts.wait:g} s."
        _say(text)
        notify.status(text)
        with trio.move_on_after(restarts.wait):
            await stop.wait()
            return 0


async def _one(
    command: Sequence[str],
    environment: Mapping[str, str],
    patience: Patience,
    stop: trio.Event,
    up: Callable[[int], None],
) -> Life:
    try:
        return await one_life(command, environment, patience, stop, up)
    except OSError as error:
        text = f"The program {command[0]} cannot be started: {error.strerror}"
        _say(text)
        return Life(100, 0.0, came_up=False, text=text)


async def _hear_signals(
    stop: trio.Event,
    notify: ServiceNotify,
    scope: trio.CancelScope,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """The first ends the server well, the second kills it."""
    wanted = [each for name in _SIGNALS if (each := getattr(signal, name, None))]
    with trio.open_signal_receiver(*wanted) as received:
        task_status.started()
        async for _ in received:
            if stop.is_set():
                scope.cancel()
                return
            notify.stopping()
            stop.set()


def _tell_hard_end(life: Life) -> None:
    if life.code == -getattr(signal, "SIGKILL", 9):
        _say("The server did not end in time and was killed. The next run goes on where it was.")


def _last_words(life: Life, restarts: Restarts) -> str:
    if restarts.failures > 1:
        head = f"The server {life.how}. It is given up, for none of {restarts.failures} starts succeeded."
    else:
        head = f"The server {life.how}, and is not started again."
    said = f" It said last:\n{life.error + ': ' if life.error else ''}{life.text}" if life.text else ""
    return head + said


def _say(text: str) -> None:
    try:
        print(f"duplicati-service: {text}", file=sys.stderr, flush=True)
    except (OSError, ValueError):  # nobody reads any more
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the run
