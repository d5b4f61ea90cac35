"""``delete``: removes a backup from the server."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("backup", help="its id or its name")
    parser.add_argument("--delete-remote-files", action="store_true", help="and all that was backed up")
    parser.add_argument("--delete-local-db", action="store_true", help="and its local database")
    parser.add_argument("--force", action="store_true", help="although it runs")
    parser.add_argument("--quiet", action="store_true", help="print errors only")


async def run(session: Session) -> int:
    words = session.words
    async with session.client() as client:
        backup = await client.backup(words.backup)
        task = await client.delete(
            backup.id,
            remote_files=words.delete_remote_files,
            local_database=words.delete_local_db,
            force=words.force,
        )
    session.members["Task"] = task
    if not words.quiet:
        session.say(f"Backup {backup.name} is being deleted by task {task}")
    return 0
