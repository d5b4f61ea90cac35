"""Signing in with a name and a password in each request (RFC 7617)."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections import OrderedDict

from werkzeug.datastructures import Headers

from triplicati.values.secrets import Secret
from triplicati_web.mount.exchange import Exchange

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Triplicati", charset="UTF-8"'}
_MOST_KNOWN = 1000


def given_basic(headers: Headers) -> tuple[str, Secret] | None:
    """Name and password; None where there is nothing that could be both."""
    scheme, _, value = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, Secret(password)) if colon else None


async def ask_to_sign_in(exchange: Exchange) -> None:
    await exchange.answer(401, "Sign in to see the backups.\n", headers=_CHALLENGE)


class KnownConnections:
    """Those that have signed in, so that each of their requests need not wait for its turn, nor cost what
    checking a password costs. On another connection everybody is a stranger again."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def has(self, exchange: Exchange, *texts: str) -> bool:
        """Whether it signed in with just these."""
        client = exchange.client
        kept = self._known.get(client) if client is not None else None
        return kept is not None and hmac.compare_digest(kept, self._mark(texts))

    def add(self, exchange: Exchange, *texts: str) -> None:
        if exchange.client is not None:
            self._known[exchange.client] = self._mark(texts)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)

    def _mark(self, texts: tuple[str, ...]) -> bytes:
        return hmac.digest(self._key, "\0".join(texts).encode(), "sha256")
