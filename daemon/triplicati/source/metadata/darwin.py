"""Metadata on macOS: the common Unix part with the extended attributes of the C library.

Python offers no extended attributes on macOS. File flags and access lists are not kept.
"""

from __future__ import annotations

import ctypes
import os
from functools import lru_cache

from triplicati.formats.attributes import Caller
from triplicati.formats.metadata import Kind, Metadata
from triplicati.source.metadata import unix
from triplicati.source.metadata.unix import current_caller

__all__ = ["apply", "capture", "current_caller", "xattr_names"]

_NO_FOLLOW = 1


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
    # The calls below want a path; an open file is of no use to them.
    del fd
    return unix.capture(
        path, kind, stat, caller, fd=None, raw_name=raw_name, list_xattrs=_list_xattrs, get_xattr=_get_xattr
    )


def apply(
    path: bytes | str,
    kind: Kind,
    metadata: Metadata,
    *,
    permissions: bool,
    symlink_metadata: bool = False,
) -> list[str]:
    """Gives an existing path its metadata and returns a warning for each part that failed."""
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
    return _list_xattrs(path)


def split_names(listing: bytes) -> list[str]:
    """Returns the names in what listxattr(2) fills in: each ends in a NUL."""
    return [os.fsdecode(name) for name in listing.split(b"\0") if name]


def _list_xattrs(path: bytes | str | int) -> list[str]:
    where = _bytes(path)
    size = _checked(_library().listxattr(where, None, ctypes.c_size_t(0), _NO_FOLLOW))
    buffer = ctypes.create_string_buffer(size)
    size = _checked(_library().listxattr(where, buffer, ctypes.c_size_t(size), _NO_FOLLOW))
    return split_names(buffer.raw[:size])


def _get_xattr(path: bytes | str | int, name: str) -> bytes:
    where, key = _bytes(path), os.fsencode(name)
    size = _checked(_library().getxattr(where, key, None, ctypes.c_size_t(0), 0, _NO_FOLLOW))
    buffer = ctypes.create_string_buffer(size)
    size = _checked(_library().getxattr(where, key, buffer, ctypes.c_size_t(size), 0, _NO_FOLLOW))
    return buffer.raw[:size]


def _set_xattr(path: bytes | str, name: str, value: bytes) -> None:
    size = ctypes.c_size_t(len(value))
    _checked(_library().setxattr(_bytes(path), os.fsencode(name), value, size, 0, _NO_FOLLOW))


def _bytes(path: bytes | str | int) -> bytes:
    assert not isinstance(path, int)
    return os.fsencode(path)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.listxattr.restype = ctypes.c_ssize_t
    library.getxattr.restype = ctypes.c_ssize_t
    return library
