"""What is in the folders of this machine (spec/server.md 3.13). Everything here blocks."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping, Sequence

from triplicati.config.server.special_folders import SpecialFolder, expand_tokens
from triplicati.errors import PathInvalid, PathNotFound, PathUnreadable
from triplicati.messages.api_folders import FolderEntry
from triplicati.source.names import stored_name

_ICON = "x-tree-icon"


def folder_entries(
    text: str,
    folders: Sequence[SpecialFolder],
    environment: Mapping[str, str],
    *,
    only_folders: bool,
    show_hidden: bool,
) -> list[FolderEntry]:
    """Folders first, then files, by name; in front of the root the folders that go by a name.

    Raises `PathInvalid`, `PathNotFound`, `PathUnreadable`.
    """
    place = real_path(text, folders, environment)
    shown = text if text.endswith(_separators()) else text + os.sep
    entries = [
        entry
        for each in _scanned(place)
        if (entry := _entry(each, shown)) is not None
        and (show_hidden or not entry.hidden)
        and not (only_folders and entry.cls != "folder")
    ]
    entries.sort(key=lambda each: (each.cls != "folder", each.text.casefold(), each.text))
    named = [_special(each) for each in folders] if place == os.sep else []
    return named + entries


def real_path(text: str, folders: Sequence[SpecialFolder], environment: Mapping[str, str]) -> str:
    """Raises `PathInvalid` for none, and for one that does not begin at the root."""
    if not text.strip():
        raise PathInvalid(reason="No path was found")
    place = expand_tokens(text, folders, environment)
    if not os.path.isabs(place) or "\0" in place:
        raise PathInvalid(reason="Path parameter is not an absolute path")
    return place


def _scanned(place: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(place) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        raise PathNotFound(path=stored_name(place)) from None
    except OSError as error:
        raise PathUnreadable(path=stored_name(place), reason=error.strerror or str(error)) from None


def _entry(each: os.DirEntry[str], parent: str) -> FolderEntry | None:
    """None for one that went away meanwhile."""
    try:
        own = each.stat(follow_symlinks=False)
        link = stat.S_ISLNK(own.st_mode)
        status = _target_status(each.path) if link else own
    except OSError:
        return None
    name, hidden = stored_name(each.name), _is_hidden(each.name, own)
    target = _target(each.path) if link else None
    if status is not None and stat.S_ISDIR(status.st_mode):
        leaf, locked = _is_leaf(each.path)
        kind = "-locked" if locked else "-symlink" if link else "-parent"
        return FolderEntry(
            text=name,
            id=stored_name(parent) + name + os.sep,
            cls="folder",
            icon_cls=_ICON + kind,
            leaf=leaf,
            resolvedpath=target,
            hidden=hidden,
            symlink=link,
        )
    regular = status is not None and stat.S_ISREG(status.st_mode)
    return FolderEntry(
        text=name,
        id=stored_name(parent) + name,
        cls="file",
        icon_cls=_ICON + ("-symlink" if link else "-leaf" if regular else "-special"),
        leaf=True,
        resolvedpath=target,
        hidden=hidden,
        symlink=link,
        file_size=status.st_size if status is not None and regular else 0,
    )


def _special(folder: SpecialFolder) -> FolderEntry:
    return FolderEntry(
        text=folder.label,
        id=folder.token,
        cls="folder",
        icon_cls=f"{_ICON}-special",
        resolvedpath=stored_name(folder.path),
    )


def _target_status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None  # a link to nowhere


def _target(path: str) -> str | None:
    try:
        return stored_name(os.path.realpath(path))
    except OSError:
        return None


def _is_leaf(path: str) -> tuple[bool, bool]:
    """(nothing in it to be shown, cannot be read)."""
    try:
        with os.scandir(path) as found:
            return next(found, None) is None, False
    except OSError:
        return True, True


def _is_hidden(name: str, status: os.stat_result) -> bool:
    if sys.platform == "win32":
        return bool(status.st_file_attributes & stat.FILE_ATTRIBUTE_HIDDEN)
    return name.startswith(".")


def _separators() -> tuple[str, ...]:
    return (os.sep, "/")
