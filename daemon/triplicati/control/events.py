"""``events``: what happens, one JSON object a line, without end."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session, print_line


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", type=int, metavar="SEQ", help="what came after the event with this number")
    parser.add_argument("--topic", action="append", help="only this one; may be given more than once")
    parser.add_argument("--count", type=int, metavar="N", help="end after so many")


async def run(session: Session) -> int:
    words = session.words
    left = words.count if words.count is not None else -1
    async with session.client() as client:
        async for event in client.events(words.since):
            if left == 0:
                break
            if words.topic and event.topic not in words.topic:
                continue
            if not print_line(event.raw):
                break
            left -= 1
            if left == 0:
                break
    session.words.json = False  # what was printed is JSON already
    return 0
