"""A restore as a client asks for it, and what it would do (spec/server.md 3.4)."""

from __future__ import annotations

import trio

from triplicati.config.server.special_folders import expand_tokens, special_folders
from triplicati.engine.outcome import settled
from triplicati.engine.remote import Remote
from triplicati.engine.restore_preview import preview_restore
from triplicati.errors import OptionNotBuilt
from triplicati.index.database import Database
from triplicati.index.settings import read_settings
from triplicati.messages.api_backups import RestoreInput
from triplicati.messages.previews import RestorePreview, RestorePreviewInput
from triplicati.messages.saved import SavedBackup
from triplicati.operations.looking import look_into
from triplicati.operations.restore import check_passphrase, settings_of
from triplicati.runner.browsing import asked, moment_of
from triplicati.runner.daemon import Daemon


async def restore_options(daemon: Daemon, wanted: RestoreInput) -> dict[str, str | None]:
    """Raises `InvalidValue`, and `OptionNotBuilt` for an address to restore to."""
    extra: dict[str, str | None] = {
        "overwrite": _text(wanted.overwrite),
        "restore-permissions": _text(wanted.permissions),
        "skip-metadata": _text(wanted.skip_metadata),
    }
    if wanted.time and wanted.time.strip():
        extra["time"] = wanted.time
        if wanted.time.strip().lower() == "latest":
            extra["time"] = "now"
        moment_of(wanted.time)
    if wanted.use_copy:
        extra["use-copy"] = str(wanted.use_copy)
    if wanted.passphrase:
        extra["passphrase"] = wanted.passphrase
    if wanted.restore_path and wanted.restore_path.strip():
        extra["restore-path"] = await _expanded(daemon, wanted.restore_path)
    return extra


def restore_paths(wanted: RestoreInput) -> tuple[str, ...]:
    return tuple(filter(None, wanted.paths or ()))


async def previewed_restore(
    daemon: Daemon, backup: SavedBackup, wanted: RestorePreviewInput
) -> RestorePreview:
    """By the plan of the restore itself, which is not carried out. Raises what a restore raises at its
    start."""
    extra, paths = await restore_options(daemon, wanted), restore_paths(wanted)
    async with asked(daemon, backup, "Restore", extra=extra, paths=paths) as order:
        settings = settings_of(order)

        async def work(database: Database, remote: Remote) -> RestorePreview:
            await check_passphrase(remote, await database.read(read_settings))
            return await preview_restore(remote, database, settings, wanted.limit)

        return await settled(lambda: look_into(order, work, only_paths=False, unlocked=True, kept=True))


async def _expanded(daemon: Daemon, path: str) -> str:
    """Raises `OptionNotBuilt` for an address."""
    if path.startswith("@"):
        raise OptionNotBuilt(option="restore-path", reason="files are restored to local folders only")
    folders = await trio.to_thread.run_sync(special_folders)
    return expand_tokens(path, folders, daemon.environment)


def _text(value: bool) -> str:
    return "true" if value else "false"
