"""Operations that end as by a power cut at a named point, each in a process of its own that has real files.

Points are ``put dblock 2 after``: the second upload of a dblock, when it has arrived and nobody knows yet;
and ``commit 5 before``: the fifth transaction of the local database. This module is also the program that the
processes are forked from, so that each costs milliseconds.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, NoReturn, cast

import trio

from triplicati.storage.destination import Destination

REPORT = "points.json"
_KILLED = -signal.SIGKILL


class Forge:
    """A warm process from which others are forked."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from support.crashing import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def run(self, folder: Path, operation: str, point: str, **place: str) -> int:
        """The exit status: 0 at the end, -9 where it was killed. `point` "" kills nowhere, and leaves the
        names of all points in `REPORT`. A `clock` in `place` is the time at which backups begin."""
        job = {"folder": str(folder), "operation": operation, "point": point, "place": place}
        to, answers = cast("IO[str]", self._process.stdin), cast("IO[str]", self._process.stdout)
        to.write(json.dumps(job) + "\n")
        to.flush()
        return int(answers.readline())

    def points(self, folder: Path, operation: str, **place: str) -> list[str]:
        """All points that an operation comes by; it is carried out."""
        assert self.run(folder, operation, "", **place) == 0
        return cast("list[str]", json.loads((folder / REPORT).read_text()))

    def close(self) -> None:
        cast("IO[str]", self._process.stdin).close()
        self._process.wait(10)
        cast("IO[str]", self._process.stdout).close()


@contextmanager
def forge() -> Iterator[Forge]:
    found = Forge()
    try:
        yield found
    finally:
        found.close()


def serve() -> NoReturn:
    """The forge's own process."""
    from support import crash_operations

    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if not child:
            _carry_out(crash_operations.ALL[job["operation"]], job)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit(0)


def set_clock(moment: str) -> None:
    """Versions are made ten seconds apart from then on; "" for the real time."""
    from triplicati.engine import backup

    steps = itertools.count(int(moment or 0), 10)
    vars(backup)["time"] = SimpleNamespace(time=lambda: float(next(steps))) if moment else time


def _carry_out(operation: Callable[[Any], Awaitable[object]], job: Any) -> NoReturn:  # Any: from JSON
    from support.engine import Place

    code = 1
    try:
        points = Points(job["point"])
        set_clock(job["place"].pop("clock", ""))
        place = Place(Path(job["folder"]), **job["place"])
        place.wrap = lambda inner: cast("Destination", Watched(inner, points))
        _watch_commits(points)
        trio.run(operation, place)
        (place.folder / REPORT).write_text(json.dumps(points.passed))
        code = 0
    except BaseException:
        sys.excepthook(*cast("Any", sys.exc_info()))
    os._exit(code)


class Points:
    """Those that were passed; it ends at the one it was given."""

    def __init__(self, last: str) -> None:
        self._last = last
        self._counts: Counter[str] = Counter()
        self.passed: list[str] = []

    def begin(self, what: str) -> str:
        self._counts[what] += 1
        return f"{what} {self._counts[what]}"

    def reach(self, point: str) -> None:
        self.passed.append(point)
        if point == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A destination whose changes are points."""

    def __init__(self, inner: Destination, points: Points) -> None:
        self._inner = inner
        self._points = points

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    @property
    def staging(self) -> None:
        """So that an upload can be half done."""

    async def put(self, name: str, upload: Any) -> None:  # Any: the half is made below
        from triplicati.storage.faults import _Half

        point = self._points.begin(f"put {_kind(name)}")
        self._points.reach(f"{point} before")
        if self._points._last == f"{point} during":
            await self._inner.put(name, _Half(upload))
        self._points.reach(f"{point} during")
        await self._inner.put(name, upload)
        self._points.reach(f"{point} after")

    async def delete(self, name: str) -> None:
        point = self._points.begin(f"delete {_kind(name)}")
        self._points.reach(f"{point} before")
        await self._inner.delete(name)
        self._points.reach(f"{point} after")


def _kind(name: str) -> str:
    return next((kind for kind in ("dlist", "dindex", "dblock") if f".{kind}." in name), "other")


def _watch_commits(points: Points) -> None:
    from triplicati.index.database import Database

    real = Database._transact

    def transact(self: Database, work: Any, durable: bool) -> object:  # Any: whatever it does
        point = points.begin("commit")

        def watched(connection: Any) -> object:  # Any: as above
            result = work(connection)
            points.reach(f"{point} before")
            return result

        result = real(self, watched, durable)
        points.reach(f"{point} after")
        return result

    Database._transact = transact  # type: ignore[assignment,method-assign]  # in this process only
