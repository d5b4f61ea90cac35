"""What a test has to choose from: volumes that the destination lists, and file lists of chosen versions."""

from __future__ import annotations

from collections.abc import Sequence

from triplicati.engine.reconcile import refuse_newer
from triplicati.engine.remote import Remote
from triplicati.engine.settings import VerifySettings
from triplicati.errors import EmptiedRemoteLocation
from triplicati.index.database import Database
from triplicati.index.filesets import filesets
from triplicati.index.volumes import VolumeRow


async def listed_sizes(remote: Remote, database: Database, known: Sequence[VolumeRow]) -> dict[str, int]:
    """Sizes by name. That there are more volumes than known is a warning: those known can be tested.

    Raises `EmptiedRemoteLocation`, `OutdatedDatabase` and what the destination raises.
    """
    remote.report.phase("Checking remote backup ...")
    listed = {each.name: each.size for each in await remote.list()}
    names = {row.name for row in known}
    if names and names.isdisjoint(listed):
        raise EmptiedRemoteLocation(url=remote.destination.display, database=database.path)
    if extra := [name for name in listed if name not in names]:
        await refuse_newer(database, extra)
        remote.report.warning(
            "ExtraRemoteFiles",
            f"The destination holds {len(extra)} file(s) that this machine does not know, for example"
            f' {extra[0]}; they are not tested. Run "repair" to learn what they are.',
            extra[0],
        )
    return listed


async def wanted_lists(remote: Remote, database: Database, settings: VerifySettings) -> set[int] | None:
    """The file lists of the versions that are asked for, None for no such choice."""
    if not settings.versions and settings.time is None:
        return None
    found = {
        each.dlist
        for number, each in enumerate(await database.read(filesets))
        if number in settings.versions or (settings.time is not None and each.stamp <= settings.time)
    }
    if not found:
        text = "No version fits the given time or number; all are tested alike."
        remote.report.warning("NoMatchingVersion", text)
        return None
    return {each for each in found if each is not None}
