"""``health``: whether the server is well."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    """Takes no words of its own."""


async def run(session: Session) -> int:
    async with session.client(signed_in=False) as client:
        text = await client.health()
    session.members["Health"] = text
    session.say(text)
    return 0
