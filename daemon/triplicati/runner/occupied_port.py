"""Who listens on a port that is taken, and what can be done about it."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from typing import Literal

import msgspec
import trio

_PROC = Path("/proc")
_LISTENING = "0A"
_PATIENCE = 3.0
_ENOUGH = 64 * 1024
Kind = Literal["triplicati", "duplicati", "other"]


class Process(msgspec.Struct, frozen=True):
    pid: int
    name: str


async def who_listens(host: str, port: int, *, patience: float = _PATIENCE, proc: Path = _PROC) -> str:
    """What occupies `port`, as sentences with the commands to run next; asked for `patience` seconds."""
    kind = await ask(host, port, patience=patience)
    process = await trio.to_thread.run_sync(listening_process, port, proc)
    return explained(port, kind, process)


def explained(port: int, kind: Kind, process: Process | None) -> str:
    other = port + 100 if port + 100 <= 65535 else 8200
    elsewhere = f"duplicati-server --webservice-port={other}"
    by = f" (process {process.pid})" if process else ""
    if kind == "triplicati":
        return (
            f"Port {port} is taken by a Triplicati server that runs already{by}. It can be used as it is; "
            f"for a second one give another folder and port: {elsewhere} --server-datafolder=FOLDER"
        )
    if kind == "duplicati":
        return (
            f"Port {port} is taken by Duplicati{by}. Both can run side by side: {elsewhere} -- or stop "
            "Duplicati first: systemctl stop duplicati"
        )
    who = f"{process.name} (process {process.pid})" if process else "another program"
    hint = "" if process or sys.platform != "linux" else f"; ss -ltnp 'sport = :{port}' run as root names it"
    return f"Port {port} is taken by {who}{hint}. Use another one: {elsewhere}"


async def ask(host: str, port: int, *, patience: float = _PATIENCE) -> Kind:
    """What kind of server answers there."""
    for tls in (False, True):
        with trio.move_on_after(patience / 2):
            for path in ("/", "/login.html", "/health"):
                answer = await _answer(host, port, path, tls=tls)
                if kind := _kind(answer):
                    return kind
    return "other"


def _kind(answer: str) -> Kind | None:
    if "triplicati" in answer:
        return "triplicati"
    # The pages of its two generations, and what it says of its health.
    theirs = ("duplicati", "/ngclient", "/ngax")
    if any(mark in answer for mark in theirs) or answer.endswith("\r\n\r\nhealthy"):
        return "duplicati"
    return None


async def _answer(host: str, port: int, path: str, *, tls: bool) -> str:
    """The beginning of an answer with its headers, in lower case; "" where nobody speaks HTTP."""
    found = b""
    try:
        async with await trio.open_tcp_stream(host, port) as stream:
            spoken: trio.abc.Stream = stream
            if tls:
                # Whose certificate it has does not matter: nothing secret is sent.
                spoken = trio.SSLStream(stream, _any_certificate(), https_compatible=True)
            await spoken.send_all(f"GET {path} HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n".encode())
            while len(found) < _ENOUGH and (part := await spoken.receive_some(_ENOUGH)):
                found += part
    except (OSError, trio.BrokenResourceError):
        return ""
    return found.decode("utf-8", "replace").strip().lower()


def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def listening_process(port: int, proc: Path = _PROC) -> Process | None:
    """The process that listens on a TCP port; None where the system does not tell (Linux only)."""
    sockets = {
        f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _inodes(proc / "net" / table, port)
    }
    if not sockets:
        return None
    for folder in proc.glob("[0-9]*"):
        try:
            if any(str(link.readlink()) in sockets for link in (folder / "fd").iterdir()):
                return Process(int(folder.name), _name(folder))
        except OSError:
            continue  # ended meanwhile, or another user's
    return None


def _inodes(table: Path, port: int) -> list[str]:
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return []
    rows = [line.split() for line in lines]
    ours = f":{port:04X}"
    return [row[9] for row in rows if len(row) > 9 and row[1].endswith(ours) and row[3] == _LISTENING]


def _name(folder: Path) -> str:
    """Not the whole command line: there can be passwords in it."""
    return (folder / "comm").read_text().strip()
