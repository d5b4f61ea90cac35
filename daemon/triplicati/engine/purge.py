"""Takes files out of versions that are there already (spec/format.md 12.4)."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

import trio

from triplicati.engine.broken_files import SHOWN
from triplicati.engine.listing import Accepts, Version, all_versions
from triplicati.engine.remote import Remote
from triplicati.engine.rewriting import new_stamps, rewrite_versions, rewriting
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.stopping import StopRequest
from triplicati.errors import NoVersions
from triplicati.index.database import Database
from triplicati.index.paths import PIECE, Found, paths_in_order
from triplicati.index.rewriting import Chosen, choice_in, choose, chosen_paths, forget_choice
from triplicati.messages.results import FilesOfVersion, PathSize, PurgeResult


async def purge(
    remote: Remote,
    database: Database,
    settings: UpkeepSettings,
    versions: Sequence[Version] | None,
    accepts: Accepts,
    stop: StopRequest,
    *,
    limit: int | None = SHOWN,
) -> PurgeResult:
    """Removes the paths that `accepts` takes from `versions`, from all for None. After `reconcile`, which a
    dry run does without: that tells the first `limit` paths of each version, or all.

    Raises `NoVersions`, `NoFreeSecond` before anything is changed, and what the destination raises.
    """
    result = PurgeResult(main_operation="PurgeFiles", begin_time=time.time(), dryrun=settings.dry_run)
    remote.report.phase("Looking for files to purge ...")
    known = await all_versions(database)
    if not known:
        raise NoVersions
    ids = None if versions is None else {each.fileset.id for each in versions}
    if settings.dry_run:
        hit = await _chosen_versions(database, ids, accepts)
        result.matches = [await _files_of(database, each, limit) for each in hit]
        changes = [await database.write(lambda c, each=each: choice_in(c, each.fileset.id)) for each in hit]  # type: ignore[misc]  # a default binds the loop's value
        result.removed_file_count = sum(each.removed for each in changes)
        result.removed_file_size = sum(each.removed_bytes for each in changes)
        result.rewritten_file_lists = len(hit)
    elif ids is None or ids:
        async with rewriting(remote, database, settings) as work:
            rewritten = [each.fileset for each in await _chosen_versions(database, ids, accepts)]
            remote.report.phase("Purging files ...")
            stamps = await new_stamps(database, rewritten)
            await rewrite_versions(work, rewritten, stamps, stop, result)
    result.warnings, result.errors = remote.report.warnings, remote.report.errors
    result.end_time = time.time()
    return result


async def _chosen_versions(
    database: Database, ids: Collection[int] | None, accepts: Accepts
) -> list[Version]:
    """Chooses what is to go, and gives the versions that hold some of it."""
    versions = [each for each in await all_versions(database) if ids is None or each.fileset.id in ids]
    wanted = [each.fileset.id for each in versions]

    def accepted(rows: list[Found]) -> list[Chosen]:
        return [Chosen(row[0], row[4], row[5], True) for row in rows if accepts(row[0])]

    await database.write(forget_choice)
    after: tuple[str, int] | None = ("", -1)
    while after is not None:
        rows, after = await database.read(lambda c, at=after: paths_in_order(c, wanted, at, None, PIECE))  # type: ignore[misc]  # a default binds the loop's value
        # In a thread: a regular expression of a user may take as long as it likes.
        chosen = await trio.to_thread.run_sync(accepted, rows, abandon_on_cancel=True) if rows else []
        if chosen:
            await database.write(lambda c, chosen=chosen: choose(c, chosen))  # type: ignore[misc]  # as above
    changes = {
        each: await database.write(lambda c, each=each: choice_in(c, each))  # type: ignore[misc]  # as above
        for each in wanted
    }
    return [each for each in versions if changes[each.fileset.id].anything]


async def _files_of(database: Database, version: Version, limit: int | None) -> FilesOfVersion:
    identity = version.fileset.id
    changed = await database.write(lambda c: choice_in(c, identity))
    paths = await database.write(lambda c: chosen_paths(c, identity, limit))
    files = [PathSize(path, size) for path, size in paths]
    return FilesOfVersion(version.number, version.fileset.stamp, changed.removed, files)
