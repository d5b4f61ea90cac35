"""Certificates that are accepted whoever signed them (``--accept-specified-ssl-hash``)."""

from __future__ import annotations

import hashlib
import socket
import ssl

import trio

from triplicati.errors import DestinationUnknown, DestinationUnreachable, DestinationUntrusted
from triplicati.storage.http.server import reason_of
from triplicati.storage.kind_options import KindOptions

# How TLS begins: at once, or after a word in the clear.
FTPS_WHOLE = ""
FTPS_START = "AUTH TLS"
_SECONDS = 20
_LONGEST = 1 << 16


async def agreed_certificate(given: KindOptions, host: str, port: int, start: str = FTPS_WHOLE) -> bool:
    """Whether rclone need not check the server's certificate: any is accepted, or it is one whose hash was
    given.

    Raises `DestinationUntrusted`, `DestinationUnknown` and `DestinationUnreachable`.
    """
    if given.boolean("accept-any-ssl-certificate"):
        return True
    accepted = given.certificate_hashes()
    if not accepted:
        return False
    found = await certificate(host, port, start)
    digests = {
        hashlib.new(kind, found, usedforsecurity=False).hexdigest() for kind in ("sha1", "sha256", "md5")
    }
    if digests & accepted:
        return True
    reason = f"its certificate has the hash {hashlib.sha256(found).hexdigest()}, which was not given"
    advice = "If this is the server's own certificate, accept it with --accept-specified-ssl-hash."
    raise DestinationUntrusted(host=f"{host}:{port}", reason=reason, advice=advice)


async def certificate(host: str, port: int, start: str = FTPS_WHOLE) -> bytes:
    """The server's certificate (DER), whoever signed it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
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


async def _begin(stream: trio.SocketStream, start: str) -> None:
    await _answer(stream)  # the greeting
    await stream.send_all(f"{start}\r\n".encode())
    await _answer(stream)


async def _answer(stream: trio.SocketStream) -> None:
    """Reads an answer of FTP, which may have many lines (RFC 959 4.2)."""
    data = b""
    while len(data) < _LONGEST:
        got = await stream.receive_some()
        if not got:
            raise trio.BrokenResourceError
        data += got
        last = data.rstrip(b"\r\n").rpartition(b"\n")[2]
        if data.endswith(b"\n") and last[:3].isdigit() and last[3:4] == b" ":
            return
