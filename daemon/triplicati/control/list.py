"""``list``: the backups."""

from __future__ import annotations

import argparse

from triplicati.client import BackupEntry
from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--detailed", action="store_true", help="show all that is known of each")


async def run(session: Session) -> int:
    async with session.client() as client:
        found = await client.backups()
    session.members["Backups"] = [
        {
            "Id": each.id,
            "Name": each.name,
            "Metadata": each.metadata,
            "Schedule": {"Time": each.next_run, "Repeat": each.repeat} if each.next_run else None,
        }
        for each in found
    ]
    if not found:
        session.say("No backups")
    for each in found:
        session.say(f"{each.id}: {each.name}")
        if session.words.detailed:
            session.say(*_details(each))
    return 0


def _details(each: BackupEntry) -> list[str]:
    lines = [f"    Destination: {each.target}"]
    if each.next_run is not None:
        lines.append(f"    Next run: {each.next_run:%Y-%m-%d %H:%M:%S} UTC, every {each.repeat}")
    return lines + [f"    {name}: {value}" for name, value in each.metadata.items() if value]
