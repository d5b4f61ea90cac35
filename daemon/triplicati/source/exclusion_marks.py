"""Extended attributes by which a file or folder asks to be left out (spec/cli.md 4.6)."""

from __future__ import annotations

import errno

from triplicati.source.metadata.native import xattr_names

MARKS = frozenset(
    {"user.duplicati.exclude", "duplicati.exclude", "com.apple.metadata:com_apple_backup_excludeItem"}
)
_NOT_SUPPORTED = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


class ExclusionMarks:
    """Asks paths, and a file system that has no such attributes only once. The value does not matter."""

    def __init__(self) -> None:
        self._without: set[int] = set()

    def on(self, location: str, device: int) -> bool:
        """Whether a path carries a mark; `device` is its `st_dev`. What cannot be asked carries none."""
        if device in self._without:
            return False
        try:
            names = xattr_names(location)
        except OSError as error:
            if error.errno in _NOT_SUPPORTED:
                self._without.add(device)
            return False
        return bool(names) and not MARKS.isdisjoint(names)
