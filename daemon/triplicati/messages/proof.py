"""Which volumes of a backup were tested, when, and how that went: for the page; ours, not Duplicati's.

Sizes in bytes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec


class ProofCell(msgspec.Struct, frozen=True, rename="pascal"):
    """Volumes that follow each other. `oldest` is the oldest of their last tests, null where none was tested;
    `name` is that of a volume which is the only one, else ""; `kind` (dlist, dindex or dblock) is "" where
    there are several."""

    volumes: int
    bytes: int
    checked: int
    damaged: int
    oldest: datetime | None
    name: str
    kind: str


class Proof(msgspec.Struct, frozen=True, rename="pascal"):
    """`checked` are the volumes that were ever tested, the `damaged` ones among them. `oldest` and `newest`
    are of their last tests. `last_drill` is when files were last restored for trial, `drill_outcome` how that
    went ("good", "damaged" or ""); `drilled_versions` counts versions of which files ever were. All zero
    without a local database, which is where this is kept."""

    volumes: int
    bytes: int
    checked: int
    checked_bytes: int
    damaged: int
    oldest: datetime | None
    newest: datetime | None
    last_drill: datetime | None
    drill_outcome: Literal["good", "damaged", ""]
    drilled_versions: int
    cells: list[ProofCell]


class ProofTotal(msgspec.Struct, frozen=True):
    """`Proof` of one of several backups, without its cells."""

    backup_id: str = msgspec.field(name="BackupID")
    bytes: int = msgspec.field(name="Bytes")
    checked_bytes: int = msgspec.field(name="CheckedBytes")
    damaged: int = msgspec.field(name="Damaged")


class VersionDrill(msgspec.Struct, frozen=True, rename="pascal"):
    """A version, the newest with the number 0, and the last drill of it: when, how it went ("" where there
    was none), how many files and bytes came back as recorded, and how many files did not."""

    version: int
    time: datetime
    drilled: datetime | None = None
    outcome: Literal["good", "damaged", ""] = ""
    files: int = 0
    bytes: int = 0
    damaged: int = 0


class DrillInput(msgspec.Struct, frozen=True, rename="pascal"):
    """So many versions, of each so many files with `size` bytes together at most. Those never drilled come
    first, then those drilled longest ago."""

    drills: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    files: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 20
    size: Annotated[int, msgspec.Meta(ge=1, le=2**53)] = 100 << 20


class VerifyInput(msgspec.Struct, frozen=True, rename="pascal"):
    """`samples` of each kind of volume, null for all. With the depth "hash" sizes and hashes are compared,
    with "content" volumes are looked into as well."""

    samples: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = 1
    depth: Literal["hash", "content"] = "content"
