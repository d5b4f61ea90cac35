"""``export``: saves backups as job files."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import trio

from triplicati.client import Export
from triplicati.config.datafolder import write_private
from triplicati.control.session import Session
from triplicati.errors import ExportFileExists, UsageError


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("backups", nargs="+", help="ids or names, or all")
    parser.add_argument("--encryption-passphrase", metavar="TEXT", help="encrypt the files with it")
    parser.add_argument("--unencrypted", action="store_true", help="although there are passwords in them")
    parser.add_argument("--export-passwords", action="store_true", help="with passwords and passphrases")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    parser.add_argument("--destination", default=".", metavar="FOLDER", help="where to (here)")


async def run(session: Session) -> int:
    words = session.words
    passphrase = words.encryption_passphrase or ""
    if words.export_passwords and not passphrase and not words.unencrypted:
        raise UsageError(
            reason="A file with passwords in it should be encrypted: give --encryption-passphrase, or "
            "--unencrypted if it is to be readable."
        )
    saved = []
    async with session.client() as client:
        everything = words.backups == ["all"]
        wanted = await client.backups() if everything else [await client.backup(it) for it in words.backups]
        for each in wanted:
            found = await client.export(each.id, passphrase=passphrase, passwords=words.export_passwords)
            path = await trio.to_thread.run_sync(_save, found, Path(words.destination), words.overwrite)
            saved.append({"Id": each.id, "Name": each.name, "File": str(path)})
            session.say(f"Exported {each.name} to {path}")
    if not words.export_passwords:
        session.say("Passwords and passphrases were left out; --export-passwords exports them too.")
    session.members["ExportedBackups"] = saved
    return 0


def _save(found: Export, folder: Path, overwrite: bool) -> Path:
    """For its owner only. The name is what the server says, so it must not lead anywhere else."""
    name = "".join("_" if each in '/\\:*?"<>|' or ord(each) < 32 else each for each in found.name)
    path = folder / (name.lstrip(".") or "backup.json")
    if not overwrite and os.path.lexists(path):
        raise ExportFileExists(path=path)
    try:
        # A new file also where there is one, which others may be allowed to read.
        write_private(path, found.content)
    except OSError as error:
        raise UsageError(reason=f"{path} cannot be written: {error.strerror}") from None
    return path
