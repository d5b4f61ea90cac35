"""Which certificates of a server are accepted beside those that the machine trusts (spec/cli.md 5.2)."""

from __future__ import annotations

import hashlib
import socket
import ssl

import msgspec

from triplicati.errors import DestinationOptionUnusable, DestinationUnknown, DestinationUnreachable
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.objects.failures import Where


class Trust(msgspec.Struct, frozen=True):
    """`hashes` are SHA-1 or SHA-256, in hex."""

    any: bool = False
    hashes: frozenset[str] = frozenset()


def trust_of(options: KindOptions) -> Trust:
    return Trust(options.boolean("accept-any-ssl-certificate"), options.certificate_hashes())


def accepted_certificate(host: str, port: int, trust: Trust, timeout: float, where: Where) -> str:
    """The server's certificate as PEM where its hash is among the accepted, "" where it is not.

    It is made an authority of the connections that follow, and so each of them is held against it: a server
    that shows it here and another one later is found out. This cannot be done with a certificate that may
    sign others; for that `DestinationOptionUnusable` is raised. Raises `DestinationUnknown` and
    `DestinationUnreachable`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        plain = socket.create_connection((host, port), timeout=timeout or None)
        with context.wrap_socket(plain, server_hostname=host) as line:
            shown = line.getpeercert(binary_form=True) or b""
    except socket.gaierror as error:
        raise DestinationUnknown(host=where.host, reason=error.strerror) from None
    except OSError as error:
        raise DestinationUnreachable(host=where.host, reason=error.strerror or "no answer") from None
    if trust.hashes.isdisjoint({hashlib.sha1(shown).hexdigest(), hashlib.sha256(shown).hexdigest()}):
        return ""
    if not _ends_a_chain_of_one(shown):
        reason = (
            f"the certificate of {where.host} has this hash, but for object stores only one that is signed "
            "by itself and may not sign others can be accepted by its hash. Add it, or the authority that "
            "signed it, to the certificates that this machine trusts"
        )
        raise DestinationOptionUnusable(option="accept-specified-ssl-hash", reason=reason)
    return ssl.DER_cert_to_PEM_cert(shown)


def _ends_a_chain_of_one(der: bytes) -> bool:
    from cryptography import x509  # noqa: PLC0415 - slow to import

    certificate = x509.load_der_x509_certificate(der)
    try:
        signs = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        signs = False
    return certificate.issuer == certificate.subject and not signs
