"""How much of a destination a backup may use, and when to warn. Plain values, for the settings."""

from __future__ import annotations

import msgspec


class QuotaRule(msgspec.Struct, frozen=True):
    """`assigned` are the bytes that a backup may use, 0 for any; `threshold` is in percent, 0 for no warning;
    without `asks` the destination is not asked for its room. Below `plenty` bytes free it warns; a tenth of a
    large disk is plenty for who did not ask."""

    assigned: int = 0
    threshold: int = 10
    asks: bool = True
    plenty: int = 5 << 30
