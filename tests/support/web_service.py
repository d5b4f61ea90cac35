"""A small real HTTP server for tests of clients."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """One request; `headers` are by lower-case name."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, object]
Handle = Callable[[Asked], Answer]


@dataclass
class WebService:
    """`url` has no slash at its end; `asked` are all requests so far."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def web_service(handle: Handle, tls: ssl.SSLContext | None = None) -> Iterator[WebService]:
    """Answers as `handle` says: with a status, and JSON, bytes as they are, or the target of a redirect."""
    service = WebService("")

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            service.asked.append(asked)
            status, content = handle(asked)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", str(content))
                content = b""
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _answer

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
