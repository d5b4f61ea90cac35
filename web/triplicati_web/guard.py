"""What a request must fulfil before anything looks at it: the name we are called by, and the page it is from.

A browser sends requests for any page it shows. The name keeps out pages whose own name was pointed at this
machine (DNS rebinding), the origin those that simply send requests here. Rules: spec/server.md 1.3.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from triplicati.errors import InvalidHostname, OriginRefused
from triplicati_web.caller import Caller, split_host
from triplicati_web.settings import WebSettings

_OWN_NAMES = ("localhost", "localhost.localdomain")
_SAFE = ("GET", "HEAD", "OPTIONS")
_OPEN = ("/health",)
# Static pages are shown by any name: they hold nothing, and say what is wrong better than a bare error.
_GUARDED = ("/api/", "/notifications", "/metrics", "/login.cgi", "/logout.cgi")


def check_host(caller: Caller, path: str, allowed: Collection[str]) -> None:
    """Raises `InvalidHostname`. Asked for every websocket whatever its path, and for HTTP by path."""
    if not path.startswith(_GUARDED) or path in _OPEN:
        return
    check_name(caller, allowed)


def check_name(caller: Caller, allowed: Collection[str]) -> None:
    """Raises `InvalidHostname`."""
    name = caller.name
    if not name:
        raise InvalidHostname(name=_shown(caller.host))
    if name in _OWN_NAMES or _is_address(name) or "*" in allowed:
        return
    if name.rstrip(".") not in {each.strip().lower() for each in allowed}:
        raise InvalidHostname(name=_shown(name))


def check_origin(caller: Caller, method: str, origin: str | None, settings: WebSettings) -> None:
    """Raises `OriginRefused` for a request that may change something and comes from a page of others. What is
    no browser sends no origin."""
    if method not in _SAFE:
        check_page(caller, origin, settings)


def check_page(caller: Caller, origin: str | None, settings: WebSettings) -> None:
    """Raises `OriginRefused`. Websockets are always asked, for browsers let any page open them."""
    if origin is None or is_cors(origin, settings):
        return
    try:
        page = urlsplit(origin)
    except ValueError:
        raise OriginRefused(origin="...") from None
    if page.scheme in ("http", "https") and page.netloc:
        if page.netloc.lower() == caller.host.lower():
            return
        # A proxy that keeps our own name in the Host header: the user listed the name it is reached by.
        name = split_host(page.netloc)[0]
        if name and name in {each.strip().lower() for each in settings.allowed_hosts()}:
            return
    raise OriginRefused(origin=_shown(origin))


def is_cors(origin: str, settings: WebSettings) -> bool:
    return origin.lower() in {each.lower().rstrip("/") for each in settings.cors_origins}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _shown(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)[:255]
