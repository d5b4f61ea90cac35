"""Compares what the destination holds with what this machine knows, at the start and end of an operation
(spec/format.md 13), and settles what an interrupted run left."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

import apsw
import msgspec

from triplicati.engine.remote import Remote
from triplicati.errors import (
    DuplicateRemoteFiles,
    EmptiedRemoteLocation,
    ExtraRemoteFiles,
    MissingRemoteFiles,
    OutdatedDatabase,
)
from triplicati.formats.names import parse_name
from triplicati.index.abandoned import abandon, late_arrivals
from triplicati.index.database import Database
from triplicati.index.filesets import filesets
from triplicati.index.volume_checks import note_damaged
from triplicati.index.volumes import VolumeRow, all_volumes, forget_volumes, set_state


class Difference(msgspec.Struct):
    """What a listing says about the known volumes. `listed` gives sizes by name, -1 for not told; `late` are
    names of uploads that were given up and arrived after all."""

    listed: Mapping[str, int] = msgspec.field(default_factory=dict)
    missing: list[VolumeRow] = msgspec.field(default_factory=list)
    extra: list[str] = msgspec.field(default_factory=list)
    arrived: list[VolumeRow] = msgspec.field(default_factory=list)
    verified: list[VolumeRow] = msgspec.field(default_factory=list)
    never_arrived: list[VolumeRow] = msgspec.field(default_factory=list)
    to_delete: list[VolumeRow] = msgspec.field(default_factory=list)
    deleted: list[VolumeRow] = msgspec.field(default_factory=list)
    wrong_size: list[VolumeRow] = msgspec.field(default_factory=list)
    late: list[str] = msgspec.field(default_factory=list)


def compare_listing(known: list[VolumeRow], listed: Mapping[str, int]) -> Difference:
    """The table of spec/format.md 13.2, as a pure function. `listed` gives sizes by name, -1 for not told."""
    difference = Difference(listed)
    names = {row.name for row in known}
    difference.extra = [name for name in listed if name not in names]
    for row in known:
        size = listed.get(row.name)
        right = size is not None and (size == -1 or row.size < 0 or size == row.size)
        match row.state:
            case "Deleting" | "Deleted":
                (difference.deleted if size is None else difference.to_delete).append(row)
            case "Temporary":
                (difference.never_arrived if size is None else difference.to_delete).append(row)
            case "Uploading" if size is None:
                difference.never_arrived.append(row)
            case "Uploading":
                (difference.arrived if right else difference.to_delete).append(row)
            case _ if size is None:
                difference.missing.append(row)
            case _ if not right:
                difference.wrong_size.append(row)
            case "Uploaded":
                difference.verified.append(row)
    return difference


def has_open_intents(connection: apsw.Connection) -> bool:
    """Whether an operation was interrupted, or left names of failed uploads behind."""
    query = "SELECT 1 FROM volume WHERE state IN ('Temporary', 'Uploading', 'Deleting') LIMIT 1"
    return connection.execute(query).fetchone() is not None


async def look(remote: Remote, database: Database) -> Difference:
    """What differs, changing nothing.

    Raises `EmptiedRemoteLocation`, `DuplicateRemoteFiles` and what the destination raises.
    """
    known = await database.read(all_volumes)
    difference = compare_listing(known, await _listed(remote))
    if difference.missing:
        # Some stores tell late of what they hold: what a second look finds is there.
        again = await _listed(remote)
        difference = compare_listing(known, {**difference.listed, **again})
    if not difference.listed and any(row.state in ("Uploaded", "Verified") for row in known):
        raise EmptiedRemoteLocation(url=remote.destination.display, database=database.path)
    if difference.extra:
        listed, extra = difference.listed, difference.extra
        late = await database.read(lambda c: late_arrivals(c, listed, extra))
        difference.late = [name for name in extra if name in late]
        difference.extra = [name for name in extra if name not in late]
    return difference


async def _listed(remote: Remote) -> dict[str, int]:
    files = await remote.list()
    listed = {each.name: each.size for each in files}
    if len(listed) != len(files):
        seen: set[str] = set()
        twice = [each.name for each in files if each.name in seen or seen.add(each.name)]  # type: ignore[func-returns-value]  # it gives None: the name was new
        raise DuplicateRemoteFiles(count=len(twice), example=twice[0])
    return listed


async def reconcile(remote: Remote, database: Database, tolerated: Collection[str] = ()) -> None:
    """Settles every intent that is still open, so that afterwards each known volume is at the destination
    and nothing else but `tolerated`.

    Raises `OutdatedDatabase`, `ExtraRemoteFiles`, `MissingRemoteFiles` before anything is changed there, and
    what `look` raises.
    """
    difference = await look(remote, database)
    extra = [name for name in difference.extra if name not in tolerated]
    if extra:
        await refuse_newer(database, extra)
        raise ExtraRemoteFiles(count=len(extra), example=extra[0])
    if difference.missing:
        raise missing_files(difference)
    reasons = {
        row.id: f"it has {difference.listed[row.name]} bytes instead of {row.size}"
        for row in difference.wrong_size
    }
    if reasons:
        await database.write(lambda c: note_damaged(c, reasons, time.time()))
    for row in difference.wrong_size:
        remote.report.warning(
            "MissingRemoteHash",
            f"{row.name} is damaged: {reasons[row.id]}. The next backup stores again what is lost, as far as"
            ' the source still has it; "repair" tells more.',
            row.name,
        )
    await settle(remote, database, difference)


async def settle(remote: Remote, database: Database, difference: Difference) -> None:
    """Carries out what was intended and takes down what the listing proves. What is missing, extra or of
    another size is left as it is."""
    for row in difference.to_delete:
        await remote.delete(row.name, difference.listed[row.name])
    for name in difference.late:
        await remote.delete(name, difference.listed[name])

    def record(connection: apsw.Connection) -> None:
        set_state(connection, [row.name for row in difference.arrived], "Uploaded")
        set_state(connection, [row.name for row in difference.verified], "Verified")
        gone = (*difference.to_delete, *difference.deleted, *difference.never_arrived)
        # Under another name it was sent again; what had been there has a hash.
        renamed = [row for row in difference.deleted if row.hash is None]
        given_up = [*difference.never_arrived, *renamed]
        if given_up:
            abandon(connection, given_up, time.time())
        if gone:
            forget_volumes(connection, [row.id for row in gone])

    await database.write(record, durable=bool(difference.to_delete))


def missing_files(difference: Difference) -> MissingRemoteFiles:
    return MissingRemoteFiles(count=len(difference.missing), example=difference.missing[0].name)


async def refuse_newer(database: Database, extra: Sequence[str]) -> None:
    """Raises `OutdatedDatabase` when one of these names is of a version that is newer than all known ones."""
    newest = max((each.stamp for each in await database.read(filesets)), default=0)
    stamps = [(parsed.stamp or 0, parsed.name) for name in extra if (parsed := parse_name(name))]
    stamp, name = max(stamps, default=(0, ""))
    if stamp > newest:
        raise OutdatedDatabase(name=name, database=database.path)
