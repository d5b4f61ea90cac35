"""Whom a client believes to be the server."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import trio

from triplicati.errors import InvalidValue, ServerNotTrusted, ServerUnreachable

Verify = bool | str | Path
_ANY = "*"
_HANDSHAKE = 15.0


def parse_fingerprint(text: str) -> str:
    """64 hex digits in lower case, of digits with or without colons. Raises `InvalidValue`."""
    digits = text.replace(":", "").replace(" ", "").lower()
    if len(digits) != 64 or not all(each in "0123456789abcdef" for each in digits):
        reason = "the SHA-256 of a certificate has 64 hex digits"
        raise InvalidValue(value=text, kind="certificate fingerprint", reason=reason)
    return digits


async def trust(url: str, host: str, port: int, verify: Verify, fingerprint: str | None) -> ssl.SSLContext:
    """`verify`: False for whoever answers, or the file of an authority. With `fingerprint` only the one
    certificate with that SHA-256 is accepted, whatever name and authority it has; "*" is any.

    Raises `ServerNotTrusted`, `ServerUnreachable`, `InvalidValue`.
    """
    if fingerprint and fingerprint != _ANY:
        return await _pinned(url, host, port, parse_fingerprint(fingerprint))
    if verify is False or fingerprint == _ANY:
        return _whoever()
    return ssl.create_default_context(cafile=None if verify is True else str(verify))


def untrusted(error: BaseException) -> str:
    """Why a certificate was refused, if that is what lies behind an error; else ""."""
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, ssl.SSLCertVerificationError):
            return behind.verify_message or "it cannot be verified"
        behind = behind.__cause__ or behind.__context__
    return ""


async def _pinned(url: str, host: str, port: int, fingerprint: str) -> ssl.SSLContext:
    """The certificate is fetched once, and then it is the only one that this context accepts: so that no
    secret is ever sent to another."""
    certificate = await _presented(url, host, port)
    found = hashlib.sha256(certificate).hexdigest()
    if found != fingerprint:
        raise ServerNotTrusted(url=url, reason=f"its SHA-256 is {found}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(certificate))
    return context


def _whoever() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _presented(url: str, host: str, port: int) -> bytes:
    try:
        with trio.fail_after(_HANDSHAKE):
            stream = await trio.open_ssl_over_tcp_stream(
                host, port, ssl_context=_whoever(), https_compatible=True
            )
            async with stream:
                await stream.do_handshake()
                found = stream.getpeercert(binary_form=True)
    except (OSError, trio.BrokenResourceError, trio.TooSlowError) as error:
        raise ServerUnreachable(url=url, reason=str(error) or "it does not speak TLS") from None
    if not isinstance(found, bytes):
        raise ServerUnreachable(url=url, reason="it shows no certificate")
    return found
