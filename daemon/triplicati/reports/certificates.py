"""Which certificates of servers are accepted: those of known authorities, named ones, or any.

A named certificate is looked for in the handshake of the very connection that is then used: what does not fit
ends it before a byte of the message has gone.
"""

from __future__ import annotations

import hashlib
import re
import ssl

from triplicati.errors import InvalidValue
from triplicati.reports.kinds import separated

# By the number of hexadecimal digits.
_DIGESTS = {40: "sha1", 64: "sha256"}


def contexts(*, any_certificate: bool, hashes: str | None) -> list[ssl.SSLContext]:
    """To be tried in this order where a certificate is not accepted. Raises `InvalidValue` for a hash that is
    none."""
    if any_certificate:
        return [unverified()]
    named = fingerprints(hashes)
    return [verified(), _pinned(named)] if named else [verified()]


def fingerprints(text: str | None) -> frozenset[str]:
    """The SHA-1 and SHA-256 hashes of a list, in lower case without separators."""
    found = {re.sub(r"[\s:-]", "", part).lower() for part in separated(text, ";,")}
    for each in found:
        if len(each) not in _DIGESTS or re.search("[^0-9a-f]", each):
            raise InvalidValue(
                value=each,
                kind="hash of a certificate",
                reason="it has 40 or 64 hexadecimal digits",
            )
    return frozenset(found)


def verified() -> ssl.SSLContext:
    """With the authorities of this system, else those that httpx brings along."""
    context = ssl.create_default_context()
    known = ssl.get_default_verify_paths()
    if not (known.cafile or known.capath or context.get_ca_certs()):
        import certifi  # noqa: PLC0415 - seldom needed

        context.load_verify_locations(certifi.where())
    return context


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _pinned(named: frozenset[str]) -> ssl.SSLContext:
    class Checked(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            certificate = self.getpeercert(binary_form=True) or b""
            if not any(hashlib.new(name, certificate).hexdigest() in named for name in _DIGESTS.values()):
                raise ssl.SSLCertVerificationError("the hash of its certificate is not among those accepted")

    context = unverified()
    context.sslobject_class = Checked
    return context
