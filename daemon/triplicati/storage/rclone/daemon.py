"""One running rclone for each flavour, started at its first use and ended with the trio run."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import trio

from triplicati.errors import DestinationError, DestinationProgramMissing
from triplicati.storage.http.exchange import Answer, Broken, PartOf
from triplicati.storage.rclone.asking import Access, Gone, access_of, ask
from triplicati.storage.rclone.program import Flavour, command_of, environment_of, found_program

_ADDRESS = re.compile(rb"Serving remote control on http://127\.0\.0\.1:([0-9]+)/")
_START_SECONDS = 20
_END_SECONDS = 2
_OLDEST = (1, 64)
# What rclone said last, for when it does not start.
_KEPT = 2000


class _Version(msgspec.Struct):
    version: str
    decomposed: list[int]


class Refusal(Exception):
    """What rclone answered instead of doing it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Daemon:
    """A running rclone. Its remotes exist as long as it runs."""

    def __init__(self, access: Access, folder: Path) -> None:
        self.alive = True
        self.remotes: dict[bytes, str] = {}
        self.making = trio.Lock()
        self._access = access
        self._folder = folder

    async def call(self, what: str, **arguments: object) -> bytes:
        """The answer as JSON. Ends at once when cancelled: rclone gives up what nobody waits for.

        Raises `Refusal`, and `DestinationError` when rclone is gone.
        """
        return await self._ask("POST", f"/{what}", body=msgspec.json.encode(arguments))

    async def fetch(self, remote: str, name: str, span: str, each: PartOf, at_least: int) -> None:
        """A file, or the part of it that `span` names (RFC 9110 14.1.2). Raises as `call`."""
        target = f"/{quote(f'[{remote}]', safe='')}/{quote(name, safe='')}"
        headers = (("Range", span),) if span else ()
        await self._ask("GET", target, headers=headers, each=each, at_least=at_least)

    async def _ask(
        self, method: str, target: str, *, body: bytes = b"", headers: tuple[tuple[str, str], ...] = (),
        each: PartOf | None = None, at_least: int = 0,
    ) -> bytes:  # fmt: skip
        try:
            answer = await ask(
                self._access, method, target, body=body, headers=headers, each=each, at_least=at_least
            )
        except Gone as gone:
            self.alive = False
            raise DestinationError(reason="the program rclone ended") from gone
        except Broken as broken:
            raise DestinationError(reason="the transfer broke off in the middle") from broken
        if answer.status not in (200, 206):
            raise _refusal(answer)
        return answer.content

    def kept(self, text: str) -> str:
        """The path of a file with `text`, which only this user can read and which goes away with rclone."""
        file = self._folder / secrets.token_hex(8)
        file.write_text(text, "utf-8")
        return str(file)


class _Start:
    """One rclone from before it runs until it has ended."""

    def __init__(self) -> None:
        self.known = trio.Event()
        self.daemon: Daemon | None = None
        self.failure: DestinationError | None = None

    @property
    def over(self) -> bool:
        return self.failure is not None or (self.daemon is not None and not self.daemon.alive)


_RUNNING: trio.lowlevel.RunVar[dict[Flavour, _Start]] = trio.lowlevel.RunVar("rclone")


def _refusal(answer: Answer) -> Refusal:
    try:
        return Refusal(str(msgspec.json.decode(answer.content)["error"]))
    except (msgspec.DecodeError, KeyError, TypeError):
        return Refusal(answer.content[:300].decode("utf-8", "replace") or f"status {answer.status}")


async def daemon_of(flavour: Flavour, scheme: str) -> Daemon:
    """The running one, or one that is started now. `scheme` is for messages.

    Raises `DestinationProgramMissing` and `DestinationError`.
    """
    try:
        running = _RUNNING.get()
    except LookupError:
        running = {}
        _RUNNING.set(running)
    start = running.get(flavour)
    if start is None or start.over:
        program = found_program(flavour, scheme)
        start = running[flavour] = _Start()
        trio.lowlevel.spawn_system_task(_own, flavour, program, scheme, start, name="rclone")
    await start.known.wait()  # who stops waiting leaves it to others
    if start.daemon is None:
        raise start.failure or DestinationError(reason="rclone does not start")
    return start.daemon


