"""Between the names of entries in a zip and digests."""

from __future__ import annotations

import base64
import binascii


def digest_of_entry(name: str) -> bytes:
    """The raw digest that an entry is named by, b"" for a name that is none."""
    try:
        return base64.b64decode(name, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
