"""Whether a single path is taken, in the order of spec/cli.md 4.5.

One thing differs: which name of a file is its first, for --hardlink-policy=First, is settled among the names
that are taken. Otherwise a file whose first name is excluded would not be backed up under any.
"""

from __future__ import annotations

import os
import stat
import sys

from triplicati.formats.attributes import (
    ATTRIBUTE_BITS,
    attribute_text,
    is_read_only,
    unix_attribute_bits,
)
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.source.exclusion_marks import ExclusionMarks
from triplicati.source.metadata.native import current_caller
from triplicati.source.rules import Found, WalkRules
from triplicati.values.sizes import format_size


class Judge:
    """Decides on the paths of one walk. Remembers which files it took, by device and inode, where only the
    first of several names counts."""

    def __init__(self, rules: WalkRules) -> None:
        self._rules = rules
        self._filter = rules.filter if rules.filter is not None and not rules.filter.empty else None
        self._only_includes = self._filter is not None and self._filter.only_includes
        self._caller = current_caller()
        self._marks = ExclusionMarks()
        self._seen_links: set[tuple[int, int]] = set()
        simple = self._filter is None and not rules.attributes and rules.decide is None
        self.takes_all_folders = simple and rules.marks == "none"
        """Whether there is no need to ask about folders"""
        self.takes_all_files = (
            simple and not rules.largest and rules.hardlinks == "All" and rules.marks != "all"
        )
        """Whether there is no need to ask about files and links"""

    def folder(self, found: Found, *, is_root: bool) -> tuple[bool, bool]:
        """(enter, record). Roots are always entered."""
        path = found[0]
        verdict = None if self._filter is None else self._filter.verdict(path)
        if is_root:
            return True, verdict is True or not self._only_includes
        if self._has_attribute(found):
            return False, False
        if verdict is False:
            self._tell_filtered(path)
            return False, False
        if self._rules.marks != "none" and self._is_marked(found):
            return False, False
        return True, verdict is True or not self._only_includes

    def file(self, found: Found, *, is_root: bool) -> bool:
        """Whether a file or link is recorded."""
        path, _, kind, status, _ = found
        rules = self._rules
        if not is_root and self._has_attribute(found):
            return False
        if self._filter is not None:
            verdict = self._filter.verdict(path)
            out = not verdict if self._only_includes else verdict is False and not is_root
            if out:
                self._tell_filtered(path)
                return False
        if kind == FILE:
            if not is_root and rules.marks == "all" and self._is_marked(found):
                return False
            if 0 < rules.largest < status.st_size:
                self._tell(
                    "ExcludeLargeFile",
                    f"Excluding file due to size: {path} ({format_size(status.st_size)})",
                )
                return False
            if rules.hardlinks != "All" and status.st_nlink > 1:
                return self._is_wanted_link(found, is_root=is_root)
        return True

    def tell_included(self, found: Found, *, is_root: bool, record: bool = True) -> None:
        """Once nothing speaks against it any more."""
        if self._rules.decide is None:
            return
        path, _, kind, status, _ = found
        size = f" ({format_size(status.st_size)})" if kind == FILE else ""
        rule = None if self._filter is None else self._filter.deciding_rule(path)
        if not record:
            self._tell("EnteringPath", f"Entering folder, which is not stored itself: {path}")
        elif is_root:
            self._tell("IncludingSourcePath", f"Including source path: {path}{size}")
        elif rule is not None:
            self._tell(
                "IncludingPathFromFilter", f"Including path due to filter: {path}{size} => +{rule.text}"
            )
        else:
            self._tell("IncludingPath", f"Including path: {path}{size}")

    def _has_attribute(self, found: Found) -> bool:
        if not self._rules.attributes:
            return False
        unwanted = self._attributes(found) & self._rules.attributes
        if unwanted:
            self._tell(
                "ExcludingPathFromAttributes",
                f"Excluding path due to attribute filter: {found[0]} => {attribute_text(unwanted)}",
            )
        return bool(unwanted)

    def _attributes(self, found: Found) -> int:
        path, location, kind, status, _ = found
        if sys.platform == "win32":
            return status.st_file_attributes
        name = path.rstrip("/").rpartition("/")[2]
        hidden = bool(getattr(status, "st_flags", 0) & stat.UF_HIDDEN)
        bits = unix_attribute_bits(
            read_only=is_read_only(status.st_mode & 0o777, status.st_uid, status.st_gid, self._caller),
            hidden=hidden or name[:1] == ".",
            folder=kind == FOLDER or path.endswith("/"),
            link=kind == SYMLINK or (self._rules.symlinks == "Follow" and os.path.islink(location)),
        )
        return bits or ATTRIBUTE_BITS["Normal"]

    def _is_marked(self, found: Found) -> bool:
        marked = self._marks.on(found[1], found[3].st_dev)
        if marked:
            self._tell("ExcludingPathFromXattr", f"Excluding path due to extended attribute: {found[0]}")
        return marked

    def _is_wanted_link(self, found: Found, *, is_root: bool) -> bool:
        identity = (found[3].st_dev, found[3].st_ino)
        if is_root:
            self._seen_links.add(identity)
            return True
        if self._rules.hardlinks == "None":
            self._tell("ExcludingHardlinkByPolicy", f"Excluding hardlink: {found[0]}")
            return False
        if identity in self._seen_links:
            self._tell(
                "ExcludingDuplicateHardlink", f"Excluding hardlink that is stored already: {found[0]}"
            )
            return False
        self._seen_links.add(identity)
        return True

    def _tell_filtered(self, path: str) -> None:
        if self._rules.decide is not None and self._filter is not None:
            rule = self._filter.deciding_rule(path)
            why = "no include matches" if rule is None else f"-{rule.text}"
            self._tell("ExcludingPathFromFilter", f"Excluding path due to filter: {path} => {why}")

    def _tell(self, identity: str, text: str) -> None:
        if self._rules.decide is not None:
            self._rules.decide(identity, text)
