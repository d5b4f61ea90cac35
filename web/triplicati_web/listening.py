"""Opens the sockets to listen on."""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import trio

_BACKLOG = 128
_NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


async def open_tcp(hosts: Sequence[str], port: int) -> list[trio.SocketListener]:
    """A listener for each address, all on one port; 0 takes any that is free. None stays open on an error.

    A machine without IPv6 has no such addresses: they are left out, unless nothing is left. Raises `OSError`.
    """
    opened: list[trio.SocketListener] = []
    missing: OSError | None = None
    try:
        for host in hosts:
            try:
                listener = await _tcp(host, port)
            except OSError as error:
                if ":" not in host or error.errno not in _NO_IPV6:
                    raise
                missing = error
                continue
            opened.append(listener)
            port = port or bound_port(listener)
        if not opened and missing is not None:
            raise missing
    except BaseException:
        for listener in opened:
            listener.socket.close()
        raise
    return opened


def bound_port(listener: trio.SocketListener) -> int:
    return int(listener.socket.getsockname()[1])


async def open_unix(path: Path) -> trio.SocketListener:
    """A socket for its owner alone; one that a dead process left behind is replaced. Raises `OSError`."""
    if sys.platform == "win32":
        raise OSError(errno.EAFNOSUPPORT, "There are no such sockets on this system")
    await _remove_dead(path)
    made = trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Nobody can connect between bind and chmod: nothing listens yet.
        await made.bind(os.fspath(path))
        os.chmod(path, 0o600)
        made.listen(_BACKLOG)
    except BaseException:
        made.close()
        raise
    return trio.SocketListener(made)


async def _tcp(host: str, port: int) -> trio.SocketListener:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = trio.socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Beside ours for IPv4 on the same port.
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        await made.bind((host, port))
        made.listen(_BACKLOG)
    except BaseException:
        made.close()
        raise
    return trio.SocketListener(made)


async def _remove_dead(path: Path) -> None:
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            return
        stream = await trio.open_unix_socket(path)
    except FileNotFoundError:
        return
    except ConnectionRefusedError:
        os.unlink(path)
        return
    await stream.aclose()
