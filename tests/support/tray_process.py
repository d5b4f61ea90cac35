"""duplicati-tray as a process of its own where there is no desktop, and a desk for one in this process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import trio

from support.server_process import ServerProcess
from triplicati_tray.agent import Agent
from triplicati_tray.desk import Command, CommandKind, Look, Notice
from triplicati_tray.inbox import Inbox
from triplicati_tray.options import tray_options
from triplicati_tray.pace import Pace

_DROPPED = ("DUPLICATI", "NOTIFY", "WATCHDOG", "JOURNAL", "DBUS", "DISPLAY", "WAYLAND", "BROWSER")


def surroundings(**more: str) -> dict[str, str]:
    """An environment without a desktop."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    return kept | {"PYTHONPATH": os.pathsep.join(sys.path)} | more


@contextmanager
def tray_process(
    folder: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """`folder` is its data folder. What it says has what its server says in it. It is killed at the end if it
    still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "triplicati_tray", f"--server-datafolder={folder}", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=surroundings(**(environment or {})),
    )
    tray = ServerProcess(process, folder)
    try:
        yield tray
    finally:
        if process.poll() is None:
            process.kill()
        tray.wait()


# Nobody has to wait in a test.
QUICK = Pace(unseen=0.2, slower=0.1, slowest=0.5, restart=0.05, slowest_restart=0.5, knock=0.2)


class PlayedDesk:
    """Keeps what it is to show. `want` is what a click does."""

    def __init__(self, inbox: Inbox) -> None:
        self.looks: list[Look] = []
        self.notices: list[Notice] = []
        self._inbox = inbox

    def show(self, look: Look) -> None:
        if not self.looks or self.looks[-1] != look:
            self.looks.append(look)

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)

    def run(self, work: Callable[[], int]) -> int:
        return work()

    def want(self, kind: CommandKind, argument: str = "") -> None:
        self._inbox.hear(Command(kind, argument))

    async def shown(self, fits: Callable[[Look], bool], seconds: float = 30) -> Look:
        """Waits for such a look; looks from before count too."""
        await self._wait(lambda: any(map(fits, self.looks)), seconds)
        return next(filter(fits, reversed(self.looks)))

    async def shown_next(self, fits: Callable[[Look], bool], seconds: float = 30) -> Look:
        """The same for the look that is shown now, or will be."""
        await self._wait(lambda: bool(self.looks) and fits(self.looks[-1]), seconds)
        return self.looks[-1]

    async def told(self, words: str, seconds: float = 30) -> Notice:
        await self._wait(lambda: any(words in each.title + each.text for each in self.notices), seconds)
        return next(each for each in self.notices if words in each.title + each.text)

    async def _wait(self, done: Callable[[], bool], seconds: float) -> None:
        with trio.move_on_after(seconds):
            while not done():
                await trio.sleep(0.02)
        said = [each.status for each in self.looks]
        assert done(), f"It showed {said} and told {self.notices}"


@asynccontextmanager
async def a_tray(folder: Path, *words: str, pace: Pace = QUICK) -> AsyncIterator[PlayedDesk]:
    """The agent in this process; a server that it starts is one of its own."""
    options = tray_options([f"--server-datafolder={folder}", *words], surroundings(), folder)
    options.folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    inbox = Inbox()
    desk = PlayedDesk(inbox)
    async with trio.open_nursery() as nursery:
        agent = Agent(options, desk, inbox, lambda line: None, stay=True, pace=pace)
        nursery.start_soon(agent.run)
        try:
            yield desk
        finally:
            desk.want("quit")


def browser(tmp: Path) -> tuple[str, Path]:
    """A command that notes the addresses it is to open, and the file it notes them in. What it finds in its
    environment is in a file `surroundings` beside it before."""
    script, noted = tmp / "browser.py", tmp / "opened"
    script.write_text(
        "import os, sys\n"
        f"open({str(tmp / 'surroundings')!r}, 'w').write(repr(dict(os.environ)))\n"
        f"open({str(noted)!r}, 'a').write(sys.argv[-1] + '\\n')\n"
    )
    return f"{sys.executable} {script}", noted
