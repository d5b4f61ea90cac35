"""A desktop with an icon of pystray, which needs the main thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from triplicati_tray.desk import Command, Hear, Look, Notice
from triplicati_tray.desktop.icon_images import icon_image
from triplicati_tray.desktop.menu import SEPARATOR, Entry, menu_entries
from triplicati_tray.desktop.painter import Painter
from triplicati_tray.desktop.signals import signals_heard

if TYPE_CHECKING:
    from PIL.Image import Image

_log = logging.getLogger(__name__)
NAME = "triplicati-tray"
_FIRST = Look(light="starting", title="Triplicati", status="Starting", connected=False)
Literally = Callable[[str], str]


class Bubbles(Protocol):
    """What shows notices by itself."""

    def notify(self, message: str, title: str) -> None: ...


class Icon(Bubbles, Protocol):
    """What is used of ``pystray.Icon``, which has no types."""

    icon: Image
    title: str
    visible: bool

    def run(self, setup: Callable[[Icon], None]) -> None: ...

    def stop(self) -> None: ...

    def update_menu(self) -> None: ...


# Of a name, a picture, a title and a menu.
IconType = Callable[[str, "Image", str, object], Icon]


class Teller(Protocol):
    """What shows notices."""

    def start(self) -> None: ...

    def tell(self, notice: Notice) -> None: ...

    def close(self) -> None: ...


class PystrayDesk:
    """A `Desk`. `literally` gives a text in the form in which the menu of this icon shows it as it is;
    `teller` makes what shows notices."""

    def __init__(
        self, hear: Hear, icon_type: IconType, teller: Callable[[Icon], Teller], literally: Literally
    ) -> None:
        from pystray import Menu  # noqa: PLC0415 - loads a desktop

        self._hear = hear
        self._literally = literally
        self._look = _FIRST
        self._entries = menu_entries(_FIRST)
        self._icon = icon_type(NAME, icon_image(_FIRST.light), _FIRST.title, Menu(self._menu))
        self._painter = Painter(self._paint)
        self._teller = teller(self._icon)
        self._work_done = threading.Event()

    def show(self, look: Look) -> None:
        self._painter.show(look)

    def tell(self, notice: Notice) -> None:
        self._teller.tell(notice)

    def run(self, work: Callable[[], int]) -> int:
        """As `Desk.run`; what `work` raises comes out here."""
        ended: list[int | BaseException] = []

        def beside(icon: Icon) -> None:
            try:
                icon.visible = True
                self._painter.start()
                self._teller.start()
                ended.append(work())
            except BaseException as error:
                ended.append(error)
            finally:
                self._work_done.set()
                self._go(icon)

        with signals_heard(self._quit):
            self._icon.run(beside)
            if not self._work_done.is_set():
                # The desktop ended the loop, as at the end of a session.
                self._quit()
                self._work_done.wait()
        if isinstance(ended[0], BaseException):
            raise ended[0]
        return ended[0]

    def _go(self, icon: Icon) -> None:
        for end in (self._teller.close, self._painter.close):
            end()
        icon.visible = False
        icon.stop()

    def _quit(self) -> None:
        self._hear(Command("quit"))

    def _paint(self, look: Look) -> None:
        before, self._look = self._look, look
        if (look.light, look.progress) != (before.light, before.progress):
            self._icon.icon = icon_image(look.light, look.progress)
        self._icon.title = look.title
        entries = menu_entries(look)
        if entries != self._entries:
            self._entries = entries
            self._icon.update_menu()

    def _menu(self) -> Iterable[object]:
        return self._items(self._entries)

    def _items(self, entries: Iterable[Entry]) -> list[object]:
        return [self._item(entry) for entry in entries]

    def _item(self, entry: Entry) -> object:
        from pystray import Menu, MenuItem  # noqa: PLC0415 - loads a desktop

        if entry == SEPARATOR:
            return Menu.SEPARATOR
        text, command = self._literally(entry.text), entry.command
        if entry.entries:
            return MenuItem(text, Menu(*self._items(entry.entries)))
        if command is None:
            return MenuItem(text, None, enabled=False)
        return MenuItem(text, lambda: self._hear(command), default=entry.default)


class PystrayTeller:
    """Shows notices as pystray does. A click on one leads nowhere."""

    # What Windows takes at most.
    _TITLE, _TEXT = 63, 255

    def __init__(self, icon: Bubbles) -> None:
        self._icon = icon

    def start(self) -> None:
        """Nothing to begin."""

    def tell(self, notice: Notice) -> None:
        # On macOS it waits for a program.
        threading.Thread(target=self._notify, args=(notice,), daemon=True).start()

    def close(self) -> None:
        """Nothing to end."""

    def _notify(self, notice: Notice) -> None:
        try:
            self._icon.notify(notice.text[: self._TEXT], notice.title[: self._TITLE])
        except Exception as error:
            _log.warning("A notification could not be shown: %s", error)
