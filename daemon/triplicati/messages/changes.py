"""What changed between two versions, added up by folders, for the page; ours, not Duplicati's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from triplicati.messages.previews import VersionNumber


class ChangesInput(msgspec.Struct, frozen=True, rename="pascal"):
    """Versions by their numbers, 0 the newest; null is the one before the newest, and the newest. `folder`
    as the version has it, "" for the lowest one with all changes in it. `limit`: of how many parts."""

    base: VersionNumber | None = None
    target: VersionNumber | None = None
    folder: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class ChangeTally(msgspec.Struct, rename="pascal", kw_only=True):
    """Files by kind of change; `others` are changed folders and links. Bytes of added and modified files are
    those of the target, and none where only the metadata changed; of deleted ones those of the base. `growth`
    is by how many bytes the files grew together."""

    added: int = 0
    modified: int = 0
    deleted: int = 0
    others: int = 0
    added_bytes: int = 0
    modified_bytes: int = 0
    deleted_bytes: int = 0
    growth: int = 0

    @property
    def weight(self) -> int:
        return self.added_bytes + self.modified_bytes + self.deleted_bytes

    @property
    def entries(self) -> int:
        return self.added + self.modified + self.deleted + self.others

    def join(self, other: ChangeTally) -> None:
        for name in ChangeTally.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class ChangedPart(ChangeTally, rename="pascal", kw_only=True):
    """A file or folder directly in the folder that was asked for; without a path the `parts` smallest of them
    together."""

    path: str
    is_folder: bool = False
    parts: int = 1


class ComparedVersion(msgspec.Struct, frozen=True, rename="pascal"):
    version: int
    time: datetime
    files: int
    bytes: int


class VersionChanges(msgspec.Struct, frozen=True, rename="pascal"):
    """`folder` is the one that the parts lie in; most bytes first."""

    base: ComparedVersion
    target: ComparedVersion
    folder: str
    whole: ChangeTally
    parts: list[ChangedPart]
