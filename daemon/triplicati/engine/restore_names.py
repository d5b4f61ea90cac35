"""Other names for entries whose own the file system restored to cannot hold, or has for another entry.

A restore elsewhere must not lose a file because a memory stick takes no colon, nor one of two that differ in
case. So both get a name of their own, and the user is told; to refuse everything would leave nothing
restored where most of it can be.
"""

from __future__ import annotations

import os

import msgspec

from triplicati.engine.restore_ability import Ability, folded
from triplicati.messages.progress import Report

# Of each kind of change so many are told one by one.
_TOLD = 20
_EXAMPLES = 3


class Renamed(msgspec.Struct):
    """What was given another name: (path, name) of the first ones, and how many there are."""

    first: list[tuple[str, str]] = msgspec.field(default_factory=list)
    count: int = 0

    def add(self, path: str, target: bytes) -> None:
        self.count += 1
        if len(self.first) < _TOLD:
            self.first.append((path, os.fsdecode(os.path.basename(target))))


class Claims:
    """The names that entries of this restore have, where case does not count, or where names are changed."""

    def __init__(self) -> None:
        self._taken: dict[bytes, bytes] = {}
        self._folders: set[bytes] = set()

    def folder(self, path: bytes, ability: Ability) -> bool:
        """Claims a name for a folder, and those above it; whether it had to be in another case."""
        key = _key(path, ability)
        held = self._taken.setdefault(key, path)
        if key not in self._folders:
            self._folders.add(key)
            parent = os.path.dirname(path)
            if parent != path:
                self.folder(parent, ability)
        return held != path

    def claim(self, path: bytes, ability: Ability) -> bool:
        """Whether the name was free."""
        return self._taken.setdefault(_key(path, ability), path) is path

    def has(self, path: bytes, ability: Ability) -> bool:
        return _key(path, ability) in self._taken


def _key(path: bytes, ability: Ability) -> bytes:
    return path if ability.case_sensitive else folded(path)


def held_path(path: bytes, skipped: int, ability: Ability) -> bytes:
    """The path with names that can be held; its first `skipped` bytes stay as they are."""
    rest = path[skipped:]
    if not ability.special and ability.raw and len(rest) <= ability.name_bytes:
        return path
    return path[:skipped] + b"/".join(_held(name, ability) if name else name for name in rest.split(b"/"))


def _held(name: bytes, ability: Ability) -> bytes:
    if ability.refused:
        name = name.translate(bytes.maketrans(ability.refused, b"_" * len(ability.refused)))
    if name[-1:] in (b".", b" ") and name[-1] in ability.trailing:
        name = name[:-1] + b"_"
    if not ability.raw:
        name = name.decode("utf-8", "replace").replace("\ufffd", "_").encode()
    return name if _fits(name, ability) else _shortened(name, ability)


def _fits(name: bytes, ability: Ability) -> bool:
    if len(name) > ability.name_bytes:
        return False
    return (
        ability.name_units == 0
        or len(name) <= ability.name_units
        or (len(name.decode("utf-8", "replace").encode("utf-16-le")) // 2 <= ability.name_units)
    )


def _shortened(name: bytes, ability: Ability) -> bytes:
    """What is before the extension gives way, by whole characters, with room for a date and a number."""
    dot = name.rfind(b".")
    stem, extension = (name, b"") if dot <= 0 or len(name) - dot > 20 else (name[:dot], name[dot:])
    room = b"." + b"0000-00-00 (000)"
    text = stem.decode("utf-8", "surrogateescape")
    while text and not _fits(text.encode("utf-8", "surrogateescape") + room + extension, ability):
        text = text[:-1]
    return text.encode("utf-8", "surrogateescape") + extension


def tell_clashes(found: Renamed, report: Report) -> None:
    """Before anything is written."""
    if found.count:
        examples = ", ".join(f"{path} as {name}" for path, name in found.first[:_EXAMPLES])
        report.warning(
            "RestoreNamesClash",
            "Names that differ only in upper and lower case are the same where the files are restored to:"
            f" {found.count} entries get another name or share a folder, for example {examples}. Restore to"
            " a file system that tells them apart to keep their names.",
            found.first[0][0],
        )


def tell_changes(found: Renamed, report: Report) -> None:
    for path, name in found.first:
        report.warning(
            "RestoreNameChanged",
            f'The file system restored to cannot hold the name of {path}; it is restored as "{name}".',
            path,
        )
    if found.count > len(found.first):
        report.warning(
            "RestoreNameChanged",
            f"{found.count - len(found.first)} more entries are restored under a changed name.",
        )
