"""The server's speed limits, which act at once on what runs (spec/server.md 5.4).

A job's own limits are kept by its operation; of both the lower one counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from triplicati.errors import InvalidValue
from triplicati.storage.destination import Destination
from triplicati.storage.live_limits import LimitedDestination
from triplicati.storage.throttle import SpeedLimit
from triplicati.values.sizes import parse_size

_UNIT = "kb"
# Bytes a second beyond which a limit limits nothing.
_FASTEST = 2**62
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*?)(?:/s)?")


class Limits:
    """One task runs at a time, so there is one limit for each direction."""

    def __init__(self) -> None:
        self.upload = SpeedLimit(0)
        self.download = SpeedLimit(0)

    def set(self, upload: str, download: str) -> None:
        """The values of the settings; what is no speed is no limit."""
        self.upload.rate, self.download.rate = speed(upload), speed(download)

    def around(self, destination: Destination, paused: Callable[[], bool]) -> Destination:
        return LimitedDestination(destination, self.upload, self.download, paused)


def speed(text: str) -> int:
    """Bytes a second of ``10KB``, ``1.5MB`` or ``10`` (KB); 0 for what is none."""
    match = _SPEED.fullmatch(text.strip())
    if match is None:
        return 0
    try:
        unit = parse_size(f"1{match[2]}", _UNIT)
    except InvalidValue:
        return 0
    return int(min(float(match[1]) * unit, _FASTEST))
