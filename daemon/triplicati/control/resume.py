"""``resume``: ends the pause, or turns a schedule on."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("backup", nargs="?", help="turn on the schedule of this one, by id or name, instead")


async def run(session: Session) -> int:
    which = session.words.backup
    async with session.client() as client:
        if which is not None:
            await client.switch_schedule(which, on=True)
        else:
            await client.resume()
    session.say("Resumed" if which is None else f"The schedule of {which} is on")
    return 0
