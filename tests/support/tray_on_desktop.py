"""duplicati-tray as a process on a desktop, with a server of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from support.desk_process import icon_place
from support.desktop_session import LIGHT, DesktopSession, until
from support.icon_forms import light_shown
from support.server_process import ServerProcess
from triplicati_tray.desk import Light


class TrayOnDesktop(ServerProcess):
    """`lines` are what it and its server have said."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, session: DesktopSession) -> None:
        super().__init__(process, folder)
        self.session = session

    @property
    def title(self) -> str:
        """What the icon is called, which is its tooltip too; "" where there is none."""
        return next((each for each in _names(self.session.display) if each.startswith("Triplicati")), "")

    def titled(self, words: str) -> str:
        """Waits for such a title."""
        until(lambda: words in self.title, lambda: f'"{words}" is not in "{self.title}". {self.text}')
        return self.title

    def shows(self, light: Light, ground: str = LIGHT) -> None:
        """Waits for the picture."""
        until(lambda: light_shown(self.session, ground) == light, lambda: f"{light}: {self.title}")

    def menu(self) -> None:
        self.session.click(icon_place(self.session), 3)
        until(self.session.menus)

    def click(self, rows: Sequence[str], row: str, menu: int = 0) -> None:
        """Clicks on a row of a menu that is open; `rows` are all of it, "-" for a line."""
        left, top, width, height = self.session.menus()[menu]
        lines, texts = rows.count("-"), len(rows) - rows.count("-")
        # As GTK draws it by default, a line is a pixel high, and above the first row are four.
        each = (height - 2 * 4 - lines) / texts
        before = rows[: rows.index(row)]
        above = 4 + before.count("-") + each * (len(before) - before.count("-"))
        self.session.click((left + width // 2, round(top + above + each / 2)))

    def servers(self) -> list[psutil.Process]:
        """The one that it has started, if that runs."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # it has ended meanwhile
                if "triplicati.apps.server" in child.cmdline():
                    found.append(child)
        return found

    def server(self) -> psutil.Process:
        return until(self.servers, lambda: self.text)[0]


@contextmanager
def tray_on_desktop(session: DesktopSession, folder: Path, *options: str) -> Iterator[TrayOnDesktop]:
    """`folder` is its data folder. It is killed at the end if it still runs; its server ends with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "triplicati_tray", f"--server-datafolder={folder}", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=session.environment,
    )
    tray = TrayOnDesktop(process, folder, session)
    try:
        yield tray
    finally:
        if process.poll() is None:
            process.kill()
        tray.wait()


def _names(screen: str) -> list[str]:
    from Xlib.display import Display
    from Xlib.error import XError

    display = Display(screen)
    try:
        kind = display.intern_atom("_NET_WM_NAME")
        waiting, found = [display.screen().root], []
        while waiting:
            window = waiting.pop()
            try:
                told = window.get_full_property(kind, display.intern_atom("UTF8_STRING"))
                waiting += window.query_tree().children
            except XError:  # it has gone meanwhile
                continue
            if told:
                found.append(bytes(told.value).decode())
        return found
    finally:
        display.close()
