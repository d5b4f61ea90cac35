"""What an operation that writes does about a destination that lost or damaged something (spec/format.md 12.2,
13.2): it goes on with what is left.

Lists and indexes that are missing or damaged are owed from then on, and made anew from the database by
`heal` or `repair`. Data that is lost is forgotten: the next backup reads every file again and stores what the
source still has. A damaged dblock that can be opened is read block by block, and what is whole in it keeps
counting; one that cannot be opened holds nothing that a restore could use, here or by Duplicati.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import apsw
import msgspec

from triplicati.engine.persisted import recorded_format
from triplicati.engine.reconcile import Difference, look, missing_files, refuse_newer, settle
from triplicati.engine.remote import Remote
from triplicati.engine.salvage import Salvaged, salvage
from triplicati.errors import (
    DestinationError,
    ExtraRemoteFiles,
    GpgFailed,
    RemoteFileMissing,
    WrongPassphrase,
)
from triplicati.index.database import Database
from triplicati.index.filesets import unread_lists
from triplicati.index.owed_lists import owe_lists
from triplicati.index.quarantine import doubtful_volumes, keep_only
from triplicati.index.settings import REREAD, write_settings
from triplicati.index.volumes import (
    VolumeRow,
    all_volumes,
    forget_volumes,
    indexes_only_of,
    set_size,
    set_state,
)


class Mended(msgspec.Struct):
    """Numbers of dlist and dindex volumes that are to be made anew, of dblocks that are missing, of blocks
    that damaged ones lost; and the names at the destination that nobody here knows."""

    lists: int = 0
    indexes: int = 0
    lost: int = 0
    spoiled: int = 0
    foreign: frozenset[str] = frozenset()

    @property
    def anything(self) -> bool:
        return bool(self.lists or self.indexes or self.lost or self.spoiled)


async def mend(
    remote: Remote, database: Database, *, most_may_be_gone: bool = False, foreign_is_fine: bool = True
) -> Mended:
    """Settles every intent that is still open and takes down what is gone. Files that nobody here knows stay
    where they are.

    Raises `OutdatedDatabase`, `ExtraRemoteFiles` unless `foreign_is_fine`, `MissingRemoteFiles` where more
    than half of the data is gone and that was not expected: all before anything is changed; and what `look`
    raises.
    """
    difference = await look(remote, database)
    if difference.extra:
        await _meet_foreign(remote, database, difference, fine=foreign_is_fine)
    lost = [row for row in difference.missing if row.kind == "dblock"]
    if lost and not most_may_be_gone:
        known = await database.read(lambda c: all_volumes(c, "dblock"))
        if 2 * len(lost) > len(known):
            raise missing_files(difference)
    await settle(remote, database, difference)
    mended = Mended(foreign=frozenset(difference.extra))
    await _forget(remote, database, difference.missing)
    await _quarantine(remote, database, difference, mended)
    mended.lost += len(lost)
    mended.lists += sum(row.kind == "dlist" for row in difference.missing)
    mended.indexes += sum(row.kind == "dindex" for row in difference.missing)
    _tell(remote, mended, lost)
    return mended


async def _meet_foreign(remote: Remote, database: Database, difference: Difference, *, fine: bool) -> None:
    count, example = len(difference.extra), difference.extra[0]
    await refuse_newer(database, difference.extra)
    if not fine:
        raise ExtraRemoteFiles(count=count, example=example)
    remote.report.warning(
        "ExtraRemoteFiles",
        f"The destination holds {count} file(s) that this machine does not know, for example {example}. They"
        " stay where they are, and no version is deleted and nothing compacted meanwhile. Run"
        ' "repair", which rebuilds the local database from the destination, or take them away there.',
        example,
    )


async def _forget(remote: Remote, database: Database, missing: Sequence[VolumeRow]) -> None:
    """With the indexes that describe only what is lost: they would make it look as if it were there."""
    if not missing:
        return
    lost = [row.id for row in missing if row.kind == "dblock"]
    gone = {row.id for row in missing}

    def intend(connection: apsw.Connection) -> list[VolumeRow]:
        useless = [row for row in indexes_only_of(connection, lost) if row.id not in gone] if lost else []
        set_state(connection, [row.name for row in useless], "Deleting")
        if lost:
            write_settings(connection, {REREAD: "1"})
            owe_lists(connection, lost)
        return useless

    useless = await database.write(intend, durable=True)
    for row in useless:
        await remote.delete(row.name, row.size)
    away = [*gone, *(row.id for row in useless)]
    await database.write(lambda c: forget_volumes(c, away), durable=True)


async def _quarantine(remote: Remote, database: Database, difference: Difference, mended: Mended) -> None:
    """Looks again at the volumes that have another size or that a test found damaged."""
    unread = set(await database.read(unread_lists))
    for row in await database.read(lambda c: _suspects(c, difference)):
        await remote.report.go_on()
        found = await _salvaged(remote, database, difference, row)
        if found is None:
            continue
        if row.kind == "dblock":
            mended.spoiled += await _keep_whole(remote, database, row, found)
        elif found.damaged and row.name in unread:
            remote.report.warning(
                "UnreadableList",
                f"The file list {row.name} cannot be read, and this machine does not know its version: it"
                ' stays as it is. "purge-broken-files" gives it up; "triplicati recover" may save a part of'
                " it.",
                row.name,
            )
        elif found.damaged:
            await _make_owed(remote, database, row)
            mended.lists += row.kind == "dlist"
            mended.indexes += row.kind == "dindex"
        else:
            await database.write(
                lambda c, row=row, found=found: set_size(c, row.id, found.size, found.digest)  # type: ignore[misc]  # defaults bind the loop's values
            )


def _suspects(connection: apsw.Connection, difference: Difference) -> list[VolumeRow]:
    wanted = {row.id for row in difference.wrong_size} | doubtful_volumes(connection)
    if not wanted:
        return []
    there = ("Uploaded", "Verified")
    return [row for row in all_volumes(connection) if row.id in wanted and row.state in there]


async def _salvaged(
    remote: Remote, database: Database, difference: Difference, row: VolumeRow
) -> Salvaged | None:
    """None for one that cannot be had: nothing is known of it then, and nothing is done about it. Damage is
    believed when it is there twice, for it may have come on the way."""
    form, size = await recorded_format(database), difference.listed.get(row.name, -1)
    try:
        found = await salvage(remote, row, size, form)
        if not found.damaged or remote.destination.local(row.name) is not None:
            return found
        again = await salvage(remote, row, size, form)
        if again.digest == found.digest:
            return found
        remote.report.warning(
            "UnsteadyVolume",
            f"{row.name} came with another content each time: the line or the destination is not reliable."
            " It is left as it is.",
            row.name,
        )
        return None
    except RemoteFileMissing:
        return None
    except (DestinationError, WrongPassphrase, GpgFailed) as error:
        remote.report.warning(error.id, f"{row.name} was found damaged and cannot be looked at: {error}")
        return None


async def _keep_whole(remote: Remote, database: Database, row: VolumeRow, found: Salvaged) -> int:
    """Its indexes tell of blocks that it lost, whether another volume has them or not, or of another size:
    they are made anew."""

    def intend(connection: apsw.Connection) -> tuple[int, list[VolumeRow]]:
        owe_lists(connection, [row.id], found.blocks)
        kept = keep_only(
            connection, row.id, found.blocks, size=found.size, digest=found.digest, now=int(time.time())
        )
        if kept.lost:
            write_settings(connection, {REREAD: "1"})
        if not kept.gone and (row.size, row.hash) == (found.size, found.digest):
            return 0, []
        stale = indexes_only_of(connection, [row.id])
        set_state(connection, [each.name for each in stale], "Deleting")
        return kept.lost, stale

    lost, stale = await database.write(intend, durable=True)
    for each in stale:
        await remote.delete(each.name, each.size)
    if stale:
        await database.write(lambda c: forget_volumes(c, [each.id for each in stale]), durable=True)
    return lost


async def _make_owed(remote: Remote, database: Database, row: VolumeRow) -> None:
    await database.write(lambda c: set_state(c, [row.name], "Deleting"), durable=True)
    await remote.delete(row.name, row.size)
    await database.write(lambda c: forget_volumes(c, [row.id]), durable=True)


def _tell(remote: Remote, mended: Mended, lost: Sequence[VolumeRow]) -> None:
    report = remote.report
    if mended.lists or mended.indexes:
        report.message(
            f"{mended.lists} file list(s) and {mended.indexes} index(es) are missing or damaged at the"
            " destination; they are made anew."
        )
    if mended.lost:
        report.warning(
            "LostVolumes",
            f"{mended.lost} volume(s) with data are missing at the destination, for example {lost[0].name}."
            " A backup reads every file again now and stores what the source still has;"
            ' "list-broken-files" tells what cannot be restored any more.',
            lost[0].name,
        )
    if mended.spoiled:
        report.warning(
            "DamagedVolumes",
            f"{mended.spoiled} block(s) in damaged volumes are lost. A backup reads every file again now and"
            ' stores what the source still has; "list-broken-files" tells what cannot be restored any more.',
        )
