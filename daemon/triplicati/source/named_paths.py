"""Looks at some paths instead of walking (--changed-files); what decides on them is the same as in a walk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from triplicati.formats.kinds import FOLDER
from triplicati.source.filters import fold
from triplicati.source.judging import Judge
from triplicati.source.names import is_text, name_bytes, stored_name
from triplicati.source.rules import Complain, Found, WalkRules, moved
from triplicati.source.walk import look, tell_ignored


def look_at(
    paths: Sequence[str], roots: Sequence[str], rules: WalkRules, complain: Complain
) -> Iterator[Found]:
    """Those of `paths`, which are absolute and at or below one of `roots`, that a walk would come to, in its
    order.

    A folder is looked at without what is in it. What lies in a folder that is left out, or behind a link, is
    left out too. Empty folders are taken whatever the rules say.
    """
    visit = _Visit(rules, complain)
    found: dict[str, Found] = {}
    for path in paths:
        for root in roots:
            if lies_in(path, root, case_sensitive=rules.case_sensitive):
                each = visit.path(path, root)
                if each is not None:
                    found[each[0]] = each
    for _, each in sorted(found.items()):
        yield each


def lies_in(path: str, root: str, *, case_sensitive: bool) -> bool:
    """Whether a path is `root` or below it; both absolute, of the os module."""
    if not case_sensitive:
        path, root = fold(path), fold(root)
    return f"{path.rstrip('/')}/".startswith(f"{root.rstrip('/')}/")


class _Visit:
    """Asks each folder on the way only once."""

    def __init__(self, rules: WalkRules, complain: Complain) -> None:
        self._rules = rules
        self._complain = complain
        self._judge = Judge(rules)
        self._entered: dict[str, bool] = {}

    def path(self, path: str, root: str) -> Found | None:
        is_root = len(path) == len(root)
        if not is_root and not self._enters(os.path.dirname(path), root):
            return None
        found = self._look(path)
        if found is None or not self._takes(found, is_root=is_root):
            return None
        self._judge.tell_included(found, is_root=is_root)
        if found[4] is not None:
            text = f"{found[0]} has a name that is no valid UTF-8 and is stored under an escape."
            self._complain("EscapedName", text, found[0])
        return found

    def _enters(self, folder: str, root: str) -> bool:
        if folder not in self._entered:
            is_root = len(folder) <= len(root)
            above = is_root or self._enters(os.path.dirname(folder), root)
            self._entered[folder] = above and self._is_entered(folder, is_root=is_root)
        return self._entered[folder]

    def _is_entered(self, folder: str, *, is_root: bool) -> bool:
        found = self._look(folder)
        if found is None or found[2] != FOLDER:
            return False
        ignored = not is_root and self._holds_ignore_file(found)
        return not ignored and self._judge.folder(found, is_root=is_root)[0]

    def _takes(self, found: Found, *, is_root: bool) -> bool:
        if found[2] != FOLDER:
            return self._judge.file(found, is_root=is_root)
        ignored = not is_root and self._holds_ignore_file(found)
        return not ignored and self._judge.folder(found, is_root=is_root)[1]

    def _look(self, path: str) -> Found | None:
        name = os.path.basename(path)
        raw = None if is_text(name) else name_bytes(name)
        stored = stored_name(path)
        return look(moved(stored, path, self._rules.places), stored, raw, self._rules, self._complain)

    def _holds_ignore_file(self, found: Found) -> bool:
        for name in self._rules.ignore_names:
            path = os.path.join(found[1], name)
            if os.path.lexists(path) and not os.path.isdir(path):
                tell_ignored(found[0], name, self._rules)
                return True
        return False
