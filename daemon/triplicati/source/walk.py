"""Walks the source in the order of its stored paths, without opening a file (spec/format.md 9.2 to 9.4).

A folder's sort key carries its separator, so the order is that of the full paths as UTF-8 bytes: the same in
which the local database gives a version, and the two can be merged.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec

from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.source.filters import Filter
from triplicati.source.names import is_text, name_bytes, stored_name, stored_names

Found = tuple[str, str, int, os.stat_result, bytes | None]
"""stored path, path for the os module, kind, its stat, the raw bytes of its last name where that is
escaped"""

Complain = Callable[[str, str, str], object]
"""id, sentence, stored path"""


class WalkRules(msgspec.Struct, frozen=True):
    """`largest` in bytes, 0 for no limit; `excluded` are full paths for the os module that are never
    entered or recorded."""

    filter: Filter | None = None
    symlinks: Literal["Store", "Follow", "Ignore"] = "Store"
    hardlinks: Literal["All", "First", "None"] = "All"
    largest: int = 0
    excluded: frozenset[str] = frozenset()


def walk(roots: Sequence[str], rules: WalkRules, complain: Complain) -> Iterator[Found]:
    """`roots` are absolute paths, none below another. What cannot be read is complained of and left out."""
    seen_links: set[tuple[int, int]] = set()
    # The folders that symlinks lead through, so that a loop ends where it closes.
    pending: list[tuple[Found, bool, frozenset[tuple[int, int]]]] = []
    for root in roots:
        found = _look(root, os.path.dirname(root.rstrip("/")), stored_name(root), None, rules, complain)
        if found is not None:
            pending.append((found, True, frozenset()))
    pending.sort(key=lambda each: each[0][0], reverse=True)
    while pending:
        found, is_root, above = pending.pop()
        path, location, kind, status, _ = found
        enter, record = _decide(path, kind, status, rules, is_root=is_root)
        if record and kind == FILE and rules.hardlinks != "All" and status.st_nlink > 1:
            record = _is_wanted_link(status, rules, seen_links)
        if record:
            yield found
        if enter and kind == FOLDER:
            if rules.symlinks == "Follow":
                identity = (status.st_dev, status.st_ino)
                if identity in above:
                    complain("SymlinkLoop", f"{path} leads back into itself and was not followed.", path)
                    continue
                above |= {identity}
            children = _children(path, location, rules, complain)
            children.sort(key=lambda child: child[0], reverse=True)
            pending.extend((child, False, above) for child in children)


def _decide(
    path: str, kind: int, status: os.stat_result, rules: WalkRules, *, is_root: bool
) -> tuple[bool, bool]:
    """(enter, record)"""
    if kind == FILE and 0 < rules.largest < status.st_size:
        return False, False
    if rules.filter is None or rules.filter.empty:
        return True, True
    verdict = rules.filter.verdict(path)
    if rules.filter.only_includes:
        return verdict is not False, verdict is True
    accepted = verdict is not False or is_root
    return accepted, accepted


def _is_wanted_link(status: os.stat_result, rules: WalkRules, seen: set[tuple[int, int]]) -> bool:
    identity = (status.st_dev, status.st_ino)
    if rules.hardlinks == "None" or identity in seen:
        return False
    seen.add(identity)
    return True


def _children(path: str, location: str, rules: WalkRules, complain: Complain) -> list[Found]:
    try:
        with os.scandir(location) as entries:
            listed = list(entries)
    except OSError as error:
        complain("FolderAccessError", f"{path} could not be listed ({error.strerror}).", path)
        return []
    follow = rules.symlinks == "Follow"
    children: list[Found] = []
    odd: list[os.DirEntry[str]] = []
    for entry in listed:
        name = entry.name
        if not name.isascii() and not is_text(name):
            odd.append(entry)
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            complain("FileAccessError", f"{path}{name} could not be read ({error.strerror}).", path + name)
            continue
        mode = status.st_mode
        if stat.S_ISREG(mode):
            if entry.path not in rules.excluded:
                children.append((path + name, entry.path, FILE, status, None))
        elif stat.S_ISDIR(mode):
            if entry.path not in rules.excluded:
                children.append((path + name + "/", entry.path, FOLDER, status, None))
        elif stat.S_ISLNK(mode) and rules.symlinks != "Ignore":
            found = _look(entry.path, location, path + name, None, rules, complain)
            if found is not None:
                children.append(found)
    if odd:
        children.extend(_odd_children(path, location, listed, odd, rules, complain))
    if follow:
        children = [child for child in children if child[1] not in rules.excluded]
    return children


def _odd_children(
    path: str,
    location: str,
    listed: Sequence[os.DirEntry[str]],
    odd: Sequence[os.DirEntry[str]],
    rules: WalkRules,
    complain: Complain,
) -> Iterator[Found]:
    """Those whose names are no text: stored under an escape that no sibling has."""
    stored = dict(
        zip((entry.name for entry in listed), stored_names([entry.name for entry in listed]), strict=True)
    )
    for entry in odd:
        raw = name_bytes(entry.name)
        found = _look(entry.path, location, path + stored[entry.name], raw, rules, complain)
        if found is not None:
            complain(
                "EscapedName",
                f"{found[0]} has a name that is no valid UTF-8 and is stored under an escape.",
                found[0],
            )
            yield found


def _look(
    location: str, folder: str, path: str, raw: bytes | None, rules: WalkRules, complain: Complain
) -> Found | None:
    """A single path; None for devices, sockets, pipes, and for links that are not wanted."""
    try:
        status = os.lstat(location)
        is_link = stat.S_ISLNK(status.st_mode)
        if is_link and rules.symlinks == "Follow":
            status = os.stat(location)
            is_link = False
    except OSError as error:
        complain("FileAccessError", f"{path} could not be read ({error.strerror}).", path)
        return None
    if location in rules.excluded:
        return None
    path = path.rstrip("/") if path != "/" else path
    if is_link:
        if rules.symlinks == "Ignore":
            return None
        return (path + "/" if os.path.isdir(location) else path), location, SYMLINK, status, raw
    if stat.S_ISDIR(status.st_mode):
        return (path if path == "/" else path + "/"), location, FOLDER, status, raw
    return (path, location, FILE, status, raw) if stat.S_ISREG(status.st_mode) else None
