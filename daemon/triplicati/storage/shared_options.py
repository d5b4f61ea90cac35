"""Options that many kinds of destination read, for their own lists (spec/cli.md 5.2)."""

from __future__ import annotations

from triplicati.options.declarations import Option
from triplicati.options.registry import REGISTRY


def _named(*names: str) -> tuple[Option, ...]:
    return tuple(REGISTRY[name] for name in names)


LOGIN = _named("auth-username", "auth-password")
TOKEN = _named("authid", "oauth-url")
SECURE = _named("use-ssl")
CERTIFICATES = _named("accept-any-ssl-certificate", "accept-specified-ssl-hash")
TIMEOUTS = _named("short-timeout", "list-timeout", "read-write-timeout")
