"""What a test plays on the bus of a desktop: a service that answers calls, and asks others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.threading import DBusConnection, ReceiveStopped, open_dbus_connection
from jeepney.wrappers import unwrap_msg

Answer = Callable[[str, tuple[Any, ...]], tuple[str, tuple[Any, ...]] | None]
"""Given the member and the body of a call, the signature and the body of the answer; None for an error."""


class Service:
    """`callers` are the names of those who called, by member."""

    def __init__(self, connection: DBusConnection, answer: Answer) -> None:
        self._connection = connection
        self._answer = answer
        self.callers: dict[str, str] = {}

    def signal(self, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...]) -> None:
        self._connection.send(new_signal(DBusAddress(path, interface=interface), member, signature, body))

    def run(self) -> None:
        try:
            while True:
                self._take(self._connection.receive())
        except ReceiveStopped:
            return

    def _take(self, message: Message) -> None:
        if message.header.message_type != MessageType.method_call:
            return
        fields = message.header.fields
        member = fields[HeaderFields.member]
        self.callers[member] = fields[HeaderFields.sender]
        found = self._answer(member, message.body)
        if found is None:
            self._connection.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))
        else:
            self._connection.send(new_method_return(message, *found))


@contextmanager
def service_on(address: str, name: str, answer: Answer) -> Iterator[Service]:
    """Has the name `name` on the bus at `address` and answers in a thread."""
    with open_dbus_connection(address) as connection:
        service = Service(connection, answer)
        call = message_bus.RequestName(name)
        serial = next(connection.outgoing_serial)
        connection.send(call, serial=serial)
        while connection.receive(timeout=5).header.fields.get(HeaderFields.reply_serial) != serial:
            pass
        thread = threading.Thread(target=service.run)
        thread.start()
        try:
            yield service
        finally:
            connection.interrupt()
            thread.join()


def asked(
    address: str,
    place: tuple[str, str, str],
    member: str,
    signature: str = "",
    body: tuple[Any, ...] = (),
) -> tuple[Any, ...]:
    """What a call gives; `place` is a name on the bus, a path, an interface. Raises `DBusErrorResponse`."""
    name, path, interface = place
    from jeepney.io.blocking import open_dbus_connection as open_blocking

    with open_blocking(address) as connection:
        call = new_method_call(DBusAddress(path, bus_name=name, interface=interface), member, signature, body)
        answer: tuple[Any, ...] = unwrap_msg(connection.send_and_get_reply(call, timeout=10))
        return answer
