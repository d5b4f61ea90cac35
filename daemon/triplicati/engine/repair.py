"""Brings the destination and the local database together again, each from the other (spec/format.md 12.2).

What the database knows and the destination lost is made anew: indexes and file lists. Data that is lost is
forgotten, so that the next backup stores again what the sources still have. What only the destination knows
needs another database, which `recreate` builds.
"""

from __future__ import annotations

import msgspec

from triplicati.engine.damage import known_damage, mark_damaged
from triplicati.engine.filelist import upload_filelist
from triplicati.engine.mending import mend
from triplicati.engine.missing_indexes import make_missing_indexes
from triplicati.engine.owed_lists import store_owed_lists
from triplicati.engine.persisted import recorded_format, staging_identity
from triplicati.engine.reconcile import look, reconcile
from triplicati.engine.remote import Remote
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.staging import staging_folder
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import VolumeWriting
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.index.blocks import blocklists_of_volume
from triplicati.index.damage import damaged_files
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, unread_lists, without_list
from triplicati.index.quarantine import doubtful_volumes
from triplicati.index.recreating import broken_files, find_missing
from triplicati.index.volumes import VolumeRow, all_volumes, unindexed_dblocks


class Repaired(msgspec.Struct):
    """Numbers: of lists and indexes that were made anew, of dblocks that are missing, of blocks that damaged
    ones lost, of lost blocks that were found on this machine, of versions that are not whole even now, and of
    volumes that were brought back from a copy before."""

    lists: int = 0
    indexes: int = 0
    lost: int = 0
    spoiled: int = 0
    found: int = 0
    broken: int = 0
    brought: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.lists or self.indexes or self.lost or self.spoiled or self.found or self.brought)


async def repair(remote: Remote, database: Database, settings: UpkeepSettings) -> Repaired | None:
    """None where the destination holds what this database does not know: it has to be built anew then, and
    nothing was changed.

    Raises `EmptiedRemoteLocation`, and what the destination raises.
    """
    remote.report.phase("Checking remote backup ...")
    difference = await look(remote, database)
    if difference.extra or await database.read(unread_lists):
        return None
    gone = [row.id for row in difference.missing if row.kind == "dblock"] if settings.rebuild else []
    lists_gone = await database.read(
        lambda c: [each for row in gone for each in blocklists_of_volume(c, row)]
    )
    mended = await mend(remote, database, most_may_be_gone=True)
    done = Repaired(lost=mended.lost, spoiled=mended.spoiled)
    if settings.rebuild:
        from triplicati.engine.recollecting import recollect  # noqa: PLC0415 - seldom asked for

        done.found = await recollect(remote, database, settings, lists_gone)
    lists = await database.read(without_list)
    indexes = await database.read(unindexed_dblocks) if settings.index_policy != "None" else []
    if lists or indexes or mended.lost or mended.spoiled:
        remote.report.phase("Repairing remote backup ...")
        await _make_anew(remote, database, settings, lists, indexes)
        await reconcile(remote, database)
    done.lists, done.indexes = len(lists), len(indexes)
    if mended.lost or mended.spoiled:
        await _tell_lost(remote, database)
    if mended.lost or mended.spoiled or await known_damage(database):
        await mark_damaged(remote, database, tells=False)
    done.broken = len(await database.read(damaged_files))
    return done


async def repairable(remote: Remote, database: Database) -> Repaired | None:
    """What `repair` would find to do, changing nothing; None where it would build the database anew. What
    is left of damaged dblocks is not known before they are read: each counts as missing.

    Raises what `repair` raises.
    """
    difference = await look(remote, database)
    if difference.extra or await database.read(unread_lists):
        return None
    doubtful = {row.id for row in difference.wrong_size} | await database.read(doubtful_volumes)
    gone = {row.id for row in difference.missing} | doubtful
    kinds = [row.kind for row in await database.read(all_volumes) if row.id in gone]
    owed_lists, owed_indexes = await database.read(without_list), await database.read(unindexed_dblocks)
    return Repaired(
        lists=kinds.count("dlist") + len(owed_lists),
        indexes=kinds.count("dindex") + len(owed_indexes),
        lost=kinds.count("dblock"),
        broken=len(await database.read(damaged_files)),
    )


async def _make_anew(
    remote: Remote,
    database: Database,
    settings: UpkeepSettings,
    lists: list[Fileset],
    indexes: list[VolumeRow],
) -> None:
    """What is left undone by an abort the next repair or backup does."""
    form = await recorded_format(database)
    identity = await staging_identity(database)
    async with staging_folder(remote.destination, settings.upload_folder, identity) as staging:
        writing = VolumeWriting(form, settings.encryption, remote.keys, staging, settings.level)
        uploader = Uploader(
            remote, database, writing, index_policy=settings.index_policy, list_after=False
        )
        if settings.rebuild != "whole":  # all or nothing was asked for; the next backup stores them
            await store_owed_lists(database, uploader, writing)
        await make_missing_indexes(database, uploader, indexes, remote.report)
        for version in lists:
            await remote.report.go_on()
            # Under the same name: versions keep their order, and the old one, should it come, is the same.
            await upload_filelist(database, uploader, writing, version.id, version.stamp, full=version.full)


async def _tell_lost(remote: Remote, database: Database) -> None:
    digest_size = DIGEST_SIZES[(await recorded_format(database)).block_hash]
    _, missing = await database.write(lambda c: find_missing(c, digest_size))
    if not missing:
        return
    count, examples = await database.write(lambda c: broken_files(c, digest_size))
    if count:
        remote.report.error(
            "MissingBlocks",
            f"At least {missing} blocks are missing at the destination; {count} file(s) cannot be restored"
            f" whole, for example {examples[0]}. The next backup stores again what the source still has.",
        )
