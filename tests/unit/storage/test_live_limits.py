"""Speed limits that change while a volume is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import trio

from triplicati.storage.destination import Upload
from triplicati.storage.kinds import file
from triplicati.storage.live_limits import LimitedDestination
from triplicati.storage.throttle import SpeedLimit
from triplicati.values.urls import parse_url


class _Volume:
    """A file that lies where the destination can move it into place."""

    disposable = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size

    def parts(self) -> Iterator[bytes]:
        yield self.path.read_bytes()


async def test_a_volume_that_is_moved_goes_on_when_the_limit_is_lifted(tmp_path: Path) -> None:
    """It waited for its whole size at the limit it had begun with."""
    destination = file.connect(parse_url(tmp_path.as_uri()), {})
    staging = destination.staging
    assert staging is not None
    staging.mkdir()
    path = staging / "volume"
    path.write_bytes(bytes(50_000))
    limit = SpeedLimit(1000)
    limited = LimitedDestination(destination, limit, SpeedLimit(0), lambda: False)
    upload: Upload = _Volume(path)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(limited.put, "volume", upload)
            await trio.sleep(0.1)
            limit.rate = 0
    assert (tmp_path / "volume").exists()
