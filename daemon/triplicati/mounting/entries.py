"""What the mounted tree is made of."""

from __future__ import annotations

import msgspec

from triplicati.index.rows import Row

_NANOSECONDS = 1_000_000_000


class Entry(msgspec.Struct, frozen=True):
    """One name in a folder. `size` in bytes, -1 for a folder; `modified` in Unix seconds; `digest` is the
    hash of a file's content, None where it is not known."""

    name: str
    folder: bool
    size: int
    modified: int
    digest: bytes | None = None

    @property
    def etag(self) -> str:
        """In its quotes, "" for none. The same content has the same one in each version."""
        return "" if self.digest is None else f'"{self.digest.hex()}"'


class FolderNode(msgspec.Struct, frozen=True):
    """`version` is the id of a fileset, None for the folder of all versions; `path` the stored folder, with
    its separator at the end, "" for the top of a version."""

    entry: Entry
    version: int | None
    path: str


class FileNode(msgspec.Struct, frozen=True):
    entry: Entry
    version: int
    row: Row


Node = FolderNode | FileNode


def seconds(nanoseconds: int, unknown: int) -> int:
    """Of a time in a row; `unknown` stands in for one that was not recorded."""
    return nanoseconds // _NANOSECONDS if nanoseconds else unknown
