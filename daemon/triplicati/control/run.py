"""``run``: starts a backup, and follows it to its end."""

from __future__ import annotations

import argparse
import sys

from triplicati.control.progress_line import ProgressLine
from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("backup", help="its id or its name")
    parser.add_argument(
        "--wait",
        action="store_true",
        help="until it has ended; exit code 0 Success, 2 Warning, 3 Error, 4 Fatal, 1 anything else",
    )
    parser.add_argument("--skip-queue", action="store_true", help="before all others that wait")
    parser.add_argument(
        "--poll-interval", type=float, default=5.0, metavar="SECONDS", help="for servers without events"
    )
    parser.add_argument("--quiet", action="store_true", help="print errors only")


async def run(session: Session) -> int:
    words = session.words
    async with session.client() as client:
        backup = await client.backup(words.backup)
        task = await client.run(backup.id, skip_queue=words.skip_queue)
        session.members["Task"] = task
        if not words.quiet:
            session.say(f"Started backup {backup.name} as task {task}")
        if not words.wait:
            return 0
        shown = not words.quiet and not words.json and sys.stderr.isatty()
        with ProgressLine(sys.stderr if shown else None) as line:
            outcome = await client.wait(task, show=line.show, interval=max(words.poll_interval, 0.1))
    session.members["ParsedResult"] = outcome.parsed
    if not words.quiet or outcome.exit_code:
        text = f": {outcome.message}" if outcome.message else ""
        session.say(f"{backup.name} ended with {outcome.parsed}{text}")
    return outcome.exit_code
