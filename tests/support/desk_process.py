"""`support.desk_player` as a process on a desktop, and where to find its icon."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec
from PIL import ImageChops
from PIL.Image import Image

from support.desktop_session import PANEL, DesktopSession, until
from triplicati_tray.desk import Command, Look, Notice


class DeskProcess:
    """`heard` are the commands so far, `errors` what it wrote on its error stream."""

    def __init__(self, session: DesktopSession, process: subprocess.Popen[str]) -> None:
        self.session = session
        self.process = process
        self.heard: list[Command] = []
        self.missing = ""
        self.errors = ""
        self._plays = threading.Event()
        self._took = threading.Semaphore(0)
        both = (self._read, self._read_errors)
        self._readers = [threading.Thread(target=each, daemon=True) for each in both]
        for reader in self._readers:
            reader.start()

    def plays(self) -> None:
        until(self._plays.is_set, lambda: self.errors)

    def show(self, *looks: Look) -> None:
        self._send("show", *looks)

    def tell(self, *notices: Notice) -> None:
        self._send("tell", *notices)

    def end(self, code: int) -> None:
        self._write([("end", code)])

    def hears(self, *wanted: Command) -> None:
        """Waits for these commands, which must be all that came since the last time."""
        until(lambda: len(self.heard) >= len(wanted), lambda: f"{self.heard} {self.errors}")
        assert self.heard == list(wanted)
        self.heard.clear()

    def wait(self) -> int:
        code = self.process.wait(20)
        for reader in self._readers:
            reader.join(5)
        return code

    def _send(self, kind: str, *each: Look | Notice) -> None:
        self._write([(kind, one) for one in each])
        for _ in each:
            assert self._took.acquire(timeout=20), self.errors

    def _write(self, lines: list[tuple[str, object]]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{msgspec.json.encode(line).decode()}\n" for line in lines))
        self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            kind, what = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
            if kind == "heard":
                self.heard.append(msgspec.json.decode(what, type=Command))
            elif kind == "missing":
                self.missing = msgspec.json.decode(what, type=str)
            elif kind == "took":
                self._took.release()
            else:
                self._plays.set()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors += line


@contextmanager
def desk_process(
    session: DesktopSession, environment: Mapping[str, str] | None = None, *, waits: bool = True
) -> Iterator[DeskProcess]:
    """It is killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.desk_player"],
        env={**session.environment, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    desk = DeskProcess(session, process)
    try:
        if waits:
            desk.plays()
        yield desk
    finally:
        if process.poll() is None:
            process.kill()
        desk.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def icon_box(session: DesktopSession) -> tuple[int, int, int, int] | None:
    """Where something stands in the panel, at its left end: left, top, right, bottom."""
    return _apart(_panel(session))


def icon_place(session: DesktopSession) -> tuple[int, int]:
    """The middle of the icon, once it is there."""
    left, top, right, bottom = until(lambda: icon_box(session))
    return (left + right) // 2, (top + bottom) // 2


def icon_picture(session: DesktopSession) -> Image:
    """The left end of the panel."""
    return _panel(session)


def _panel(session: DesktopSession) -> Image:
    return session.picture().crop((0, 0, 3 * PANEL, PANEL))


def _apart(panel: Image) -> tuple[int, int, int, int] | None:
    corner = panel.getpixel((panel.width - 1, 0))
    assert isinstance(corner, tuple)
    from PIL import Image as Images

    return ImageChops.difference(panel, Images.new("RGB", panel.size, corner)).getbbox()
