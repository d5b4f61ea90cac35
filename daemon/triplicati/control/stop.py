"""``stop``: ends a task."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", nargs="?", type=int, help="its number; the one that runs, if not given")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--now", action="store_true", help="do not finish the file it works on")
    how.add_argument("--abort", action="store_true", help="at once, whatever it does")


async def run(session: Session) -> int:
    words = session.words
    async with session.client() as client:
        task = words.task
        if task is None:
            active = (await client.status()).active_task
            if active is None:
                session.say("Nothing runs")
                return 0
            task = active.item1
        await client.stop(task, "abort" if words.abort else "now" if words.now else "after-file")
    session.say(f"Task {task} was told to stop")
    return 0
