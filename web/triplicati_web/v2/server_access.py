"""How the server is reached and where it keeps things; these routes are ours."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import trio

from triplicati.config.server_certificates import authority_pem, certificate_facts
from triplicati.errors import CertificateUnusable, TextNotFound
from triplicati.messages.api_envelope import Envelope
from triplicati.runner.daemon import Daemon
from triplicati_web.routing import Call, Reply, Route

_TAG = "settings"
_FILE = "triplicati-authority.pem"


class Certificate(msgspec.Struct, frozen=True):
    """`own`: made and renewed by this server. `sha256`: the fingerprint in hexadecimal digits."""

    names: tuple[str, ...] = msgspec.field(name="Names")
    expires: datetime = msgspec.field(name="Expires")
    sha256: str = msgspec.field(name="SHA256")
    own: bool = msgspec.field(name="Own")


class Access(msgspec.Struct, frozen=True, rename="pascal"):
    """`certificate` is that of the settings, None without one that can be read; the next start takes it up.
    `has_authority`: the one that vouches for our own certificates can be downloaded."""

    certificate: Certificate | None
    has_authority: bool
    data_folder: str


async def access(call: Call) -> Envelope[Access]:
    daemon: Daemon = call.daemon
    settings = await daemon.store.settings()

    def look() -> Access:
        folder = str(daemon.settings.folder.path)
        return Access(_certificate(settings), bool(authority_pem(settings)), folder)

    return Envelope(await trio.to_thread.run_sync(look))


async def authority(call: Call) -> Reply:
    """Raises `TextNotFound` where the server has never made a certificate."""
    daemon: Daemon = call.daemon
    text = authority_pem(await daemon.store.settings())
    if not text:
        raise TextNotFound(kind="certificate authority")
    headers = {"Content-Disposition": f'attachment; filename="{_FILE}"'}
    return Reply(content=text.encode(), content_type="application/x-pem-file", headers=headers)


def _certificate(settings: dict[str, str]) -> Certificate | None:
    try:
        found = certificate_facts(settings)
    except CertificateUnusable:
        return None
    if found is None:
        return None
    return Certificate(found.names, datetime.fromtimestamp(found.not_after, UTC), found.sha256, found.own)


ROUTES = (
    Route(
        "GET",
        "/api/v2/server/access",
        access,
        "The certificate of the server, and its data folder",
        _TAG,
        answer=Envelope[Access],
    ),
    Route(
        "GET",
        "/api/v2/server/authority",
        authority,
        "The certificate authority of this server, to be trusted by browsers",
        _TAG,
    ),
)
