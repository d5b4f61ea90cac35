"""All options of the server by name."""

from __future__ import annotations

from triplicati.options.declarations import Option
from triplicati.options.server.general import DATABASE, GENERAL, LOG
from triplicati.options.server.web import TLS, TOKENS, WEB

TOPICS: dict[str, tuple[Option, ...]] = {
    "General": GENERAL,
    "Web server": WEB,
    "TLS": TLS,
    "Signing in": TOKENS,
    "Database": DATABASE,
    "Log": LOG,
}
SERVER_OPTIONS: dict[str, Option] = {option.name: option for topic in TOPICS.values() for option in topic}
_ALIASES = {alias: option.name for option in SERVER_OPTIONS.values() for alias in option.aliases}


def server_name(name: str) -> str:
    """The declared name for an alias; any other name unchanged."""
    return _ALIASES.get(name, name)
