"""Walks the source in the order of its stored paths, without opening a file (spec/format.md 9.2 to 9.4).

A folder's sort key carries its separator, so the order is that of the full paths as UTF-8 bytes: the same in
which the local database gives a version, and the two can be merged.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Container, Iterable, Iterator, Sequence

from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.source.filters import fold
from triplicati.source.judging import Judge
from triplicati.source.names import is_text, name_bytes, stored_name, stored_names
from triplicati.source.rules import Complain, Found, WalkRules

__all__ = ["Complain", "Found", "WalkRules", "look", "tell_ignored", "walk"]


def walk(roots: Sequence[str], rules: WalkRules, complain: Complain) -> Iterator[Found]:
    """`roots` are absolute paths, none below another. What cannot be read is complained of and left out."""
    starts = []
    for root in roots:
        path = stored_name(root)
        found = look(rules.places.get(path.rstrip("/") or "/", root), path, None, rules, complain)
        if found is not None:
            starts.append(found)
    starts.sort(key=lambda each: each[0])
    entries = _descend(starts, rules, complain)
    if rules.empty_folders:
        return entries
    return _without_empty_folders(entries, frozenset(each[0] for each in starts), rules)


def _descend(starts: Iterable[Found], rules: WalkRules, complain: Complain) -> Iterator[Found]:
    judge = Judge(rules)
    any_file, any_folder, told = judge.takes_all_files, judge.takes_all_folders, rules.decide is not None
    # The folders that symlinks lead through, so that a loop ends where it closes.
    pending = [(found, True, frozenset[tuple[int, int]]()) for found in starts]
    pending.reverse()
    while pending:
        found, is_root, above = pending.pop()
        if found[2] != FOLDER:
            if any_file or judge.file(found, is_root=is_root):
                if told:
                    judge.tell_included(found, is_root=is_root)
                yield found
            continue
        enter, record = (True, True) if any_folder else judge.folder(found, is_root=is_root)
        children: list[Found] | None = []
        if enter and rules.symlinks == "Follow":
            identity = (found[3].st_dev, found[3].st_ino)
            if identity in above:
                path = found[0]
                complain("SymlinkLoop", f"{path} leads back into itself and was not followed.", path)
                enter = False
            above |= {identity}
        if enter:
            children = _children(found, rules, complain, is_root=is_root)
            if children is None:
                continue
        if told and (enter or record):
            judge.tell_included(found, is_root=is_root, record=record)
        if record:
            yield found
        if children:
            children.sort(key=_path, reverse=True)
            if not rules.case_sensitive:
                children = _without_twins(children, complain)
            pending.extend([(child, False, above) for child in children])


def _path(found: Found) -> str:
    return found[0]


def _without_empty_folders(
    entries: Iterable[Found], roots: Container[str], rules: WalkRules
) -> Iterator[Found]:
    """A folder comes directly before its content: those that wait for their first file are a chain."""
    waiting: list[Found] = []
    for found in entries:
        while waiting and not found[0].startswith(waiting[-1][0]):
            _tell_empty(waiting.pop(), rules)
        if found[2] == FOLDER and found[0] not in roots:
            waiting.append(found)
            continue
        yield from waiting
        waiting.clear()
        yield found
    for found in waiting:
        _tell_empty(found, rules)


def _tell_empty(found: Found, rules: WalkRules) -> None:
    if rules.decide is not None:
        rules.decide("ExcludingEmptyFolder", f"Excluding folder without files: {found[0]}")


def _children(found: Found, rules: WalkRules, complain: Complain, *, is_root: bool) -> list[Found] | None:
    """None when an ignore file says to leave the folder out."""
    path, location = found[0], found[1]
    try:
        with os.scandir(location) as entries:
            listed = list(entries)
    except OSError as error:
        complain("FolderAccessError", f"{path} could not be listed ({error.strerror}).", path)
        return []
    if rules.ignore_names and not is_root and _holds_ignore_file(path, listed, rules):
        return None
    places, excluded, told = rules.places, rules.excluded, rules.decide is not None
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
            if entry.path not in excluded:
                children.append((path + name, entry.path, FILE, status, None))
                continue
        elif stat.S_ISDIR(mode):
            if places and path + name in places:
                moved = look(places[path + name], path + name, None, rules, complain)
                children += [moved] if moved is not None else []
                continue
            if entry.path not in excluded:
                children.append((path + name + "/", entry.path, FOLDER, status, None))
                continue
        elif stat.S_ISLNK(mode) and rules.symlinks != "Ignore":
            linked = look(entry.path, path + name, None, rules, complain)
            if linked is not None:
                children.append(linked)
                continue
        if told:
            _tell_passed_over(path + name, mode, rules)
    if odd:
        children.extend(_odd_children(path, listed, odd, rules, complain))
    return children


def _holds_ignore_file(path: str, listed: Sequence[os.DirEntry[str]], rules: WalkRules) -> bool:
    if rules.case_sensitive:
        if rules.ignore_names.isdisjoint([entry.name for entry in listed]):
            return False
        wanted = rules.ignore_names
        hits = [entry for entry in listed if entry.name in wanted]
    else:
        wanted = frozenset(map(fold, rules.ignore_names))
        hits = [entry for entry in listed if fold(entry.name) in wanted]
    hits = [entry for entry in hits if not entry.is_dir()]
    if hits:
        tell_ignored(path, hits[0].name, rules)
    return bool(hits)


def tell_ignored(path: str, name: str, rules: WalkRules) -> None:
    """Why a folder is left out: for the file `name` in it."""
    if rules.decide is not None:
        text = f"Excluding path because ignore file was found: {path} => {name}"
        rules.decide("ExcludingPathDueToIgnoreFile", text)


def _tell_passed_over(path: str, mode: int, rules: WalkRules) -> None:
    if rules.decide is None:
        return
    if stat.S_ISLNK(mode):
        rules.decide("ExcludeSymlink", f"Excluding symlink: {path}")
    elif stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        rules.decide("ExcludingBlacklistedPath", f"Excluding blacklisted path: {path}")
    else:
        rules.decide("ExcludingDevice", f"Excluding device, pipe or socket: {path}")


def _without_twins(children: Iterable[Found], complain: Complain) -> list[Found]:
    """In reverse order, as they come; of those that differ in case alone the first one stays."""
    kept: dict[str, Found] = {}
    for child in children:
        twin = kept.get(fold(child[0]))
        if twin is not None:
            text = f"{twin[0]} differs from {child[0]} in case alone and is left out."
            complain("DuplicatePath", text, twin[0])
        kept[fold(child[0])] = child
    return sorted(kept.values(), key=_path, reverse=True)


def _odd_children(
    path: str,
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
        found = look(entry.path, path + stored[entry.name], raw, rules, complain)
        if found is not None:
            complain(
                "EscapedName",
                f"{found[0]} has a name that is no valid UTF-8 and is stored under an escape.",
                found[0],
            )
            yield found


def look(location: str, path: str, raw: bytes | None, rules: WalkRules, complain: Complain) -> Found | None:
    """A single path; None for devices, sockets, pipes, and for what is not wanted."""
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
    path = path.rstrip("/") or "/"
    if is_link:
        if rules.symlinks == "Ignore":
            return None
        return (path + "/" if os.path.isdir(location) else path), location, SYMLINK, status, raw
    if stat.S_ISDIR(status.st_mode):
        return (path if path == "/" else path + "/"), location, FOLDER, status, raw
    return (path, location, FILE, status, raw) if stat.S_ISREG(status.st_mode) else None
