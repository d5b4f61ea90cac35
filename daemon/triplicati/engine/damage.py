"""Versions with files that cannot be restored whole: they are marked, and everything else goes on."""

from __future__ import annotations

from triplicati.engine.broken_files import broken_entries, versions_with_broken
from triplicati.engine.listing import all_versions
from triplicati.engine.remote import Remote
from triplicati.index.damage import damaged_files, record_damage
from triplicati.index.database import Database
from triplicati.values.stamps import format_local


async def mark_damaged(remote: Remote, database: Database, *, tells: bool = True) -> None:
    """Counts what the index knows in no volume, version by version; `tells` of it in a warning."""
    async with broken_entries(database) as broken:
        damaged = await versions_with_broken(database, broken, 1)
    ids = {each.number: each.fileset.id for each in await all_versions(database)}
    await database.write(lambda c: record_damage(c, {ids[each.number]: each.file_count for each in damaged}))
    if damaged and tells:
        first, others = damaged[0], len(damaged) - 1
        more = f" and {others} older version(s)" if others else ""
        remote.report.warning(
            "DamagedVersions",
            f"The version of {format_local(first.time)}{more} cannot be restored whole: {first.file_count}"
            f' file(s) lost data, for example {first.files[0].path}. "list-broken-files" tells all,'
            ' "purge-broken-files" takes them out of the versions; everything else is as good as before.',
            first.files[0].path,
        )


async def known_damage(database: Database) -> bool:
    return bool(await database.read(damaged_files))
