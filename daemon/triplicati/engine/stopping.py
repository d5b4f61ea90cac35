"""How a running backup is told to end early and keep what it has (design: three kinds of stop).

The third kind, abort, is the cancellation of its scope.
"""

from __future__ import annotations

from typing import Literal

Stop = Literal["", "after-file", "now"]


class StopRequest:
    """Set from anywhere in the process, looked at by the scan and with every answer to a worker."""

    def __init__(self) -> None:
        self.wanted: Stop = ""

    def after_file(self) -> None:
        """No new file is begun; open ones are finished."""
        self.wanted = self.wanted or "after-file"

    def now(self) -> None:
        """Reading ends; what is packed is still uploaded."""
        self.wanted = "now"
