"""Listing and purging broken files, and purging, in the backup of a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from support.engine import Place
from triplicati.engine.broken_files import list_broken_files
from triplicati.engine.compact_plan import CompactRules
from triplicati.engine.deleting import delete_versions
from triplicati.engine.listing import accepting, all_versions
from triplicati.engine.outcome import settled
from triplicati.engine.purge import purge
from triplicati.engine.purge_broken import purge_broken
from triplicati.engine.reconcile import reconcile
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import open_database
from triplicati.messages.results import FilesOfVersion, PurgeBrokenResult, PurgeResult


def settings(place: Place, **changes: Any) -> UpkeepSettings:  # Any: the fields of the struct
    wanted: dict[str, Any] = {
        "rules": CompactRules(volume_size=20 << 10),
        "encryption": place.encryption,
        "upload_folder": str(place.temporary),
        **changes,
    }
    return UpkeepSettings(**wanted)


async def broken(place: Place, limit: int | None = None) -> list[FilesOfVersion]:
    remote = place.connect()

    async def operation() -> list[FilesOfVersion]:
        async with open_database(place.database) as database:
            return (await list_broken_files(remote, database, limit=limit)).broken_files

    return await settled(operation)


async def broken_paths(place: Place) -> dict[int, set[str]]:
    """The last names of what is broken, by the number of the version."""
    return {
        each.number: {file.path.rstrip("/").rsplit("/", 1)[-1] for file in each.files}
        for each in await broken(place)
    }


async def purged_broken(
    place: Place, *, replaces: bool = True, stop: StopRequest | None = None, **changes: Any
) -> PurgeBrokenResult:  # Any: as above
    remote = place.connect()

    async def operation() -> PurgeBrokenResult:
        async with open_database(place.database) as database:
            wanted, ending = settings(place, **changes), stop or StopRequest()
            return await purge_broken(remote, database, wanted, ending, replaces=replaces, limit=None)

    return await settled(operation)


async def purged(
    place: Place,
    patterns: Sequence[str],
    numbers: Sequence[int] | None = None,
    *,
    stop: StopRequest | None = None,
    **changes: Any,
) -> PurgeResult:  # Any: as above
    """After what every operation that writes begins with."""
    remote = place.connect()
    accepts = accepting(patterns, (), case_sensitive=True)

    async def operation() -> PurgeResult:
        async with open_database(place.database) as database:
            if not changes.get("dry_run"):
                await reconcile(remote, database)
            known = await all_versions(database)
            chosen = None if numbers is None else [each for each in known if each.number in numbers]
            wanted = settings(place, **changes)
            return await purge(remote, database, wanted, chosen, accepts, stop or StopRequest(), limit=None)

    return await settled(operation)


async def deleted(place: Place, number: int) -> None:
    remote = place.connect()
    async with open_database(place.database) as database:
        known = await all_versions(database)
        await delete_versions(remote, database, [known[number].fileset])
