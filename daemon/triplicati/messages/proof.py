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
    are of their last tests. All zero without a local database, which is where this is kept."""

    volumes: int
    bytes: int
    checked: int
    checked_bytes: int
    damaged: int
    oldest: datetime | None
    newest: datetime | None
    cells: list[ProofCell]


class ProofTotal(msgspec.Struct, frozen=True):
    """`Proof` of one of several backups, without its cells."""

    backup_id: str = msgspec.field(name="BackupID")
    bytes: int = msgspec.field(name="Bytes")
    checked_bytes: int = msgspec.field(name="CheckedBytes")
    damaged: int = msgspec.field(name="Damaged")


class VerifyInput(msgspec.Struct, frozen=True, rename="pascal"):
    """`samples` of each kind of volume, null for all. With the depth "hash" sizes and hashes are compared,
    with "content" volumes are looked into as well."""

    samples: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = 1
    depth: Literal["hash", "content"] = "content"
