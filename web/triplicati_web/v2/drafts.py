"""Backups that somebody is still writing: what they would be as command lines."""

from __future__ import annotations

import sys

import trio

from triplicati.config.server.command_lines import Command, backup_command
from triplicati.config.server.job_forms import saved_backup
from triplicati.config.server.special_folders import special_folders
from triplicati.messages.api_backups import BackupInput, DraftCommands
from triplicati.messages.api_envelope import Envelope
from triplicati.runner.daemon import Daemon
from triplicati.values.quoting import command_line
from triplicati_web.routing import Call, Route

_PROGRAM = "duplicati-cli"
_EXAMPLE = "C:\\restored" if sys.platform == "win32" else "/srv/restored"
# Without these nobody finds or reads the volumes.
_FOR_RESTORE = ("--prefix=", "--encryption-module=", "--no-encryption", "--gpg-", "--auth-username=")


async def commands(call: Call) -> Envelope[DraftCommands]:
    daemon: Daemon = call.daemon
    body: BackupInput = call.body
    backup = saved_backup(body.backup, None)
    folders = await trio.to_thread.run_sync(special_folders)
    application = await daemon.store.application_options(), await daemon.store.application_filters()
    found = backup_command(backup, application, folders, daemon.environment, with_secrets=False)
    words = [_PROGRAM, "backup", found.target, *found.sources, *found.options]
    return Envelope(DraftCommands(found.target, _line(words), _line(_restore(found))))


def _restore(command: Command) -> list[str]:
    options = [each for each in command.options if each.startswith(_FOR_RESTORE)]
    return [_PROGRAM, "restore", command.target, "*", f"--restore-path={_EXAMPLE}", *options]


def _line(words: list[str]) -> str:
    return command_line(words, windows=sys.platform == "win32")


ROUTES = (
    Route(
        "POST",
        "/api/v2/backups/commands",
        commands,
        "The command lines of a backup that need not be saved, without secrets",
        "backups",
        body=BackupInput,
        answer=Envelope[DraftCommands],
    ),
)
