"""The cookie that keeps a browser signed in (spec/server.md 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate

from triplicati_web.caller import split_host

REFRESH_PATH = "/api/v1/auth/refresh"


def refresh_cookie(token: str, expires: float, *, host: str, scheme: str, prefix: str) -> str:
    """A `Set-Cookie` line. Its name has the port, for browsers share cookies among the ports of a machine."""
    name, port = split_host(host)
    parts = [
        f"RefreshToken_{port}={token}",
        f"Expires={formatdate(expires, usegmt=True)}",
        f"Path={prefix}{REFRESH_PATH}",
        "HttpOnly",
        "SameSite=Strict",
    ]
    if name:
        parts.append(f"Domain={name}")
    if scheme == "https":
        parts.append("Secure")
    return "; ".join(parts)


def refresh_token(cookies: Mapping[str, str], host: str) -> str:
    """"" where there is none."""
    return cookies.get(f"RefreshToken_{split_host(host)[1]}", "")
