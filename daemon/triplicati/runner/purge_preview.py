"""What a purge would take out of a saved backup's versions."""

from __future__ import annotations

from triplicati.engine.outcome import settled
from triplicati.engine.stopping import StopRequest
from triplicati.messages.api_upkeep import PurgeInput
from triplicati.messages.results import PurgeResult
from triplicati.messages.saved import SavedBackup
from triplicati.operations.purging import run_purge
from triplicati.runner.browsing import asked
from triplicati.runner.daemon import Daemon


async def preview_purge(daemon: Daemon, backup: SavedBackup, wanted: PurgeInput) -> PurgeResult:
    """Nothing is changed. Raises what `run_purge` raises."""
    extra: dict[str, str | None] = {"dry-run": "true"}
    if wanted.versions:
        extra["version"] = ",".join(map(str, wanted.versions))
    async with asked(daemon, backup, "PurgeFiles", extra=extra, paths=tuple(wanted.paths)) as order:
        return await settled(lambda: run_purge(order, StopRequest()))
