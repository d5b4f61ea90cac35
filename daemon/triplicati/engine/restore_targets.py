"""Where restored entries go (spec/format.md 11.3, 11.4), and that none gets out of there."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from triplicati.engine.listed import is_safe_path
from triplicati.errors import HostilePath
from triplicati.formats.hashes import hasher

_TRIES = 1000


def is_windows_path(path: str) -> bool:
    return not path.startswith("/")


def common_folder(paths: Iterable[str]) -> str:
    """The longest folder, with its separator, that all paths lie in or are; "" where there is none."""
    prefix: str | None = None
    for path in paths:
        separator = "\\" if is_windows_path(path) else "/"
        folder = path if path.endswith(separator) else path[: path.rfind(separator) + 1]
        if prefix is None:
            prefix = folder
        while prefix and not folder.startswith(prefix):
            prefix = prefix[: prefix.rstrip(separator).rfind(separator) + 1]
    return prefix or ""


def relative_parts(path: str, prefix: str) -> list[str]:
    """The names below the target folder. Raises `HostilePath`."""
    if not is_safe_path(path):
        raise HostilePath(path=path)
    rest = path[len(prefix) :]
    if is_windows_path(path):
        rest = rest.replace("\\", "/").replace(":/", "/", 1)
    parts = [part for part in rest.split("/") if part]
    if any(part in (".", "..") or "\x00" in part for part in parts):
        raise HostilePath(path=path)
    return parts


class FolderLook:
    """Looks at folders below `root`, at each only once; whoever needs one that is missing makes it. Links
    below `root` are never followed, unless `trusting` (a restore to the original places goes through whatever
    the user has there)."""

    def __init__(self, root: bytes | None, *, trusting: bool) -> None:
        self._root = root
        self._trusting = trusting
        self._known: dict[bytes, bool] = {}

    def fresh(self, folder: bytes) -> bool:
        """Whether the folder is yet to be made, so that nothing can be in the way there. Raises `OSError` and
        `HostilePath` where it cannot be."""
        known = self._known.get(folder)
        if known is None:
            known = self._known[folder] = self._look(folder)
        return known

    def _look(self, folder: bytes) -> bool:
        try:
            mode = os.lstat(folder).st_mode
        except FileNotFoundError:
            parent = os.path.dirname(folder)
            if parent != folder:
                self.fresh(parent)
            return True
        if (
            folder == self._root
            or self._root is None
            or not folder.startswith(self._root.rstrip(b"/") + b"/")
        ):
            if not os.path.isdir(folder):
                raise NotADirectoryError(0, "is no folder", os.fsdecode(folder))
            return False
        parent = os.path.dirname(folder)
        if parent != folder:
            self.fresh(parent)
        if stat.S_ISLNK(mode) and not self._trusting:
            raise HostilePath(path=os.fsdecode(folder))
        if not os.path.isdir(folder):
            raise NotADirectoryError(0, "is no folder", os.fsdecode(folder))
        return False


def is_same_file(path: bytes, size: int, digest: bytes | None, file_hash: str) -> bool:
    """Whether a regular file is there with this content."""
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size != size:
            return False
        running = hasher(file_hash)()
        with open(path, "rb") as file:
            while part := file.read(1 << 20):
                running.update(part)
    except OSError:
        return False
    return running.digest() == (hasher(file_hash)().digest() if digest is None else digest)


def free_name(
    target: bytes,
    date: str,
    size: int,
    digest: bytes | None,
    file_hash: str,
    belongs: Callable[[bytes], bool],
) -> tuple[bytes, bool]:
    """`<stem>.<date><ext>`, then ` (0)`, ` (1)` ... before the extension: the first that is free, or that
    holds the right content already (then True). None of those that `belongs` claims for another entry."""
    folder, name = os.path.split(target)
    dot = name.rfind(b".")
    stem, extension = (name, b"") if dot < 0 else (name[:dot], name[dot:])
    for number in range(-1, _TRIES):
        counter = b"" if number < 0 else b" (%d)" % number
        dated = stem + b"." + date.encode() + counter + extension
        if belongs(dated):
            continue
        candidate = os.path.join(folder, dated)
        if not os.path.lexists(candidate):
            return candidate, False
        if is_same_file(candidate, size, digest, file_hash):
            return candidate, True
    raise FileExistsError(0, "is taken, with all its dated names", os.fsdecode(target))


def posix_path(path: str, raw: bytes | None) -> bytes:
    """The original place of a stored path; only its last name can be raw."""
    text = os.fsencode(path.rstrip("/") or "/")
    return text if raw is None else os.path.join(os.path.dirname(text), raw)


def as_bytes(path: Path) -> bytes:
    return os.fsencode(path.absolute())
