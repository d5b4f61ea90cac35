"""Command lines that clients run here, each in a process of its own (spec/server.md 3.14)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import trio

from triplicati.config.datafolder import write_private
from triplicati.errors import CommandRunNotFound, TooManyCommandRuns
from triplicati.runner.command_words import Words

_MODULE = "triplicati.apps.cli"
_AT_ONCE = 4
# Seconds that the output is kept after the end, and that a process has to end after it was told to.
_KEPT, _PATIENCE = 300.0, 10.0
_LAST_WORDS = 1.0
_FIRST, _LAST = 20_000, 200
_LONGEST = 4096
_FAILED = 100


class CommandRun(msgspec.Struct, eq=False):
    """`lines` are the first ones; of what comes after them only the last are kept, and shown at the end."""

    id: str
    lines: list[str] = msgspec.field(default_factory=list)
    finished: bool = False
    aborted: trio.Event = msgspec.field(default_factory=trio.Event)
    _tail: deque[str] = msgspec.field(default_factory=lambda: deque(maxlen=_LAST))
    _dropped: int = 0

    def add(self, line: str) -> None:
        line = line[:_LONGEST]
        if len(self.lines) < _FIRST:
            self.lines.append(line)
            return
        self._dropped += len(self._tail) == _LAST
        self._tail.append(line)

    def end(self, code: int) -> None:
        if self._dropped:
            self.lines.append(f"... {self._dropped} lines left out ...")
        self.lines += self._tail
        self.lines.append(f"Return code: {code}")
        self._tail.clear()
        self.finished = True


class CommandRuns:
    """`environment` is that of jobs; the processes use the data folder of the server, `folder`."""

    def __init__(self, environment: Mapping[str, str], folder: Path, kept: float = _KEPT) -> None:
        self._environment = {
            **environment,
            "PYTHONUNBUFFERED": "1",
            "TERM": "dumb",
            "DUPLICATI__SERVER_DATAFOLDER": str(folder),
            # The server has looked at it.
            "DUPLICATI__ALLOW_INSECURE_DATAFOLDER": "true",
        }
        self._kept = kept
        self._runs: dict[str, CommandRun] = {}
        self._nursery: trio.Nursery | None = None

    async def serve(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled; then what runs is ended."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            task_status.started()
            await trio.sleep_forever()

    def start(self, words: Words, scratch: Path) -> CommandRun:
        """`scratch` takes the file with the options for as long as the process runs.

        Raises `TooManyCommandRuns`.
        """
        going = sum(not each.finished for each in self._runs.values())
        if going >= _AT_ONCE or self._nursery is None:
            raise TooManyCommandRuns(count=going)
        run = CommandRun(str(uuid.uuid4()))
        self._runs[run.id] = run
        self._nursery.start_soon(self._run, run, words, scratch)
        return run

    def find(self, identity: str) -> CommandRun:
        """Raises `CommandRunNotFound`."""
        try:
            return self._runs[identity]
        except KeyError:
            raise CommandRunNotFound(id=identity) from None

    async def _run(self, run: CommandRun, words: Words, scratch: Path) -> None:
        file = scratch / f"command-{run.id}"
        code = _FAILED
        try:
            visible = list(words.visible)
            if words.lines is not None:
                content = "".join(f"{line}\n" for line in words.lines).encode("utf-8", "surrogateescape")
                await trio.to_thread.run_sync(write_private, file, content)
                visible.append(f"--parameters-file={file}")
            code = await self._process(run, visible)
        except* (OSError, ValueError) as group:  # too many words, or a zero byte in one
            for error in _all_of(group):
                run.add(f"The program cannot be started: {getattr(error, 'strerror', None) or error}")
        finally:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
            run.end(code)
        await trio.sleep(self._kept)
        del self._runs[run.id]

    async def _process(self, run: CommandRun, visible: Sequence[str]) -> int:
        command = [sys.executable, "-m", _MODULE, *visible]
        options: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}
        async with trio.open_nursery() as nursery:
            process: trio.Process = await nursery.start(
                partial(
                    trio.run_process,
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=self._environment,
                    check=False,
                    capture_stdout=False,
                    deliver_cancel=_delivered,
                    **options,  # of systems that have sessions
                )
            )
            assert process.stdout is not None

            async def abort() -> None:
                await run.aborted.wait()
                await _delivered(process)
                # A program that it started may keep the output open.
                await trio.sleep(_LAST_WORDS)
                nursery.cancel_scope.cancel()

            nursery.start_soon(abort)
            await _read_lines(process.stdout, run)
            await process.wait()
            nursery.cancel_scope.cancel()
        return _FAILED if process.returncode is None else process.returncode


def _all_of(group: BaseExceptionGroup[Exception]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _all_of(error)
        else:
            yield error


async def _read_lines(stream: trio.abc.ReceiveStream, run: CommandRun) -> None:
    rest = b""
    async for part in stream:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            run.add(_text(line))
        if len(rest) > _LONGEST:
            run.add(_text(rest))
            rest = b""
    if rest:
        run.add(_text(rest))


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode("utf-8", "replace")


async def _delivered(process: trio.Process) -> None:
    """It is told to end, and ended where it does not; what it has started, as scripts, ends with it."""
    with contextlib.suppress(OSError):
        process.terminate()
    with trio.move_on_after(_PATIENCE, shield=True):
        await process.wait()
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()  # nothing is done to one that has ended
        else:
            os.killpg(process.pid, signal.SIGKILL)
