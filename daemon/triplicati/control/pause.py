"""``pause``: nothing is begun, and what runs waits."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("duration", nargs="?", default="", help="such as 30m, 2h or 1D; else until resumed")


async def run(session: Session) -> int:
    duration = session.words.duration
    async with session.client() as client:
        await client.pause(duration)
    session.say(f"Paused for {duration}" if duration else "Paused until resumed")
    return 0
