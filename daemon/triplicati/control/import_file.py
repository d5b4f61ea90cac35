"""``import``: adds a backup from a job file."""

from __future__ import annotations

import argparse
from pathlib import Path

import trio

from triplicati.control.session import Session
from triplicati.errors import JobFileUnusable, ServerRefused

_LARGEST = 32 * 2**20
_ADVICE = (
    ("Settings is password placeholder", "The file holds no passwords: give --backup-passphrase, or a file "
        "that was exported with --export-passwords."),
    ("TargetURL is password placeholder", "The file holds no passwords: give the whole destination with "
        "--backup-url, or a file that was exported with --export-passwords."),
    ("Source is password placeholder", "Give a file that was exported with --export-passwords."),
    ("Missing passphrase", "Give it with --backup-passphrase."),
    ("needs a passphrase", "Give it behind the name of the file."),
)  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="the job file")
    parser.add_argument("passphrase", nargs="?", default="", help="of an encrypted file")
    parser.add_argument("--import-metadata", action="store_true", help="with what is known of its last runs")
    parser.add_argument("--backup-passphrase", metavar="TEXT", help="the backup's, in place of the file's")
    parser.add_argument("--backup-url", metavar="URL", help="destination, in place of the file's")


async def run(session: Session) -> int:
    words = session.words
    content = await trio.to_thread.run_sync(_read, Path(words.file))
    replace = {"settings.passphrase": words.backup_passphrase, "targeturl": words.backup_url}
    replace = {name: value for name, value in replace.items() if value is not None}
    async with session.client() as client:
        try:
            number = await client.import_backup(
                content, passphrase=words.passphrase, metadata=words.import_metadata, replace=replace or None
            )
        except ServerRefused as error:
            raise _advised(error) from None
        backup = await client.backup(number)
    session.members["Imported"] = {"Id": backup.id, "Name": backup.name}
    session.say(f"Imported {backup.name} as backup {backup.id}")
    return 0


def _advised(error: ServerRefused) -> ServerRefused:
    """With what to do about it in the words of this command."""
    for text, advice in _ADVICE:
        if text in error.message:
            reason = f"{error.message.rstrip('.')}. {advice}"
            return ServerRefused(reason=reason, status=error.status, help_id=str(error.details["help_id"]))
    return error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise JobFileUnusable(reason=f"{path}: {error.strerror}") from None
    if len(content) > _LARGEST:
        raise JobFileUnusable(reason=f"{path} is too large")
    return content
