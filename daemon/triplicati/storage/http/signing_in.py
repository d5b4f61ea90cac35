"""Name and password in a request: as they are (Basic, RFC 7617), or not shown (Digest, RFC 7616)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

import msgspec

from triplicati.storage.kind_options import Login

_PARAMETER = re.compile(r'([a-zA-Z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_HASHES = {"md5": "md5", "sha-256": "sha256", "sha-512-256": "sha512_256"}


class _Challenge(msgspec.Struct, frozen=True):
    realm: str
    nonce: str
    opaque: str
    algorithm: str
    qop: bool


class SigningIn:
    """`digest_only` never shows the password."""

    def __init__(self, login: Login, *, digest_only: bool = False) -> None:
        self._login = login
        self._digest_only = digest_only
        self._challenge: _Challenge | None = None
        self._count = 0

    @property
    def wants_challenge(self) -> bool:
        """Whether a request now would be without any proof."""
        return bool(self._login.user) and self._digest_only and self._challenge is None

    def headers(self, method: str, target: str) -> tuple[tuple[str, str], ...]:
        if not self._login.user:
            return ()
        if self._challenge is not None:
            return (("Authorization", self._digest(self._challenge, method, target)),)
        if self._digest_only:
            return ()
        pair = f"{self._login.user}:{self._login.revealed}".encode()
        return (("Authorization", f"Basic {base64.b64encode(pair).decode()}"),)

    def challenged(self, challenges: tuple[str, ...]) -> bool:
        """Whether it is worth asking again, now with an answer to what the server wants to know."""
        found = next((each for text in challenges if (each := _digest_in(text)) is not None), None)
        if found is None or not self._login.user:
            return False
        known = self._challenge
        self._challenge, self._count = found, 0
        return known is None or known.nonce != found.nonce

    def _digest(self, challenge: _Challenge, method: str, target: str) -> str:
        self._count += 1
        count, ours = f"{self._count:08x}", secrets.token_hex(8)
        mine = _hashed(challenge, f"{self._login.user}:{challenge.realm}:{self._login.revealed}")
        if challenge.algorithm.lower().endswith("-sess"):
            mine = _hashed(challenge, f"{mine}:{challenge.nonce}:{ours}")
        wanted = _hashed(challenge, f"{method}:{target}")
        middle = f"{challenge.nonce}:{count}:{ours}:auth" if challenge.qop else challenge.nonce
        fields = {
            "username": self._login.user, "realm": challenge.realm, "nonce": challenge.nonce, "uri": target,
            "response": _hashed(challenge, f"{mine}:{middle}:{wanted}"),
        }  # fmt: skip
        if challenge.opaque:
            fields["opaque"] = challenge.opaque
        quoted = ", ".join(f'{name}="{_escaped(value)}"' for name, value in fields.items())
        qop = f', qop=auth, nc={count}, cnonce="{ours}"' if challenge.qop else ""
        named = f", algorithm={challenge.algorithm}" if challenge.algorithm else ""
        return f"Digest {quoted}{named}{qop}"


def _digest_in(text: str) -> _Challenge | None:
    scheme, _, rest = text.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    found = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain
        for name, quoted, plain in _PARAMETER.findall(rest)
    }
    algorithm = found.get("algorithm", "")
    kinds = [kind.strip().lower() for kind in found.get("qop", "").split(",")]
    if "nonce" not in found or (algorithm and algorithm.lower().removesuffix("-sess") not in _HASHES):
        return None
    return _Challenge(
        found.get("realm", ""), found["nonce"], found.get("opaque", ""), algorithm, "auth" in kinds
    )


def _hashed(challenge: _Challenge, text: str) -> str:
    kind = _HASHES[challenge.algorithm.lower().removesuffix("-sess") or "md5"]
    return hashlib.new(kind, text.encode(), usedforsecurity=False).hexdigest()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
