"""One server from its start to its end: asked whether it lives, and ended when that is wanted.

It is spoken to over its standard input, by lines; it also ends when that ends, so that it never outlives the
one that started it. Format: spec/server.md 1.10, 10.1.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import trio

from triplicati.service.options import Patience
from triplicati.service.relaying import LastWords, relay
from triplicati.service.restarts import Life

_OUT, _ERR = 1, 2
_AFTER_SIGNAL = 3.0
_LAST_WORDS = 2.0


class _Pulse:
    """Answers, as they come."""

    def __init__(self) -> None:
        self.next = trio.Event()
        self.came_up = False

    def hear(self, line: bytes) -> bool:
        if line.strip() != b"pong":
            return True
        self.came_up = True
        self.next.set()
        self.next = trio.Event()
        return False


class _Server:
    def __init__(self, process: trio.Process, patience: Patience, up: Callable[[int], None]) -> None:
        assert process.stdin is not None
        self.process = process
        self.pulse = _Pulse()
        self.hung = False
        self._input = process.stdin
        self._patience = patience
        self._up = up

    async def watch(self, stop: trio.Event) -> None:
        """Asks it again and again; ends it at `stop`."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep_asking)
            await stop.wait()
            nursery.cancel_scope.cancel()
        await self._end()

    async def _keep_asking(self) -> None:
        patience = self._patience
        alive = await self._answers(patience.start_timeout, 1)
        if alive:
            self._up(self.process.pid)
        while alive:
            await trio.sleep(patience.ping_interval)
            alive = await self._answers(patience.ping_timeout, patience.ping_tries)
        self.hung = True
        self.process.kill()

    async def _answers(self, seconds: float, tries: int) -> bool:
        for _ in range(tries):
            answered = self.pulse.next
            with trio.move_on_after(seconds):
                try:
                    await self._input.send_all(b"ping\n")
                except trio.BrokenResourceError:  # it is about to end, or cannot be asked any more
                    await trio.sleep_forever()
                await answered.wait()
                return True
        return False

    async def _end(self) -> None:
        with contextlib.suppress(trio.BrokenResourceError):
            with trio.move_on_after(1):
                await self._input.send_all(b"shutdown\n")
        await self._input.aclose()
        for seconds, harder in (
            (self._patience.stop_timeout, self.process.terminate),
            (_AFTER_SIGNAL, self.process.kill),
        ):
            with trio.move_on_after(seconds):
                await self.process.wait()
                return
            harder()


async def one_life(
    command: Sequence[str],
    environment: Mapping[str, str],
    patience: Patience,
    stop: trio.Event,
    up: Callable[[int], None],
) -> Life:
    """`up` gets the process id when the server answers for the first time. Nothing of it runs afterwards,
    also when this is cancelled. Raises `OSError` where the program cannot be started."""
    begin, said = trio.current_time(), LastWords()
    process = await _opened(command, environment)
    assert process.stdout is not None
    assert process.stderr is not None
    server = _Server(process, patience, up)
    async with process.stdout, process.stderr, trio.open_nursery() as streams:
        streams.start_soon(relay, process.stdout, _OUT, server.pulse.hear)
        streams.start_soon(relay, process.stderr, _ERR, said.hear)
        try:
            async with trio.open_nursery() as watching:
                watching.start_soon(server.watch, stop)
                await process.wait()
                watching.cancel_scope.cancel()
        finally:
            await _killed(process)
        # What the server has started may hold its streams open.
        streams.cancel_scope.deadline = trio.current_time() + _LAST_WORDS
    code = process.returncode
    assert code is not None
    seconds = trio.current_time() - begin
    return Life(code, seconds, server.pulse.came_up, server.hung, said.error, said.text)


async def _opened(command: Sequence[str], environment: Mapping[str, str]) -> trio.Process:
    """Apart, so that Ctrl-C of a terminal reaches this program alone, which ends the server as it should."""
    if sys.platform == "win32":
        apart = partial(trio.lowlevel.open_process, creationflags=subprocess.CREATE_NEW_PROCESS_GROUP)
    else:
        apart = partial(trio.lowlevel.open_process, process_group=0)
    return await apart(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )


async def _killed(process: trio.Process) -> None:
    with trio.CancelScope(shield=True):
        if process.returncode is None:
            process.kill()
            await process.wait()
        if process.stdin is not None:
            await process.stdin.aclose()
