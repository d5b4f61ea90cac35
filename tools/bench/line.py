"""A line with latency in a process of its own: ``python -m tools.bench.line PORT SECONDS`` prints its port.

Each direction takes SECONDS; a round trip takes twice that.
"""

from __future__ import annotations

import sys
from pathlib import Path

import trio

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support.bad_line import bad_line  # the line of the tests


async def main(port: int, latency: float) -> None:
    async with bad_line(port) as line:
        line.latency = latency
        print(line.port, flush=True)
        await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]), float(sys.argv[2]))
