"""What changed between two versions of a backup (spec/cli.md 1.3, compare)."""

from __future__ import annotations

from datetime import UTC, datetime

from triplicati.engine.compare import choose_pair
from triplicati.engine.growth import growth
from triplicati.engine.listing import Version, all_versions
from triplicati.errors import VersionNotFound
from triplicati.index.database import Database
from triplicati.messages.changes import ChangesInput, ComparedVersion, VersionChanges
from triplicati.messages.saved import SavedBackup
from triplicati.runner.browsing import look
from triplicati.runner.daemon import Daemon


async def version_changes(daemon: Daemon, backup: SavedBackup, wanted: ChangesInput) -> VersionChanges:
    """Raises `TooFewVersions`, `VersionNotFound` and what `look` raises."""

    async def work(database: Database) -> VersionChanges:
        versions = await all_versions(database)
        oldest = len(versions) - 1
        for number in (wanted.base, wanted.target):
            if number is not None and number > oldest >= 1:
                raise VersionNotFound(wanted=f"{number}", oldest=oldest)
        base, target = choose_pair(versions, wanted.base, wanted.target)
        folder, whole, parts = await growth(database, base, target, wanted.folder, most=wanted.limit)
        return VersionChanges(_compared(base), _compared(target), folder, whole, parts)

    return await look(daemon, backup, work)


def _compared(version: Version) -> ComparedVersion:
    each = version.fileset
    return ComparedVersion(version.number, datetime.fromtimestamp(each.stamp, UTC), each.files, each.bytes)
