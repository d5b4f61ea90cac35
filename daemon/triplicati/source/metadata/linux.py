"""Metadata on Linux: the common Unix part with the extended attributes of the os module."""

from __future__ import annotations

import os
import sys

from triplicati.formats.attributes import Caller
from triplicati.formats.metadata import Kind, Metadata
from triplicati.source.metadata import unix
from triplicati.source.metadata.unix import current_caller

assert sys.platform == "linux"

__all__ = ["apply", "capture", "current_caller", "xattr_names"]


def capture(
    path: bytes | str,
    kind: Kind,
    stat: os.stat_result,
    caller: Caller,
    *,
    fd: int | None = None,
    raw_name: bytes | None = None,
) -> tuple[bytes, list[str]]:
    """Returns the metadata blob of a path and a warning for each part that could not be read.

    ``stat`` is the lstat of the path; ``fd``, when the file is open anyway, saves a path lookup; ``raw_name``
    is given when the name is stored escaped. Format: spec/format.md 6.2.
    """
    return unix.capture(
        path, kind, stat, caller, fd=fd, raw_name=raw_name, list_xattrs=_list_xattrs, get_xattr=_get_xattr
    )


def apply(
    path: bytes | str,
    kind: Kind,
    metadata: Metadata,
    *,
    permissions: bool,
    symlink_metadata: bool = False,
) -> list[str]:
    """Gives an existing path its metadata and returns a warning for each part that failed.

    Owner and mode only with ``permissions``; nothing at all on a link without ``symlink_metadata``. The
    creation time is never applied (trap 22), nor setuid, setgid and sticky bits, as in Duplicati
    (spec/format.md 11.6). Call it for folders after everything inside is done.
    """
    return unix.apply(
        path,
        kind,
        metadata,
        permissions=permissions,
        symlink_metadata=symlink_metadata,
        get_xattr=_get_xattr,
        set_xattr=_set_xattr,
    )


def xattr_names(path: str) -> list[str]:
    """The names of the extended attributes of a file or folder. Raises `OSError`."""
    return os.listxattr(path)


def _list_xattrs(path: bytes | str | int) -> list[str]:
    # An open file cannot be a link, and the call refuses the flag for it.
    return os.listxattr(path) if isinstance(path, int) else os.listxattr(path, follow_symlinks=False)


def _get_xattr(path: bytes | str | int, name: str) -> bytes:
    if isinstance(path, int):
        return os.getxattr(path, name)
    return os.getxattr(path, name, follow_symlinks=False)


def _set_xattr(path: bytes | str, name: str, value: bytes) -> None:
    os.setxattr(path, name, value, follow_symlinks=False)
