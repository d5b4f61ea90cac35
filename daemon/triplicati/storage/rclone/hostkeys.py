"""Which host keys of an SSH server are trusted: by a fingerprint, or by the user's own known_hosts."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

_HEX = re.compile(r"(?:MD5:)?((?:[0-9a-f]{2}:){15}[0-9a-f]{2}|[0-9a-f]{32})", re.IGNORECASE)
_SHA256 = re.compile(r"(?:SHA256:)?([A-Za-z0-9+/_-]{43})=?", re.IGNORECASE)
_RSA = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
# What is asked for, the best first.
KEY_KINDS = (
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa", "ssh-dss",
)  # fmt: skip
_BITS = {
    "ssh-ed25519": 256, "ecdsa-sha2-nistp256": 256, "ecdsa-sha2-nistp384": 384, "ecdsa-sha2-nistp521": 521,
}  # fmt: skip


class HostKey(msgspec.Struct, frozen=True):
    """`kind` as ``ssh-ed25519``; `blob` as it goes over the line (RFC 4253 6.6)."""

    kind: str
    blob: bytes

    @property
    def line(self) -> str:
        """As in a known_hosts file, without the host."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """In the form that `--ssh-fingerprint` takes."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")
        return f"{self.kind} {self._bits} SHA256:{digest}"

    @property
    def _bits(self) -> int:
        if self.kind in _BITS:
            return _BITS[self.kind]
        fields = list(_fields(self.blob))  # ssh-rsa: name, exponent, modulus
        return int.from_bytes(fields[2], "big").bit_length() if len(fields) > 2 else 0

    def fits(self, fingerprint: str) -> bool:
        """`fingerprint` with or without kind and length before it, its digest MD5 in hexadecimal digits (as
        Duplicati shows it) or SHA256 in base 64 (as ssh shows it)."""
        *before, digest = fingerprint.split() or [""]
        wanted = kind_of_name(before[0]) if before else self.kind
        if wanted not in (self.kind, "") and wanted in KEY_KINDS:
            return False
        if found := _HEX.fullmatch(digest):
            given = bytes.fromhex(found[1].replace(":", ""))
            return hmac.compare_digest(given, hashlib.md5(self.blob, usedforsecurity=False).digest())
        if found := _SHA256.fullmatch(digest):
            text = found[1].replace("-", "+").replace("_", "/")
            return hmac.compare_digest(base64.b64decode(text + "="), hashlib.sha256(self.blob).digest())
        return False


class Known(msgspec.Struct, frozen=True):
    """What known_hosts files say of one server."""

    trusted: tuple[HostKey, ...] = ()
    revoked: tuple[HostKey, ...] = ()


def algorithms_of(kind: str) -> tuple[str, ...]:
    """Under which names a server offers keys of a kind."""
    return _RSA if kind == "ssh-rsa" else (kind,)


def kind_of_name(algorithm: str) -> str:
    """The kind of key of an algorithm; ssh clients name either one in a fingerprint."""
    return "ssh-rsa" if algorithm in _RSA else algorithm


def kinds_in(fingerprints: Iterable[str]) -> tuple[str, ...]:
    """The kinds that can fit; all of them where a fingerprint does not say."""
    named = [kind_of_name(text.split()[0]) if len(text.split()) > 1 else "" for text in fingerprints]
    if named and all(kind in KEY_KINDS for kind in named):
        return tuple(kind for kind in KEY_KINDS if kind in named)
    return KEY_KINDS


def well_formed(fingerprint: str) -> bool:
    digest = (fingerprint.split() or [""])[-1]
    return bool(_HEX.fullmatch(digest) or _SHA256.fullmatch(digest))


def known_keys(files: Iterable[Path], host: str, port: int) -> Known:
    """Files that are not there know nothing. Keys of authorities (@cert-authority) are left out."""
    name = host if port == 22 else f"[{host}]:{port}"
    trusted: list[HostKey] = []
    revoked: list[HostKey] = []
    for file in files:
        try:
            text = file.read_text("utf-8", "replace")
        except OSError:
            continue
        for line in text.splitlines():
            marker, names, key = _known_line(line)
            if key is None or not _names(names, name):
                continue
            if marker == "":
                trusted.append(key)
            elif marker == "@revoked":
                revoked.append(key)
    return Known(tuple(trusted), tuple(revoked))


def _known_line(line: str) -> tuple[str, str, HostKey | None]:
    fields = line.split()
    marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
    if len(fields) < 3 or fields[0].startswith("#") or fields[1] not in KEY_KINDS:
        return marker, "", None
    try:
        return marker, fields[0], HostKey(fields[1], base64.b64decode(fields[2], validate=True))
    except binascii.Error:
        return marker, "", None


def _names(patterns: str, name: str) -> bool:
    if patterns.startswith("|1|"):
        return _hashed(patterns, name)
    each = [pattern.strip() for pattern in patterns.split(",")]
    if any(pattern.startswith("!") and _like(pattern[1:], name) for pattern in each):
        return False
    return any(_like(pattern, name) for pattern in each)


def _like(pattern: str, name: str) -> bool:
    # Brackets are a part of the name, not of the pattern.
    return fnmatch.fnmatchcase(name.lower(), pattern.lower().replace("[", "[[]"))


def _hashed(text: str, name: str) -> bool:
    try:
        _, _, salt, digest = text.split("|")
        wanted = base64.b64decode(digest, validate=True)
        return hmac.compare_digest(hmac.digest(base64.b64decode(salt), name.encode(), "sha1"), wanted)
    except (ValueError, binascii.Error):
        return False


def _fields(blob: bytes) -> Iterable[bytes]:
    at = 0
    while at + 4 <= len(blob):
        length = int.from_bytes(blob[at : at + 4], "big")
        yield blob[at + 4 : at + 4 + length]
        at += 4 + length
