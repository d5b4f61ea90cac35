"""Metadata on Windows: attributes, times and link targets. Access rules are not kept."""

from __future__ import annotations

import ctypes
import os
import sys

from triplicati.formats.attributes import Caller, settable_bits
from triplicati.formats.metadata import Kind, Metadata, encode_windows_metadata

assert sys.platform == "win32"

__all__ = ["apply", "capture", "current_caller", "xattr_names"]


def current_caller() -> Caller:
    """Returns a caller like any other: on Windows the attributes do not depend on it."""
    return Caller(0, 0, frozenset(), "net")


def capture(
    path: bytes | str,
    kind: Kind,
    stat: os.stat_result,
    caller: Caller,
    *,
    fd: int | None = None,
    raw_name: bytes | None = None,
) -> tuple[bytes, list[str]]:
    """Returns the metadata blob of a path and a warning for each part that could not be read."""
    del caller, fd, raw_name
    warnings: list[str] = []
    blob = encode_windows_metadata(
        attributes=stat.st_file_attributes,
        mtime_ns=stat.st_mtime_ns,
        # A field of its own from Python 3.12.
        created_ns=getattr(stat, "st_birthtime_ns", stat.st_ctime_ns),
        link_target=_read_target(os.fsdecode(path), warnings) if kind == "symlink" else None,
    )
    return blob, warnings


def apply(
    path: bytes | str,
    kind: Kind,
    metadata: Metadata,
    *,
    permissions: bool,
    symlink_metadata: bool = False,
) -> list[str]:
    """Gives an existing path its time and attributes and returns a warning for each part that failed."""
    del permissions
    if kind == "symlink" and not symlink_metadata:
        return []
    text = os.fsdecode(path)
    warnings: list[str] = []
    if metadata.mtime_ns is not None:
        try:
            os.utime(text, ns=(os.lstat(text).st_atime_ns, metadata.mtime_ns))
        except (OSError, OverflowError) as error:
            warnings.append(f"Could not set the time of {text}: {error}")
    # A read-only file takes no new time, so the attributes come last.
    if metadata.attributes:
        bits = settable_bits(metadata.attributes)
        if not ctypes.windll.kernel32.SetFileAttributesW(text, bits):
            warnings.append(f"Could not set the attributes of {text}: {ctypes.FormatError()}")
    return warnings


def xattr_names(path: str) -> list[str]:
    """None: there are no such attributes."""
    del path
    return []


def _read_target(path: str, warnings: list[str]) -> str | None:
    try:
        return os.readlink(path)
    except OSError as error:
        warnings.append(f"Could not read the target of the link {path}: {error}")
        return None
