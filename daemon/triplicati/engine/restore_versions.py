"""`--restore-all-files`: each version to a folder of its own, named by its time (spec/cli.md 5.1)."""

from __future__ import annotations

import hashlib
import os
import time

import apsw
import msgspec
import trio

from triplicati.engine.remote import Remote
from triplicati.engine.restore import candidate_versions, chosen_filter, restore
from triplicati.engine.restore_ability import Ability
from triplicati.engine.restore_places import Mount, check_target, missing_room, nearest_folder
from triplicati.engine.restore_select import chosen_rows
from triplicati.engine.settings import RestoreSettings
from triplicati.errors import EmptyRestoreOperation, NoVersions
from triplicati.formats.kinds import FILE
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, filesets
from triplicati.messages.results import RestoreResult
from triplicati.values.stamps import format_stamp


class _Looked(msgspec.Struct):
    """A version to restore. `digest` is the same for the same files with the same content."""

    version: Fileset
    number: int
    digest: bytes
    size: int


async def restore_versions(remote: Remote, database: Database, settings: RestoreSettings) -> RestoreResult:
    """All versions, or those that were chosen; with "Unique" a version only where a file differs from the
    next newer one. The result counts them all.

    Raises `NoVersions`, `EmptyRestoreOperation`, and what `restore` raises.
    """
    assert settings.target is not None
    begin = time.time()
    await trio.to_thread.run_sync(check_target, settings.target)
    looked = await _look(remote, database, settings)
    await trio.to_thread.run_sync(_check_room, looked, settings)
    whole = RestoreResult(main_operation="Restore", begin_time=begin, dryrun=settings.dry_run)
    whole.restore_path = str(settings.target)
    for each in looked:
        folder = settings.target / format_stamp(each.version.stamp)
        remote.report.message(f"Version {each.number} goes to {folder}")
        one = msgspec.structs.replace(settings, versions=(each.number,), time=None, target=folder)
        _add(whole, await restore(remote, database, one))
    whole.version_time = looked[0].version.stamp
    whole.warnings, whole.errors = remote.report.warnings, remote.report.errors
    whole.end_time = time.time()
    return whole


async def _look(remote: Remote, database: Database, settings: RestoreSettings) -> list[_Looked]:
    """Newest first, those alone that have a file that was asked for."""
    versions = await database.read(filesets)
    if not versions:
        raise NoVersions
    wanted = versions
    if settings.versions or settings.time is not None:
        wanted = await candidate_versions(database, settings, remote.report)
    numbers = {version.id: number for number, version in enumerate(versions)}
    found: list[_Looked] = []
    for version in wanted:
        one = await _looked_at(database, version, numbers[version.id], settings)
        if one is not None and not (
            settings.all_versions == "Unique" and found and found[-1].digest == one.digest
        ):
            found.append(one)
    if not found:
        raise EmptyRestoreOperation(patterns=", ".join(settings.patterns) or "the filters")
    return found


async def _looked_at(
    database: Database, version: Fileset, number: int, settings: RestoreSettings
) -> _Looked | None:
    def read(connection: apsw.Connection) -> _Looked | None:
        running, size, count = hashlib.sha256(), 0, 0
        for row in chosen_rows(connection, version.id, chosen_filter(settings), settings.largest_file):
            # The target of a link is in its metadata.
            content = row.hash if row.kind == FILE else b"" if row.path.endswith("/") else row.metahash
            running.update(f"{row.path}\0{row.kind} {row.size}\0".encode("utf-8", "surrogateescape"))
            running.update(content or b"")
            size += row.size if row.kind == FILE else 0
            count += 1
        return _Looked(version, number, running.digest(), size) if count else None

    return await database.read(read)


def _check_room(looked: list[_Looked], settings: RestoreSettings) -> None:
    """For all of them, before the first is fetched; not where one may be there already. Raises `DiskFull`."""
    assert settings.target is not None
    if settings.ignore_free_space or settings.dry_run:
        return
    if any((settings.target / format_stamp(each.version.stamp)).exists() for each in looked):
        return
    folder = nearest_folder(os.fsencode(settings.target))
    for error in missing_room([Mount(folder, Ability(), needed=sum(each.size for each in looked))]):
        raise error


def _add(whole: RestoreResult, one: RestoreResult) -> None:
    whole.restored_files += one.restored_files
    whole.size_of_restored_files += one.size_of_restored_files
    whole.restored_folders += one.restored_folders
    whole.restored_symlinks += one.restored_symlinks
    whole.unmodified_files += one.unmodified_files
    whole.volumes_fetched += one.volumes_fetched
    whole.broken_files.extend(one.broken_files)
