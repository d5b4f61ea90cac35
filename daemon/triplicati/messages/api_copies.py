"""What the API tells of the further destinations of a backup."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec


class Copy(msgspec.Struct, frozen=True, rename="pascal"):
    """`number` from 1, as ``use-copy`` takes it. `mode` is inline, interval or counting; `copied` when it got
    its last whole copy, and `version` the time of the newest version in it. `behind` counts the versions
    that came since; None where nobody knows. `error` is why the last try failed, "" if it did not."""

    number: int
    target: str
    mode: str
    copied: datetime | None = None
    version: datetime | None = None
    behind: int | None = None
    left_out: int = 0
    error: str = ""
    failed: datetime | None = None


class CopyTest(msgspec.Struct, frozen=True, rename="pascal"):
    """`samples` of each kind of volume, None for all."""

    number: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    samples: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = 1
