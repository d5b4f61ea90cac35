"""The sockets of the server, and what is said about them."""

from __future__ import annotations

import errno
import getpass
import os
import socket
import sys
from collections.abc import Mapping, Sequence

import msgspec
import trio

from triplicati.config.server.store import Store
from triplicati.errors import InterfaceInvalid, PortTaken
from triplicati.runner.addresses import bind_addresses, port_order, reaches_others
from triplicati.runner.occupied_port import who_listens
from triplicati_web.listening import bound_port, open_tcp

_TAKEN = (errno.EADDRINUSE, errno.EACCES, errno.EPERM)
_INTERFACE = "server-listen-interface"
_LAST_PORT, _PORT_CHANGED = "last-webserver-port", "server-port-changed"


class Listening(msgspec.Struct):
    """`open` reaches other computers."""

    listeners: Sequence[trio.SocketListener]
    addresses: tuple[str, ...]
    port: int
    open: bool


async def listen(ports: Sequence[int], interface: str | None, store: Store) -> Listening:
    """On the first port that is free, and the interface of the last time unless one is given. Both are kept
    when they have worked. Raises `PortTaken`, which tells who has them, `InterfaceInvalid` and `OSError`."""
    addresses = bind_addresses(await store.setting(_INTERFACE) if interface is None else interface)
    last = await store.setting(_LAST_PORT)
    told: list[str] = []
    for port in port_order(ports, int(last) if last.isdigit() else -1):
        try:
            listeners = await open_tcp(addresses, port)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise InterfaceInvalid(interface=", ".join(addresses)) from None
            if error.errno not in _TAKEN:
                raise
            told.append(await _why(error, addresses[0], port))
            continue
        bound = bound_port(listeners[0])
        if interface is not None:
            await store.set_settings({_INTERFACE: interface})
        if str(bound) != last:
            changed = {_LAST_PORT: str(bound)} | ({_PORT_CHANGED: "True"} if last else {})
            await store.set_settings(changed)
        return Listening(listeners, addresses, bound, reaches_others(addresses))
    raise PortTaken(reason="\n".join(told))


async def _why(error: OSError, address: str, port: int) -> str:
    if error.errno != errno.EADDRINUSE:
        return f"Port {port} may not be used: {error.strerror}. Ports from 1024 on are for everybody."
    return await who_listens("127.0.0.1" if address in ("0.0.0.0", "::") else address, port)


def address_of(listening: Listening, hostnames: Sequence[str], *, tls: bool) -> str:
    """The address to show: one name that was allowed, or this computer."""
    from triplicati.runner.addresses import shown_host  # noqa: PLC0415

    host = shown_host(hostnames, listening.addresses)
    return f"{'https' if tls else 'http'}://{host}:{listening.port}"


def has_reader(environment: Mapping[str, str]) -> bool:
    """Whether what is printed is seen by the one who started the server: a terminal, or the journal."""
    if sys.stdout.isatty():
        return True
    journal = environment.get("JOURNAL_STREAM", "")
    try:
        found = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError):
        return False
    return journal == f"{found.st_dev}:{found.st_ino}"


def has_browser(environment: Mapping[str, str]) -> bool:
    if sys.platform != "linux":
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def tunnel(port: int) -> str:
    """The command that brings the page to a computer with a browser."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "USER"
    return f"ssh -L {port}:127.0.0.1:{port} {user}@{socket.gethostname()}"


