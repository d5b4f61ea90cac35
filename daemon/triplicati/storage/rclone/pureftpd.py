"""Lists that PureFTPd cuts short, in silence, where a folder holds more files than it shows."""

from __future__ import annotations

from triplicati.errors import DestinationError
from triplicati.storage.rclone.certificates import greeting

# Its usual limits of today and of once, with and without the two entries that each folder has for itself.
_SHOWN = frozenset({1998, 2000, 9998, 10_000})


async def check_whole(count: int, host: str, port: int, *, encrypted: bool, option: str) -> None:
    """`count` entries were listed; the server is only asked who it is where that is a number that it stops
    at. `option` switches this off, if it is not empty.

    Raises `DestinationError`: what is left out would count as lost.
    """
    if count in _SHOWN and b"pure-ftpd" in (await greeting(host, port, encrypted=encrypted)).lower():
        trusting = f", or give --{option} if you know that there are no more" if option else ""
        raise DestinationError(
            reason=f"{host} lists exactly {count} files, and as PureFTPd does it may leave out others. Set"
            f" its LimitRecursion above the number of files{trusting}"
        )
