"""Zip archives for tests, in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from triplicati.formats.zip_reader import ZipReader


def reader(archive: bytes) -> ZipReader:
    return ZipReader(lambda offset, size: archive[offset : offset + size], len(archive), "v")


def archive_of(entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """As the standard library writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()
