"""``sign-in-link``: an address that opens the page signed in."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--minutes", type=int, default=60, metavar="N", help="how long it is good, on this computer (60)"
    )


async def run(session: Session) -> int:
    """Signed here, without asking the server, where that is possible."""
    local = await session.local() if session.password is None else None
    if local is not None:
        link = local.sign_in_link(max(session.words.minutes, 1))
    else:
        async with session.client() as client:
            link = await client.sign_in_link(session.password or "")
    session.members["Link"] = link
    session.say(link)
    return 0
