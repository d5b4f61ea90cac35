"""Where a server is, and how it is known to be the right one."""

from __future__ import annotations

import ssl

import httpx
import msgspec

from triplicati.client.tls import Verify, trust
from triplicati.errors import ServerUnreachable


class Server(msgspec.Struct, frozen=True):
    """Where it is; `url` without a slash at its end. `tls` makes a context for each use of it."""

    url: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    socket_tls: ssl.SSLContext | None

    @property
    def name(self) -> str:
        """As in a `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


async def find_server(url: str, verify: Verify = True, fingerprint: str | None = None) -> Server:
    """Raises `ServerUnreachable` for what is no address, and what `trust` raises."""
    try:
        parsed = httpx.URL(url if "://" in url else f"http://{url}")
    except httpx.InvalidURL as error:
        raise ServerUnreachable(url=url, reason=str(error)) from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ServerUnreachable(url=url, reason="the address must begin with http:// or https://")
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    plain = str(parsed.copy_with(username=None, password=None, query=None, fragment=None)).rstrip("/")
    if parsed.scheme == "http":
        return Server(plain, parsed.host, port, None, None)
    # A context learns what protocols it is to offer, so one cannot serve both uses.
    first = await trust(plain, parsed.host, port, verify, fingerprint)
    return Server(
        plain, parsed.host, port, first, await trust(plain, parsed.host, port, verify, fingerprint)
    )
