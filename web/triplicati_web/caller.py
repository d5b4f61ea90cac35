"""Who calls, and by which name, seen through the proxies that are trusted."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from werkzeug.datastructures import Headers

from triplicati_web.settings import Network, WebSettings

_PREFIX_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")


@dataclass(frozen=True)
class Caller:
    """`address` is "" behind a unix socket; `host` with the port as the client wrote it; `prefix` begins with
    a slash and does not end with one, or is ""; `face_prefix` is the same for the page below ``/ngclient/``
    alone, where a proxy puts that elsewhere."""

    address: str
    host: str
    scheme: str
    prefix: str
    face_prefix: str = ""

    @property
    def name(self) -> str:
        """The host without its port; an IPv6 address keeps its brackets."""
        return split_host(self.host)[0]

    @property
    def port(self) -> int:
        return split_host(self.host)[1]


def caller_of(peer: str, scheme: str, headers: Headers, settings: WebSettings) -> Caller:
    """`peer` is the other end of the connection, `scheme` http, https, ws or wss."""
    secure = "https" if scheme in ("https", "wss") else "http"
    direct = Caller(peer, headers.get("Host", ""), secure, settings.base_path.rstrip("/"))
    if not _is_trusted(peer, settings.trusted_proxies):
        return direct
    forwarded = headers.get("X-Forwarded-Proto", "").lower()
    prefix = headers.get("X-Forwarded-Prefix") or headers.get("X-Forwarded-Prefix-Alt") or direct.prefix
    return Caller(
        address=_client(headers.get("X-Forwarded-For", ""), settings.trusted_proxies) or peer,
        host=_last(headers.get("X-Forwarded-Host", "")) or direct.host,
        scheme=forwarded if forwarded in ("http", "https") else secure,
        prefix=_clean_prefix(prefix),
        face_prefix=_clean_prefix(headers.get("X-Forwarded-Prefix-Ngclient", "")),
    )


def split_host(host: str) -> tuple[str, int]:
    """Name and port of a Host header; the port is 0 where it has none, the name "" where it is malformed."""
    name, colon, port = host.rpartition(":")
    if not colon or "]" in port:
        name, port = host, ""
    if port and not (port.isascii() and port.isdigit() and int(port) < 65536):
        return "", 0
    bracketed = name.startswith("[") and name.endswith("]")
    if not bracketed and any(each in name for each in ":[]@/\\ "):
        return "", 0
    return name.lower(), int(port or 0)


def _is_trusted(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return any((mapped or ip) in each for each in networks)


def _client(forwarded: str, networks: tuple[Network, ...]) -> str:
    """The last address that no proxy of ours added; what stands before it anybody may have written."""
    for each in reversed([part.strip().strip("[]") for part in forwarded.split(",")]):
        try:
            ipaddress.ip_address(each)
        except ValueError:
            return ""
        if not _is_trusted(each, networks):
            return each
    return ""


def _last(value: str) -> str:
    return value.rpartition(",")[2].strip()


def _clean_prefix(prefix: str) -> str:
    """"" for what is no path: it goes into cookies and pages."""
    trimmed = prefix.strip().rstrip("/")
    usable = trimmed.startswith("/") and "//" not in trimmed and set(trimmed) <= _PREFIX_CHARACTERS
    return trimmed if usable else ""
