"""A server of FTP on loopback that says that all is well, and keeps less of an upload or lists less."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class LossyFtp(socketserver.ThreadingTCPServer):
    """`keeps` bytes of an upload at most; `files` are those there, by name, and `shows` how many of them it
    lists. `name` is what it calls itself."""

    daemon_threads = True

    def __init__(self, keeps: int) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.keeps = keeps
        self.files: dict[str, bytes] = {}
        self.shows = 1 << 30
        self.name = "FTP"

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: LossyFtp
    _listener: socket.socket | None = None

    def handle(self) -> None:
        self._say(f"220---------- Welcome to {self.server.name} [privsep] ----------\r\n220 ready")
        while line := self.rfile.readline().decode().strip():
            word, _, rest = line.partition(" ")
            self._answer(word.upper(), rest)

    def _answer(self, word: str, rest: str) -> None:
        files, name = self.server.files, rest.rpartition("/")[2]
        match word:
            case "USER":
                self._say("331 and the password")
            case "PASS":
                self._say("230 welcome")
            case "FEAT":
                self._say("211-Features:\r\n EPSV\r\n SIZE\r\n211 End")
            case "PWD":
                self._say('257 "/"')
            case "EPSV":
                self._listener = socket.create_server(("127.0.0.1", 0))
                self._say(f"229 Extended (|||{self._listener.getsockname()[1]}|)")
            case "STOR":
                self._say("150 send it")
                files[name] = self._received()[: self.server.keeps]
                self._say("226 all of it came")
            case "LIST":
                self._say("150 here it comes")
                shown = list(files)[: self.server.shows]
                rows = (f"-rw-r--r-- 1 me me {len(files[each])} Jan 05 2026 {each}\r\n" for each in shown)
                self._sent("".join(rows).encode())
                self._say("226 done")
            case "DELE":
                self._say("250 gone" if files.pop(name, None) is not None else "550 no such file")
            case _:
                self._say("200 fine" if word in ("TYPE", "CWD", "NOOP", "OPTS") else "502 not here")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _received(self) -> bytes:
        assert self._listener is not None
        with self._listener, self._listener.accept()[0] as data:
            parts = []
            while part := data.recv(1 << 16):
                parts.append(part)
        return b"".join(parts)

    def _sent(self, content: bytes) -> None:
        assert self._listener is not None
        with self._listener, self._listener.accept()[0] as data:
            data.sendall(content)


@contextmanager
def lossy_ftp(keeps: int = 1 << 30) -> Iterator[LossyFtp]:
    with LossyFtp(keeps) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
