"""Where recovered entries go, and that none gets out of there (spec/format.md 11.3, 11.4)."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path

from triplicati.engine.restore_targets import (
    FolderLook,
    as_bytes,
    free_name,
    is_same_file,
    relative_parts,
)
from triplicati.formats.kinds import FILE, FOLDER
from triplicati.index.rows import Row
from triplicati.source.names import name_bytes


class Places:
    """Below `target`, without the folders that all entries have in common (`prefix`). `stamp` is the time of
    the version, for the names of those whose own is taken."""

    def __init__(self, target: Path, prefix: str, stamp: int, file_hash: str, *, overwrite: bool) -> None:
        self.root = as_bytes(target)
        self._prefix = prefix
        self._look = FolderLook(self.root, trusting=False)
        self._date = datetime.fromtimestamp(stamp).strftime("%Y-%m-%d")
        self._file_hash = file_hash
        self._overwrite = overwrite
        self._nonce = secrets.token_hex(8).encode()

    def of(self, row: Row, raw_name: bytes | None) -> bytes:
        """The place of an entry, in a folder that is there then, and not through a link. `raw_name` is the
        last name where that is no text. Raises `HostilePath`, `OSError`, and `ValueError` for a name that
        this system cannot have."""
        parts = [name_bytes(part) for part in relative_parts(row.path, self._prefix)]
        if parts and row.kind != FOLDER:
            parts[-1] = raw_name if raw_name is not None and _is_name(raw_name) else parts[-1]
        target = os.path.join(self.root, *parts)
        folder = target if row.kind == FOLDER else os.path.dirname(target)
        if parts:
            self._look.fresh(folder)
        os.makedirs(folder, exist_ok=True)
        return target

    def free(self, row: Row, target: bytes) -> tuple[bytes, bool]:
        """The place itself, or one with a date where something else is there; and whether the content of the
        file is there already. Raises `OSError`."""
        if not os.path.lexists(target):
            return target, False
        if row.kind == FILE and is_same_file(target, row.size, row.hash, self._file_hash):
            return target, True
        if self._overwrite:
            return target, False
        return free_name(target, self._date, row.size, row.hash or b"", self._file_hash, lambda _: False)

    def free_of_any(self, target: bytes) -> bytes:
        """As `free`, for what has no hash."""
        if self._overwrite or not os.path.lexists(target):
            return target
        return free_name(target, self._date, -1, b"", self._file_hash, lambda _: False)[0]

    def aside(self, target: bytes) -> bytes:
        """In the same folder, under a name that nothing else has."""
        return os.path.join(os.path.dirname(target), b".triplicati-%b" % self._nonce)


def _is_name(raw: bytes) -> bool:
    """Whether the bytes can be the name of one entry."""
    return raw not in (b"", b".", b"..") and b"/" not in raw and b"\x00" not in raw
