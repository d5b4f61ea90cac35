"""Puts a new file list in the place of a version's old one (spec/format.md 12.3, 12.4).

The new one is written from the index as it will be, sent as something that does not count yet, and seen in a
fresh listing; then index and intents change in one transaction, and the old one goes. Killed before that the
next run takes the new one away, killed after it the old one: the version is there all the time.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import msgspec
import trio

from triplicati.engine.control_files import fetch_control_files
from triplicati.engine.filelist import elements
from triplicati.engine.healing import heal
from triplicati.engine.locking import without_locked
from triplicati.engine.persisted import recorded_format, staging_identity
from triplicati.engine.remote import Remote
from triplicati.engine.settings import BackupSettings, UpkeepSettings
from triplicati.engine.staging import staging_folder
from triplicati.engine.stopping import StopRequest, cancel_when_now
from triplicati.engine.temporary import prefix
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import Finished, VolumeWriting, write_dlist
from triplicati.errors import (
    CorruptVolume,
    DestinationError,
    GpgFailed,
    NoFreeSecond,
    UnsupportedContainer,
    UnsupportedEncryption,
)
from triplicati.formats.names import parse_name
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, filesets, finish_fileset
from triplicati.index.rewriting import Changed, MetadataSet, apply_choice, undone
from triplicati.index.volumes import VolumeRow, all_volumes, forget_volume, set_state
from triplicati.messages.results import PurgeResult
from triplicati.values.stamps import format_local

_UNREADABLE = (CorruptVolume, GpgFailed, UnsupportedContainer, UnsupportedEncryption)


class Rewriting(msgspec.Struct):
    """What rewriting needs, for one operation. `private` is a folder for what others must not read."""

    remote: Remote
    database: Database
    uploader: Uploader
    writing: VolumeWriting
    private: Path


@asynccontextmanager
async def rewriting(
    remote: Remote, database: Database, settings: UpkeepSettings
) -> AsyncIterator[Rewriting]:
    """After `reconcile` or `mend`. What an interrupted backup left, and lists that are owed, are made first,
    so that every version has its list. Raises what `heal` raises."""
    form = await recorded_format(database)
    identity = await staging_identity(database)
    async with staging_folder(remote.destination, settings.upload_folder, identity) as staging:
        writing = VolumeWriting(form, settings.encryption, remote.keys, staging, settings.level)
        uploader = Uploader(
            remote, database, writing, index_policy=settings.index_policy, list_after=False
        )
        await heal(database, uploader, writing, BackupSettings((), form=form), remote.report)
        with tempfile.TemporaryDirectory(prefix=prefix(), dir=remote.keys.tempdir or None) as private:
            yield Rewriting(remote, database, uploader, writing, Path(private))


async def new_stamps(
    database: Database, rewritten: Sequence[Fileset], deleted: Sequence[Fileset] = ()
) -> dict[int, int]:
    """For each version, by its id, the first free second after its own, which is before that of the next
    newer version that is not `deleted`. Raises `NoFreeSecond`."""
    versions = await database.read(filesets)
    names = [parse_name(row.name) for row in await database.read(lambda c: all_volumes(c, "dlist"))]
    taken = {each.stamp for each in versions} | {name.stamp for name in names if name is not None}
    gone = {each.id for each in deleted}
    newer = {
        each.id: min((other.stamp for other in versions[:number] if other.id not in gone), default=None)
        for number, each in enumerate(versions)
    }
    numbers = {each.id: number for number, each in enumerate(versions)}
    found: dict[int, int] = {}
    for each in sorted(rewritten, key=lambda version: version.stamp):
        stamp = each.stamp + 1
        while stamp in taken:
            stamp += 1
        limit = newer[each.id]
        if limit is not None and stamp >= limit:
            raise NoFreeSecond(time=format_local(each.stamp), number=numbers[each.id])
        found[each.id] = stamp
    return found


async def rewrite_version(
    work: Rewriting, version: Fileset, stamp: int, replacement: MetadataSet | None = None
) -> Changed:
    """Applies to one version what was chosen (`index.rewriting`), and gives it `stamp`. Versions are to be
    gone through from the oldest to the newest. Raises what the destination raises."""
    remote, database = work.remote, work.database
    lists = {row.id: row for row in await database.read(lambda c: all_volumes(c, "dlist"))}
    old = lists[version.dlist or 0]
    control_files = await _control_files(work, old)

    def written(connection: apsw.Connection) -> Finished:
        with undone(connection):
            apply_choice(connection, version.id, replacement)
            each = _until_cancelled(elements(connection, version.id, work.writing))
            return write_dlist(work.writing, each, control_files, full=version.full)

    finished = await database.write(written)
    volume, name = await work.uploader.new_dlist(stamp, finished)
    await check_there(remote, {name: finished.size})

    def settled(connection: apsw.Connection) -> Changed:
        changed = apply_choice(connection, version.id, replacement)
        finish_fileset(connection, version.id, volume, stamp, full=version.full)
        set_state(connection, [name], "Uploaded")
        set_state(connection, [old.name], "Deleting")
        return changed

    changed = await database.write(settled, durable=True)
    await remote.delete(old.name, old.size)
    await database.write(lambda c: forget_volume(c, old.id))
    return changed


async def rewrite_versions(
    work: Rewriting,
    versions: Sequence[Fileset],
    stamps: Mapping[int, int],
    stop: StopRequest,
    result: PurgeResult,
    replacement: MetadataSet | None = None,
) -> None:
    """`rewrite_version` for each, from the oldest to the newest, as long as no stop is wanted; adds to
    `result`. `stamps` from `new_stamps`. Versions whose lists are locked stay as they are."""
    versions = await without_locked(work.remote, work.database, versions, time.time())
    progress = work.remote.report.progress
    progress.begin()
    progress.files_total, progress.counting = len(versions), False
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancel_when_now, stop, nursery.cancel_scope)
        for version in sorted(versions, key=lambda each: each.stamp):
            await work.remote.report.go_on()
            if stop.wanted:
                break
            changed = await rewrite_version(work, version, stamps[version.id], replacement)
            result.removed_file_count += changed.removed
            result.removed_file_size += changed.removed_bytes
            result.updated_file_count += changed.updated
            result.rewritten_file_lists += 1
            progress.files_done += 1
        nursery.cancel_scope.cancel()
    result.interrupted = result.rewritten_file_lists < len(versions)


async def check_there(remote: Remote, wanted: dict[str, int]) -> None:
    """Raises `DestinationError` where a volume is not in a fresh listing with its size in bytes."""
    listed = {each.name: each.size for each in await remote.list()}
    for name, size in wanted.items():
        if listed.get(name) not in (size, -1):
            raise DestinationError(
                reason=f"the new volume {name} is not there as it was sent, so the old one is kept"
            )


async def _control_files(work: Rewriting, old: VolumeRow) -> list[Path]:
    folder = work.private / secrets.token_hex(4)
    try:
        return await fetch_control_files(work.remote, old, folder)
    except _UNREADABLE as error:
        work.remote.report.warning(
            "ControlFilesLost",
            f"{error} Control files that it may have held are not in the new one.",
            old.name,
        )
        return []


def _until_cancelled(each: Iterator[bytes]) -> Iterator[bytes]:
    for element in each:
        trio.from_thread.check_cancelled()
        yield element
