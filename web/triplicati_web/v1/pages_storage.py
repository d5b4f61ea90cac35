"""What pages keep for themselves, and the certificate that is replaced here too (spec/server.md 3.14)."""

from __future__ import annotations

import base64
import binascii

import trio

from triplicati.config.server_certificates import imported_bytes
from triplicati.errors import CertificateUnusable
from triplicati.messages.api_texts import CertificateBody
from triplicati.runner.daemon import Daemon
from triplicati.values.secrets import Secret
from triplicati_web.routing import Call, Route

_TAG = "settings"
_DEFAULT = "default"
_SOURCE = "that was sent"
Value = str | int | float | bool | None


async def schemes(call: Call) -> list[str]:
    daemon: Daemon = call.daemon
    return await daemon.store.ui_schemes()


async def read(call: Call) -> dict[str, str]:
    daemon: Daemon = call.daemon
    return await daemon.store.ui_values(call.path["scheme"])


async def change(call: Call) -> None:
    daemon: Daemon = call.daemon
    changes: dict[str, Value] = call.body
    texts = {name: None if value is None else str(value) for name, value in changes.items()}
    await daemon.store.set_ui_values(call.path.get("scheme", _DEFAULT), texts)


async def replace_certificate(call: Call) -> None:
    """It serves from the next start on, or as soon as the server looks at its settings."""
    daemon: Daemon = call.daemon
    body: CertificateBody = call.body
    try:
        content = base64.b64decode(body.certificate, validate=True)
    except (binascii.Error, ValueError):
        raise CertificateUnusable(source=_SOURCE, reason="it is not base64") from None
    password = Secret(body.password) if body.password else None
    settings = await trio.to_thread.run_sync(imported_bytes, content, password, _SOURCE)
    await daemon.store.set_settings(settings)


_ALL, _ONE = "/api/v1/uisettings", "/api/v1/uisettings/{scheme}"

ROUTES = (
    Route("GET", _ALL, schemes, "The schemes under which pages keep something", _TAG, answer=list[str]),
    Route("GET", _ONE, read, "What a page keeps", _TAG, answer=dict[str, str]),
    Route("PATCH", _ONE, change, "Keep something for a page", _TAG, body=dict[str, Value]),
    Route("PATCH", _ALL, change, "Keep something for a page", _TAG, body=dict[str, Value]),
    Route(
        "POST",
        _ALL,
        replace_certificate,
        "Replace the certificate of the server",
        _TAG,
        body=CertificateBody,
        aliases=("/api/v2/server/certificate",),
    ),
)
