"""How a running backup is told to end early and keep what it has (design: three kinds of stop).

The third kind, abort, is the cancellation of its scope.
"""

from __future__ import annotations

from typing import Literal

import trio

Stop = Literal["", "after-file", "now"]


# Seconds between two looks at whether to stop.
_LOOK = 0.2


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


async def cancel_when_now(stop: StopRequest, scope: trio.CancelScope) -> None:
    """Cancels what can be left at any point as soon as "now" is wanted."""
    while stop.wanted != "now":  # noqa: ASYNC110 - set in any thread, so there is no event to wait for
        await trio.sleep(_LOOK)
    scope.cancel()
