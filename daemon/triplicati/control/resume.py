"""``resume``: ends the pause."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    """Takes no words of its own."""


async def run(session: Session) -> int:
    async with session.client() as client:
        await client.resume()
    session.say("Resumed")
    return 0
