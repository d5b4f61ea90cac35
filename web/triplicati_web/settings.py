"""How the web server was set up."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def no_names() -> Collection[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """`allowed_hosts` gives the names of `allowed-hostnames` (``*`` for any) at each request, since the user
    may change them. `cors_origins`: pages of others that may use the API, as ``https://host:port``.
    `trusted_proxies`: whose word on the client's address, scheme, name and path prefix is taken.
    `base_path`: the prefix without any proxy, such as ``/backup``, or "". `legacy`: the protocol of Duplicati
    2.0. `pages`: the HTML pages (not with ``--webservice-api-only``); `static` is where they are.
    `face`: the folder of another page, served below ``/ngclient/``. `unavailable`: the operations
    (`Route.available`) that do not exist yet. `open_metrics`: ``/metrics`` without signing in.
    """

    allowed_hosts: Callable[[], Collection[str]] = no_names
    cors_origins: frozenset[str] = frozenset()
    trusted_proxies: tuple[Network, ...] = ()
    base_path: str = ""
    legacy: bool = True
    pages: bool = True
    static: Path = Path(__file__).parent / "static"
    face: Path | None = None
    unavailable: frozenset[str] = frozenset()
    open_metrics: bool = False
