"""The server as a child of the tray (spec/server.md 9, 10.1).

It reads from a pipe that only the tray holds, and ends at the line ``shutdown`` or at the end of that pipe:
so it never outlives the tray, however that ends. Its secrets go by its environment.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from functools import partial

import msgspec
import trio

from triplicati.config.instance_lock import is_running
from triplicati.errors import HostedServerFailed
from triplicati.options.server.parsing import variable_of
from triplicati_tray.options import TrayOptions
from triplicati_tray.pace import Pace

PORTS = "8200,8300,8400,8500,8600,8700,8800,8900,8989"
# -P: a folder named triplicati where the tray was started is none of ours.
_COMMAND = (sys.executable, "-P", "-m", "triplicati.apps.server")
_PORT = "webservice-port"
_LIVED = 60.0
_MOST_FAILED_STARTS = 5
_GRACE, _AFTER_TERMINATE = 30.0, 5.0
_LAST_WORDS = 1.0
_KEPT_LINES, _LONGEST_LINE = 20, 4096


class Ended(msgspec.Struct, frozen=True):
    """A child that has ended: `ready` tells whether it had come to listen, `lived` for how many seconds, and
    `words` what it said on standard error last; `hung` when it was killed because it did not answer."""

    ready: bool
    lived: float
    code: int
    words: str
    hung: bool


Say = Callable[[str], None]
# A sentence, and whether nothing of the kind was said shortly before.
Down = Callable[[str, bool], None]


class Pulse:
    """The answers of a server: the `first`, and the `next` to come."""

    def __init__(self) -> None:
        self.first = self.next = trio.Event()

    def beat(self) -> None:
        self.next.set()
        self.next = trio.Event()


class Host:
    """Keeps a server running on the data folder.

    `ready` is called whenever it listens, `down` with a sentence when it ended and nobody asked for that, or
    hung and was killed, and `say` with each line that it prints. `is_hosting` while there is a server of its
    own, or about to be, and `is_ready` while that listens.
    """

    def __init__(
        self, options: TrayOptions, ready: Callable[[], None], down: Down, say: Say, pace: Pace
    ) -> None:
        self._options = options
        self._pace = pace
        self._ready, self._down, self._say = ready, down, say
        self.is_hosting = False
        self.is_ready = False

    async def run(self) -> None:
        """Returns when another process is found to serve the data folder. To be cancelled, which ends the
        server well.

        Raises `HostedServerFailed` where it does not start; what it said is part of the text.
        """
        pause, failed, began_before, first = self._pace.restart, 0, False, True
        while not await trio.to_thread.run_sync(is_running, self._options.folder.path):
            self.is_hosting = True
            ended = await self._serve()
            if not ended.ready:
                if await trio.to_thread.run_sync(is_running, self._options.folder.path):
                    break  # somebody else was faster
                failed += 1
                if not began_before or failed >= _MOST_FAILED_STARTS:
                    raise HostedServerFailed(reason=ended.words, code=ended.code)
            elif ended.lived > _LIVED:
                pause, failed, first = self._pace.restart, 0, True
            began_before = began_before or ended.ready
            self._down(f"The server {_how(ended)} and is started again", first)
            first = False
            await trio.sleep(pause)
            pause = min(pause * 2, self._pace.slowest_restart)
        self.is_hosting = False

    async def _serve(self) -> Ended:
        """Stays with one until it ends; when cancelled, ends it. Raises `HostedServerFailed`."""
        began, self.is_ready = trio.current_time(), False
        process = await self._started()
        pulse, hung = Pulse(), False
        all_read, reading = trio.Event(), trio.CancelScope(shield=True)
        errors: deque[str] = deque(maxlen=_KEPT_LINES)
        async with trio.open_nursery() as nursery:

            async def read() -> None:
                # A server that is told to end may say much, and must not wait for a reader.
                with reading:
                    await self._read_all(process, pulse, errors)
                all_read.set()

            nursery.start_soon(read)
            async def ask() -> None:
                nonlocal hung
                await self._ask(process, pulse)
                hung = True
                process.kill()

            nursery.start_soon(self._tell_when, pulse.first)
            try:
                async with trio.open_nursery() as asking:
                    asking.start_soon(ask)
                    await process.wait()
                    asking.cancel_scope.cancel()
            finally:
                self.is_ready = False
                await _end(process)
                # What it started itself may hold its pipes open.
                with trio.move_on_after(_LAST_WORDS, shield=True):
                    await all_read.wait()
                reading.cancel()
                nursery.cancel_scope.cancel()
        words = "\n".join(each for each in errors if not each.startswith("ErrorID: "))
        code = process.returncode or 0
        lived = trio.current_time() - began
        return Ended(pulse.first.is_set(), lived, code, words or f"it ended with code {code}", hung)

    async def _ask(self, process: trio.Process, pulse: Pulse) -> None:
        """Asks again and again. Returns when it does not answer."""
        pace = self._pace
        alive = await _answers(process, pulse, pace.start, 1)
        while alive:
            await trio.sleep(pace.ping)
            alive = await _answers(process, pulse, pace.ping, pace.tries)

    async def _started(self) -> trio.Process:
        # What is typed into the terminal is for the tray, which tells the server.
        if sys.platform == "win32":
            apart = partial(trio.lowlevel.open_process, creationflags=subprocess.CREATE_NEW_PROCESS_GROUP)
        else:
            apart = partial(trio.lowlevel.open_process, start_new_session=True)
        try:
            return await apart(
                server_command(self._options),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=server_environment(self._options),
            )
        except OSError as error:
            raise HostedServerFailed(reason=error.strerror or str(error), code=1) from None

    async def _read_all(self, process: trio.Process, pulse: Pulse, errors: deque[str]) -> None:
        def hear(line: str) -> None:
            if line == "pong":
                pulse.beat()
            else:
                self._say(line)

        def keep(line: str) -> None:
            errors.append(line)
            self._say(line)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(_lines, process.stdout, hear)
            nursery.start_soon(_lines, process.stderr, keep)

    async def _tell_when(self, ready: trio.Event) -> None:
        await ready.wait()
        self.is_ready = True
        self._ready()


def server_command(options: TrayOptions) -> list[str]:
    """Without secrets; on the first free port of several, unless one was chosen."""
    words = list(options.server_words)
    chosen = any(word.startswith(f"--{_PORT}") for word in words)
    if not chosen and not options.environment.get(variable_of(_PORT)):
        words.append(f"--{_PORT}={PORTS}")
    return [*_COMMAND, *words, "--ping-pong-keepalive=true"]


def server_environment(options: TrayOptions) -> dict[str, str]:
    return {**options.environment, **options.server_secrets}


def _how(ended: Ended) -> str:
    return "did not answer any more" if ended.hung else "has ended unexpectedly"


async def _answers(process: trio.Process, pulse: Pulse, seconds: float, tries: int) -> bool:
    for _ in range(tries):
        answered = pulse.next
        with trio.move_on_after(seconds):
            await _write(process, b"ping\n")
            await answered.wait()
            return True
    return False


async def _lines(stream: trio.abc.ReceiveStream | None, hear: Say) -> None:
    """Reads to the end; of a line that is too long, its end."""
    assert stream is not None
    text = b""
    async for part in stream:
        *whole, text = (text + part).split(b"\n")
        for line in whole:
            hear(line[-_LONGEST_LINE:].decode("utf-8", "replace").rstrip())
        text = text[-_LONGEST_LINE:]
    if text:
        hear(text.decode("utf-8", "replace").rstrip())


async def _write(process: trio.Process, words: bytes) -> None:
    """One that has ended already is found out by whoever waits for it."""
    assert process.stdin is not None
    with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        await process.stdin.send_all(words)


async def _end(process: trio.Process) -> None:
    """Well; if that takes too long, by force. Its pipe is closed in any case."""
    assert process.stdin is not None
    if process.poll() is None:
        with trio.move_on_after(_GRACE, shield=True):
            await _write(process, b"shutdown\n")
            await process.stdin.aclose()
            await process.wait()
    for force in (process.terminate, process.kill):
        if process.poll() is None:
            force()
            with trio.move_on_after(_AFTER_TERMINATE, shield=True):
                await process.wait()
    with trio.CancelScope(shield=True):
        await process.stdin.aclose()
