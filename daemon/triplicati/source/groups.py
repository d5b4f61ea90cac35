"""The built-in filter groups, as in --exclude={TemporaryFiles} (spec/cli.md 4.7)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

from triplicati.errors import InvalidFilter, UnknownFilterGroup

_BITS = {"SystemFiles": 1, "OperatingSystem": 2, "CacheFiles": 4, "TemporaryFiles": 8, "Applications": 16}
_ALIASES = {
    "SystemFiles": ("System", "Sys"),
    "OperatingSystem": ("OS",),
    "CacheFiles": ("CacheFolders", "Caches", "Cache"),
    "TemporaryFiles": ("TemporaryFolders", "TempFolders", "TempFiles", "Temp", "Tmp"),
    "Applications": ("Application", "Apps", "App"),
}
_VALUES = {
    **{name.lower(): bit for name, bit in _BITS.items()},
    **{alias.lower(): _BITS[name] for name, aliases in _ALIASES.items() for alias in aliases},
    **dict.fromkeys(("defaultexcludes", "defaultexclude", "excludes", "exclude", "exc"), 31),
    **dict.fromkeys(("defaultincludes", "defaultinclude", "includes", "include", "inc", "none"), 0),
}
_LINUX = {
    "SystemFiles": ("/dev/", "/proc/", "/selinux/", "/sys/"),
    "OperatingSystem": ("/bin/", "/boot/", "/etc/", "/initrd/", "/sbin/", "/var/"),
    "CacheFiles": (
        "*/Duplicati/control_dir_v2/",
        "*/Google/Chrome/*cache*",
        "*/Google/Chrome/*LOCK*",
        "*/Google/Chrome/*Current*",
        "*/Google/Chrome/Safe Browsing*",
        "*/iPhoto Library/iPod Photo Cache/",
        "*/Mozilla/Firefox/*cache*",
        "*/cookies.sqlite-*",
        "*/permissions.sqlite-*",
        "*/.cache/",
        "*/.config/google-chrome/Default/Cookies",
        "*/.config/google-chrome/Default/Cookies-journal",
    ),
    "TemporaryFiles": ("*/lost+found/", "*~", "/tmp/"),
    "Applications": ("/lib/", "/lib64/", "/opt/", "/usr/"),
}


def group_members(text: str, *, platform: str = sys.platform) -> list[str]:
    """Returns the rule texts that the inside of ``{...}`` stands for, sorted, often none.

    Raises `UnknownFilterGroup`, and `InvalidFilter` off Linux, where no group is built in yet.
    """
    bits = 0
    for name in re.split("[:,;|]", text):
        bits |= _group_bits(name.strip())
    if bits and platform != "linux":
        raise InvalidFilter(filter=f"{{{text}}}", reason="filter groups are built in for Linux only")
    return _without_nested(
        sorted(
            member
            for name, bit in _BITS.items()
            if bits & bit
            for member in (*_LINUX[name], *_from_environment(name))
        )
    )


def known_groups() -> dict[str, tuple[str, ...]]:
    """The names of the groups that hold rules, with their other names."""
    return dict(_ALIASES)


def _group_bits(name: str) -> int:
    bits = int(name) if name.isdecimal() else _VALUES.get(name.lower(), -1)
    if not 0 <= bits <= 31:
        raise UnknownFilterGroup(group=name, known=", ".join([*_BITS, "DefaultExcludes", "DefaultIncludes"]))
    return bits


def _from_environment(group: str) -> list[str]:
    if group == "TemporaryFiles":
        return [os.environ.get("TMPDIR", "/tmp").rstrip("/") + "/"]
    if group == "CacheFiles" and (folder := os.environ.get("XDG_CACHE_HOME")):
        return [folder]
    return []


def _without_nested(members: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for member in members:
        if not (kept and kept[-1].endswith("/") and member.startswith(kept[-1])):
            kept.append(member)
    return kept
