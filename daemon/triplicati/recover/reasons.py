"""Why something cannot be read, in the words of one line."""

from __future__ import annotations

from triplicati.errors import CorruptVolume, GpgFailed


def reason_of(error: Exception) -> str:
    """Without the advice that is for those who have a database, and without names that are told anyway."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error.details["reason"]) if isinstance(error, CorruptVolume | GpgFailed) else str(error)
