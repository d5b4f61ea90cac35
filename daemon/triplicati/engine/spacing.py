"""Upkeep that a backup does by itself is spaced: when it was last done is kept in the local database."""

from __future__ import annotations

import time

from triplicati.engine.remote import Remote
from triplicati.errors import DatabaseInUse, DiskFull
from triplicati.index.database import Database
from triplicati.index.settings import read_settings, write_settings
from triplicati.index.vacuum import free_share, vacuum
from triplicati.messages.results import VacuumResult

COMPACTED, SHRUNK = "last-compact", "last-vacuum"
# Below this share of free pages the file would hardly become smaller.
_WORTH_IT = 0.1


async def is_due(database: Database, what: str, interval: float) -> bool:
    """Whether `interval` seconds have passed since `what` was noted. A clock that was set back is no reason
    to wait."""
    if interval <= 0:
        return True
    noted = (await database.read(read_settings)).get(what)
    return noted is None or not 0 <= time.time() - float(noted) < interval


async def note(database: Database, what: str) -> None:
    """That it was done now."""
    await database.write(lambda c: write_settings(c, {what: str(int(time.time()))}))


async def shrink(remote: Remote, database: Database) -> VacuumResult | None:
    """Makes the file of the local database smaller; None where that would gain little. That it cannot be done
    is no more than a warning: what it belongs to is stored."""
    if await database.read(free_share) < _WORTH_IT:
        return None
    result = VacuumResult(main_operation="Vacuum", begin_time=time.time())
    remote.report.phase("Shrinking the local database ...")
    try:
        result.size_before, result.size_after = await vacuum(database)
    except (DiskFull, DatabaseInUse) as error:
        remote.report.warning(error.id, f"The local database could not be made smaller: {error}")
        return None
    await note(database, SHRUNK)
    result.end_time = time.time()
    return result
