"""Folders of this machine, for those who choose sources and targets (spec/server.md 3.13, 3.15)."""

from __future__ import annotations

import msgspec


class PathBody(msgspec.Struct, frozen=True):
    path: str = ""


class FolderEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`id` is the path to ask for next, with its separator at the end for a folder. `cls`: folder or file;
    `leaf`: there is nothing below it; `file_size` in bytes, -1 for a folder."""

    text: str
    id: str
    cls: str
    icon_cls: str
    check: bool = False
    leaf: bool = False
    resolvedpath: str | None = None
    hidden: bool = False
    system_file: bool = False
    temporary: bool = False
    symlink: bool = False
    file_size: int = -1


class ScratchRoomBody(msgspec.Struct, frozen=True, rename="pascal"):
    backup_id: str | None = None


class ScratchRoom(msgspec.Struct, frozen=True, rename="pascal"):
    """Bytes; None where they cannot be known."""

    temp_path: str
    free_space: int | None
    total_space: int | None
    dblock_size: int
    restore_cache_max: int


class TestFilterBody(msgspec.Struct, frozen=True, rename="pascal"):
    """`filters` begin with ``+`` or ``-``; folders among the paths end with a separator."""

    __test__ = False  # no class of tests

    paths: list[str]
    sources: list[str]
    filters: list[str] = []


class PathVerdict(msgspec.Struct, frozen=True, rename="pascal"):
    """`matched_filter` is the rule that decided, with its sign; None when none matched."""

    path: str
    included: bool
    matched_filter: str | None
