"""Configurations of backups that a backup carries in itself (spec/server.md 4.9)."""

from __future__ import annotations

from triplicati.config.server.job_files import imported, read_jobs
from triplicati.config.server.masking import mask_url, masked
from triplicati.engine.outcome import settled
from triplicati.messages.api_backups import StoredConfiguration
from triplicati.messages.saved import SavedBackup
from triplicati.operations.control_files import control_files_of
from triplicati.runner.browsing import asked
from triplicati.runner.daemon import Daemon
from triplicati.runner.saving import add_copy

FILE_NAME = "task-setup.json"


async def stored_configurations(daemon: Daemon, backup: SavedBackup) -> list[StoredConfiguration]:
    """Those of the newest version, each kept in memory from now on as a temporary backup; none where the
    version carries none.

    Raises `JobFileUnusable`, and what reading a file list raises.
    """
    async with asked(daemon, backup, "RestoreControlFiles") as order:
        _, found = await settled(lambda: control_files_of(order))
    configurations: list[StoredConfiguration] = []
    for content in [content for name, content in found if name == FILE_NAME]:
        for job in read_jobs(content):
            kept = await add_copy(daemon, imported(job, metadata=True), temporary=True)
            names = {name: text or "" for name, text in (job.display_names or {}).items()}
            shown = [mask_url(each.url) for each in masked(kept).targets]
            configurations.append(
                StoredConfiguration(
                    kept.id, kept.name, mask_url(kept.target_url), dict(kept.metadata), names, shown
                )
            )
    return configurations
