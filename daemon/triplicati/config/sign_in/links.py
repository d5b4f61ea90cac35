"""Sign-in tokens are good for one sign-in each."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict

from triplicati.config.sign_in.tokens import Claims
from triplicati.errors import TokenRefused

_KEPT = 1000


class Links:
    """Remembers, in memory, which sign-in tokens wait for their use and which were used.

    Ours have an id and end with the process. What `control` signs with our key has something random in it:
    of these the used ones are remembered until their time is over. Duplicati's programs sign some that are
    alike within a second and expect both to be taken; they are short-lived.
    """

    def __init__(self) -> None:
        self._unused: OrderedDict[str, float] = OrderedDict()
        self._used: OrderedDict[str, float] = OrderedDict()

    def issue(self, until: float, now: float) -> str:
        """An id to put into a token that is good until then (Unix seconds)."""
        id_ = secrets.token_hex(16)
        _keep(self._unused, id_, until, now)
        return id_

    def use(self, token: str, claims: Claims, now: float) -> None:
        """Raises `TokenRefused` where it was used before. The token's signature was checked already."""
        known = True
        if claims.id:
            known = self._unused.pop(claims.id, None) is not None
        elif claims.random:
            digest = hashlib.sha256(token.encode()).hexdigest()
            known = digest not in self._used
            _keep(self._used, digest, claims.expires + 60, now)
        if not known:
            raise TokenRefused(kind="sign-in link", reason="it was used")

    def withdraw(self) -> None:
        self._unused.clear()


def _keep(links: OrderedDict[str, float], key: str, until: float, now: float) -> None:
    for old in [each for each, end in links.items() if end < now]:
        del links[old]
    if len(links) >= _KEPT:
        links.popitem(last=False)
    links[key] = until
