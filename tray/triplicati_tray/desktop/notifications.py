"""Notifications of the desktop by D-Bus: org.freedesktop.Notifications, version 1.2.

One thread does it all: it connects at the first notice, sends, and listens for clicks.
"""

from __future__ import annotations

import html
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triplicati.values.plain_text import plain_text
from triplicati.values.printable import printable, printable_lines
from triplicati_tray.desk import Command, Hear, Level, Notice

if TYPE_CHECKING:
    from jeepney import Message
    from jeepney.io.threading import DBusConnection

_log = logging.getLogger(__name__)
_NAME, _PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
_URGENCY: dict[Level, int] = {"info": 1, "warning": 1, "error": 2}
_REPLY_SECONDS = 5.0
_HELD = 32
_REMEMBERED = 100
_TITLE, _TEXT = 200, 1000


class Notifications:
    """Shows notices and gives the click on one to `hear`. `icon` gives the picture for a level, as a path.

    Where no service shows notifications they are dropped, which the log tells once. At most `_HELD` wait.
    """

    def __init__(self, hear: Hear, icon: Callable[[Level], Path]) -> None:
        self._hear = hear
        self._icon = icon
        self._waiting: deque[Notice] = deque(maxlen=_HELD)
        self._changed = threading.Condition()
        self._closed = False
        self._connection: DBusConnection | None = None
        self._markup = self._actions = False
        self._paths: OrderedDict[int, str] = OrderedDict()
        self._told = False
        self._thread = threading.Thread(target=self._run, name="tray-notifications", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def tell(self, notice: Notice) -> None:
        """Called in any thread; does not block."""
        with self._changed:
            self._waiting.append(notice)
        self._wake()

    def close(self, seconds: float = 2) -> None:
        with self._changed:
            self._closed = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
            if self._connection is not None:
                self._connection.interrupt()

    def _run(self) -> None:
        while self._has_work():
            try:
                self._talk()
            except Exception as error:
                self._forget_service(error)

    def _has_work(self) -> bool:
        """Waits for the first notice, and after a failure for the next one. False when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            return not self._closed

    def _forget_service(self, error: Exception) -> None:
        """A later notice tries again: a service can be started at any time."""
        with self._changed:
            self._waiting.clear()
        if not self._told:
            self._told = True
            _log.warning("This desktop shows no notifications: %s", error or type(error).__name__)

    def _talk(self) -> None:
        """Returns when closed; raises when the service or the bus is gone."""
        from jeepney.io.threading import open_dbus_connection  # noqa: PLC0415 - not before it is needed

        connection = open_dbus_connection("SESSION")
        try:
            self._meet(connection)
            with self._changed:
                self._connection = connection
            while not self._closed:
                self._send_all(connection)
                self._listen(connection)
        finally:
            with self._changed:
                self._connection = None
                connection.close()
            self._paths.clear()

    def _meet(self, connection: DBusConnection) -> None:
        from jeepney import MatchRule, message_bus  # noqa: PLC0415 - not before it is needed

        rule = MatchRule(type="signal", interface=_NAME, path=_PATH)
        self._ask(connection, message_bus.AddMatch(rule))
        abilities = self._ask(connection, _call("GetCapabilities"))[0]
        self._markup, self._actions = "body-markup" in abilities, "actions" in abilities

    def _send_all(self, connection: DBusConnection) -> None:
        while True:
            with self._changed:
                if self._closed or not self._waiting:
                    return
                notice = self._waiting.popleft()
            number = self._ask(connection, _call("Notify", "susssasa{sv}i", self._body(notice)))[0]
            self._paths[number] = notice.path
            while len(self._paths) > _REMEMBERED:
                self._paths.popitem(last=False)

    def _listen(self, connection: DBusConnection) -> None:
        """Until there is something to send."""
        from jeepney.io.threading import ReceiveStopped  # noqa: PLC0415 - not before it is needed

        try:
            while not self._closed and not self._waiting:
                self._take(connection.receive())
        except ReceiveStopped:
            connection.reset_interrupt()

    def _ask(self, connection: DBusConnection, question: Message) -> tuple[Any, ...]:
        """The body of the answer. Raises `DBusErrorResponse`, `TimeoutError`, and as the socket does."""
        from jeepney import HeaderFields  # noqa: PLC0415 - not before it is needed
        from jeepney.io.threading import ReceiveStopped  # noqa: PLC0415 - not before it is needed
        from jeepney.wrappers import unwrap_msg  # noqa: PLC0415 - not before it is needed

        serial = next(connection.outgoing_serial)
        connection.send(question, serial=serial)
        deadline = time.monotonic() + _REPLY_SECONDS
        while True:
            try:
                message = connection.receive(timeout=deadline - time.monotonic())
            except ReceiveStopped:
                connection.reset_interrupt()
                continue
            if message.header.fields.get(HeaderFields.reply_serial) == serial:
                answer: tuple[Any, ...] = unwrap_msg(message)
                return answer
            self._take(message)

    def _take(self, message: Message) -> None:
        """A click, or the end of a notification."""
        from jeepney import HeaderFields  # noqa: PLC0415 - not before it is needed

        member = message.header.fields.get(HeaderFields.member)
        if member == "ActionInvoked" and message.body[0] in self._paths:
            self._hear(Command("show", self._paths[message.body[0]]))
        elif member == "NotificationClosed":
            self._paths.pop(message.body[0], None)

    def _body(self, notice: Notice) -> tuple[object, ...]:
        text = printable_lines(plain_text(notice.text))[:_TEXT]
        actions = ["default", "Open"] if self._actions else []
        hints = {"urgency": ("y", _URGENCY[notice.level]), "desktop-entry": ("s", "triplicati-tray")}
        title = printable(plain_text(notice.title))[:_TITLE]
        body = html.escape(text, quote=False) if self._markup else text
        return ("Triplicati", 0, str(self._icon(notice.level)), title, body, actions, hints, -1)


def _call(method: str, signature: str = "", body: tuple[object, ...] = ()) -> Message:
    from jeepney import DBusAddress, new_method_call  # noqa: PLC0415 - not before it is needed

    return new_method_call(DBusAddress(_PATH, bus_name=_NAME, interface=_NAME), method, signature, body)
