"""Certificates that are accepted whoever signed them (``--accept-specified-ssl-hash``)."""

from __future__ import annotations

import hashlib
import socket
import ssl
import sys
from contextlib import suppress

import msgspec
import trio

from triplicati.errors import DestinationUnknown, DestinationUnreachable, DestinationUntrusted
from triplicati.storage.http.server import reason_of
from triplicati.storage.kind_options import KindOptions

# How TLS begins: at once, or after a word in the clear.
FTPS_WHOLE = ""
FTPS_START = "AUTH TLS"
_SECONDS = 20
# Where programs in Go, as rclone, ask the system itself.
_OWN_ROOTS = ("win32", "darwin", "ios")
_LONGEST = 1 << 16


class Agreed(msgspec.Struct, frozen=True):
    """How rclone is to check the certificate of a server: not at all if `unchecked`, against `root` (PEM)
    alone if that is not empty, and else against what this machine trusts."""

    unchecked: bool = False
    root: str = ""


async def agreed_certificate(
    given: KindOptions, host: str, port: int, start: str = FTPS_WHOLE
) -> Agreed:
    """One whose hash was given is the root of the connections that follow, so that each of them is held
    against it: who shows it here and another one later is found out. Where it is not valid for the host, or
    no longer, or the system takes no root from us, nothing is left but to look once.

    Raises `DestinationUntrusted`, `DestinationUnknown` and `DestinationUnreachable`.
    """
    if given.boolean("accept-any-ssl-certificate"):
        return Agreed(unchecked=True)
    accepted = given.certificate_hashes()
    if not accepted:
        return Agreed()
    found = await certificate(host, port, start)
    digests = {
        hashlib.new(kind, found, usedforsecurity=False).hexdigest() for kind in ("sha1", "sha256", "md5")
    }
    if digests & accepted:
        root = ssl.DER_cert_to_PEM_cert(found)
        holds = sys.platform not in _OWN_ROOTS and await _holds(host, port, start, root)
        return Agreed(root=root) if holds else Agreed(unchecked=True)
    reason = f"its certificate has the hash {hashlib.sha256(found).hexdigest()}, which was not given"
    advice = "If this is the server's own certificate, accept it with --accept-specified-ssl-hash."
    raise DestinationUntrusted(host=f"{host}:{port}", reason=reason, advice=advice)


async def certificate(host: str, port: int, start: str = FTPS_WHOLE) -> bytes:
    """The server's certificate (DER), whoever signed it."""
    return await _shown(host, port, start, _unchecking())


async def _holds(host: str, port: int, start: str, root: str) -> bool:
    """Whether a connection that trusts this certificate alone is made."""
    context = ssl.create_default_context(cadata=root)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.hostname_checks_common_name = False  # as rclone
    try:
        await _shown(host, port, start, context)
    except DestinationUnreachable:
        return False
    return True


async def _shown(host: str, port: int, start: str, context: ssl.SSLContext) -> bytes:
    with trio.move_on_after(_SECONDS):
        try:
            stream = await trio.open_tcp_stream(host, port)
            async with stream:
                if start:
                    await _begin(stream, start)
                secured = trio.SSLStream(stream, context, server_hostname=host)
                await secured.do_handshake()
                found: bytes | None = secured.getpeercert(binary_form=True)
                return found or b""
        except socket.gaierror as error:
            raise DestinationUnknown(host=host, reason=error.strerror or "no such name") from error
        except (OSError, trio.BrokenResourceError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else "it does not speak TLS there"
            raise DestinationUnreachable(host=f"{host}:{port}", reason=reason) from error
    raise DestinationUnreachable(host=f"{host}:{port}", reason=f"no answer in {_SECONDS} seconds")


async def greeting(host: str, port: int, *, encrypted: bool) -> bytes:
    """What an FTP server says first, b"" where it does not; nothing is sent to it."""
    with trio.move_on_after(_SECONDS), suppress(OSError, trio.BrokenResourceError):
        stream: trio.abc.Stream = await trio.open_tcp_stream(host, port)
        try:
            if encrypted:
                stream = trio.SSLStream(stream, _unchecking(), server_hostname=host)
            return await _answer(stream)
        finally:
            await trio.aclose_forcefully(stream)
    return b""


def _unchecking() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _begin(stream: trio.SocketStream, start: str) -> None:
    await _answer(stream)  # the greeting
    await stream.send_all(f"{start}\r\n".encode())
    await _answer(stream)


async def _answer(stream: trio.abc.Stream) -> bytes:
    """An answer of FTP, which may have many lines (RFC 959 4.2)."""
    data = b""
    while len(data) < _LONGEST:
        got = await stream.receive_some()
        if not got:
            raise trio.BrokenResourceError
        data += got
        last = data.rstrip(b"\r\n").rpartition(b"\n")[2]
        if data.endswith(b"\n") and last[:3].isdigit() and last[3:4] == b" ":
            break
    return data