async def _own(flavour: Flavour, program: str, scheme: str, start: _Start) -> None:
    """A system task: it lives until the run ends or rclone does, and what it raised would end the program."""
    try:
        async with _process(flavour, program) as (daemon, lines):
            if not flavour.own_settings:
                await _check_version(daemon, program, scheme)
            start.daemon = daemon
            start.known.set()
            try:
                await lines.until_end()
            finally:
                daemon.alive = False
    except DestinationError as error:
        start.failure = error
    except Exception as error:
        start.failure = DestinationError(reason=f"rclone does not run: {error}")
    finally:
        start.known.set()


async def _check_version(daemon: Daemon, program: str, scheme: str) -> None:
    """Older ones pass over settings in silence that are needed here."""
    try:
        found = msgspec.json.decode(await daemon.call("core/version"), type=_Version)
    except (Refusal, msgspec.DecodeError) as error:
        raise DestinationError(reason=f"{program} does not tell its version") from error
    if tuple(found.decomposed) < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        where = f" in version {wanted} or later: {program} is {found.version}"
        raise DestinationProgramMissing(scheme=scheme, where=where)


class _Lines:
    """What rclone writes to its log, of which only the end is kept."""

    def __init__(self, stream: trio.abc.ReceiveStream) -> None:
        self._stream = stream
        self.last = b""

    async def port(self) -> int | None:
        """Where it listens; None when it ended without."""
        while (found := _ADDRESS.search(self.last)) is None:
            if not await self._more():
                return None
        return int(found[1])

    async def until_end(self) -> None:
        while await self._more():
            pass

    async def _more(self) -> bool:
        got = await self._stream.receive_some()
        self.last = (self.last + got)[-_KEPT:]
        return bool(got)


@asynccontextmanager
async def _process(flavour: Flavour, program: str) -> AsyncIterator[tuple[Daemon, _Lines]]:
    user, password = "triplicati", secrets.token_urlsafe(32)
    folder = Path(tempfile.mkdtemp(prefix="triplicati-rclone-"))  # readable for this user alone
    try:
        process = await _started(flavour, program, environment_of(flavour, folder, user, password))
        try:
            assert process.stderr is not None
            lines = _Lines(process.stderr)
            port = None
            with trio.move_on_after(_START_SECONDS):
                port = await lines.port()
            if port is None:
                raise DestinationError(reason=f"rclone does not start: {_readable(lines.last)}")
            yield Daemon(access_of(port, user, password), folder), lines
        finally:
            with trio.move_on_after(_END_SECONDS + 1, shield=True):
                await _ended(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _started(flavour: Flavour, program: str, environment: dict[str, str]) -> trio.Process:
    # Not in our session, so that an interrupt from the terminal comes to us alone and in order.
    apart: dict[str, Any] = (
        {"start_new_session": True}
        if os.name == "posix"
        else {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    )
    try:
        return await trio.lowlevel.open_process(
            command_of(flavour, program), env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, **apart,
        )  # fmt: skip
    except OSError as error:
        raise DestinationError(reason=f"{program} cannot be started: {error.strerror or error}") from error


async def _ended(process: trio.Process) -> None:
    """Nothing is kept that an orderly end would save."""
    assert process.stdin is not None
    if os.name != "posix":
        process.kill()
    await process.stdin.aclose()
    with trio.move_on_after(_END_SECONDS):
        await process.wait()
    if process.returncode is None and sys.platform != "win32":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own group: see start_new_session
        await process.wait()
    if process.stderr is not None:
        await process.stderr.aclose()


def _readable(log: bytes) -> str:
    lines = log.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it says nothing"
