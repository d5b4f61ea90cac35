"""``forever-token``: an access token without an end."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    """Takes no words of its own."""


async def run(session: Session) -> int:
    async with session.client() as client:
        token = await client.forever_token()
    session.members["Token"] = {"Token": token}
    session.say(token)
    return 0
