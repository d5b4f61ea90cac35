"""``pause``: nothing is begun, and what runs waits; or one schedule is turned off."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session
from triplicati.errors import UsageError


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("duration", nargs="?", default="", help="such as 30m, 2h or 1D; else until resumed")
    parser.add_argument("--schedule", metavar="BACKUP", help="turn off the schedule of this one instead")


async def run(session: Session) -> int:
    duration, which = session.words.duration, session.words.schedule
    if which is not None:
        if duration:
            raise UsageError(reason="A schedule is turned off until it is resumed: leave the duration out.")
        async with session.client() as client:
            await client.switch_schedule(which, on=False)
        session.say(f"The schedule of {which} is off")
        return 0
    async with session.client() as client:
        await client.pause(duration)
    session.say(f"Paused for {duration}" if duration else "Paused until resumed")
    return 0
