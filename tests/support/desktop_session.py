"""A desktop on a screen that nobody sees: X, window manager, panel, notifications, and a bus of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from PIL import ImageGrab
from PIL.Image import Image

PATIENCE = 20.0
WIDTH, HEIGHT, PANEL = 800, 600, 32
LIGHT, DARK = "#f2f2f2", "#202326"
T = TypeVar("T")

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_PANEL = """
rounded = 0
border_width = 0
background_color = {ground} 100
border_color = {ground} 100
panel_items = S
panel_monitor = all
panel_position = top center horizontal
panel_size = 100% {height}
panel_background_id = 1
panel_padding = 4 0 8
panel_dock = 0
wm_menu = 0
panel_layer = top
systray_padding = 4 4 8
systray_background_id = 1
systray_sort = ascending
systray_icon_size = {icon}
"""
_NOTIFIER = """
[global]
    origin = bottom-right
    offset = 10x10
    width = 300
    height = 200
    font = DejaVu Sans 10
    markup = full
    mouse_left_click = do_action, close_current
    idle_threshold = 0
    max_icon_size = 48
    show_indicators = no
[urgency_normal]
    timeout = 0
[urgency_low]
    timeout = 0
"""


def until(question: Callable[[], T | None], told: Callable[[], str] = lambda: "") -> T:
    """The first answer that is not None or False; asks again and again."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise AssertionError(f"It never came. {told()}")
        time.sleep(0.02)
    return answer


class DesktopSession:
    """`environment` is that of a program which is to run on this desktop."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    @property
    def display(self) -> str:
        return self.environment["DISPLAY"]

    def picture(self, path: Path | None = None) -> Image:
        image = ImageGrab.grab(xdisplay=self.display).convert("RGB")
        if path is not None:
            image.save(path)
        return image

    def xdotool(self, *words: str) -> str:
        command = ["xdotool", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout

    def click(self, place: tuple[int, int], button: int = 1) -> None:
        x, y = place
        self.xdotool("mousemove", str(x), str(y), "click", str(button))

    def menus(self) -> list[tuple[int, int, int, int]]:
        """Left, top, width and height of the menus that are open, the first one first."""
        from Xlib import X
        from Xlib.display import Display

        display = Display(self.display)
        try:
            popup = display.intern_atom("_NET_WM_WINDOW_TYPE_POPUP_MENU")
            kind = display.intern_atom("_NET_WM_WINDOW_TYPE")
            found = []
            for window in display.screen().root.query_tree().children:
                told = window.get_full_property(kind, X.AnyPropertyType)
                if window.get_attributes().map_state == X.IsViewable and told and popup in told.value:
                    place = window.get_geometry()
                    found.append((place.x, place.y, place.width, place.height))
            return found
        finally:
            display.close()

    def close_notifications(self) -> None:
        subprocess.run(["dunstctl", "close-all"], env=self.environment, check=True)

    def keys(self, *names: str) -> None:
        self.xdotool("key", "--delay", "40", *names)


@contextmanager
def desktop_session(
    folder: Path, *, ground: str = LIGHT, notifications: bool = True, panel: bool = True
) -> Iterator[DesktopSession]:
    """Everything of it is ended at the end. `folder` takes its files and is the home of who sits there."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        environment = {**_surroundings(folder), "DISPLAY": stack.enter_context(_screen(folder))}
        environment["DBUS_SESSION_BUS_ADDRESS"] = stack.enter_context(session_bus(folder, environment))
        session = DesktopSession(environment)
        stack.enter_context(_running(["openbox", "--sm-disable"], environment, folder))
        if panel:
            stack.enter_context(panel_on(session, folder, ground))
        if notifications:
            settings = folder / "dunstrc"
            settings.write_text(_NOTIFIER)
            stack.enter_context(_running(["dunst", "-conf", str(settings)], environment, folder))
            until(lambda: _owned(environment, "org.freedesktop.Notifications"))
        yield session


def _surroundings(folder: Path) -> dict[str, str]:
    dropped = ("DUPLICATI", "DBUS", "XDG", "WAYLAND", "DISPLAY", "PYSTRAY", "GTK", "GNOME", "XAUTHORITY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    return {
        **kept,
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(runtime),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "NO_AT_BRIDGE": "1",
        "GSETTINGS_BACKEND": "memory",
    }


@contextmanager
def _screen(folder: Path) -> Iterator[str]:
    reader, writer = os.pipe()
    words = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"]
    with _running([*words, "-noreset"], dict(os.environ), folder, (writer,)):
        os.close(writer)
        with os.fdopen(reader) as answer:
            yield f":{answer.readline().strip()}"


@contextmanager
def session_bus(folder: Path, environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Its address. It starts no service by itself: there are no notifications unless a test wants them."""
    settings = folder / "bus.conf"
    reader, writer = os.pipe()
    words = ["dbus-daemon", f"--config-file={settings}", "--nofork", f"--print-address={writer}"]
    # The path of a socket has 107 bytes at most, and that of a test can be longer.
    with TemporaryDirectory(prefix="bus-") as short:
        settings.write_text(_BUS.format(folder=short))
        with _running(words, environment, folder, (writer,)):
            os.close(writer)
            with os.fdopen(reader) as answer:
                yield answer.readline().strip()


@contextmanager
def panel_on(session: DesktopSession, folder: Path, ground: str = LIGHT) -> Iterator[None]:
    """A panel that shows icons at its left end, `PANEL` pixels high, at the top of the screen."""
    settings = folder / "tint2rc"
    settings.write_text(_PANEL.format(ground=ground, height=PANEL, icon=PANEL - 8))
    with _running(["tint2", "-c", str(settings)], session.environment, folder):
        until(lambda: _icons_wanted(session))
        yield


@contextmanager
def _running(
    words: list[str], environment: Mapping[str, str], folder: Path, handed: tuple[int, ...] = ()
) -> Iterator[None]:
    with (folder / f"{words[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=handed
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _icons_wanted(session: DesktopSession) -> bool:
    from Xlib.display import Display

    display = Display(session.display)
    try:
        atom = display.intern_atom("_NET_SYSTEM_TRAY_S0")
        return bool(display.get_selection_owner(atom))
    finally:
        display.close()


def _owned(environment: Mapping[str, str], name: str) -> bool:
    from jeepney import message_bus
    from jeepney.io.blocking import Proxy, open_dbus_connection

    with open_dbus_connection(environment["DBUS_SESSION_BUS_ADDRESS"]) as connection:
        return bool(Proxy(message_bus, connection, timeout=5).NameHasOwner(name)[0])
