"""What a restore would do, by its own plan; no volume is fetched (spec/format.md 11)."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Literal

import msgspec
import trio

from triplicati.engine.persisted import recorded_format
from triplicati.engine.pool import worker_count
from triplicati.engine.remote import Remote
from triplicati.engine.restore import count_scratch, scratch_plan, select_entries
from triplicati.engine.restore_places import check_target, free_room
from triplicati.engine.restore_plan import Plan
from triplicati.engine.restore_select import Placed, place, raw_folders
from triplicati.engine.settings import RestoreSettings
from triplicati.errors import OptionNotBuilt
from triplicati.formats.kinds import FOLDER, SYMLINK
from triplicati.index.database import Database
from triplicati.messages.previews import Broken, Conflict, RestorePreview, RoomNeeded
from triplicati.source.names import stored_name

_NOT_TOLD = 1 << 62


async def preview_restore(
    remote: Remote, database: Database, settings: RestoreSettings, limit: int
) -> RestorePreview:
    """`limit`: how many conflicts and broken files are named. Nothing is written, not even a probe.

    After a recreate, names that only metadata at the destination can tell count as they are written in the
    list. Raises what `restore` raises before it writes, but for `DiskFull`; and `OptionNotBuilt`.
    """
    if settings.all_versions != "False":
        raise OptionNotBuilt(option="restore-all-files", reason="a preview is of one version")
    settings = msgspec.structs.replace(settings, dry_run=True)
    if settings.target is not None:
        await trio.to_thread.run_sync(check_target, settings.target)
    form = await recorded_format(database)
    async with scratch_plan(remote.keys.tempdir, database.path, form) as plan:
        version = await select_entries(plan, database, settings, remote.report)
        raw = await database.read(lambda c: raw_folders(c, version.id))
        look = trio.from_thread.check_cancelled
        placed = await trio.to_thread.run_sync(
            place, plan, settings, version, form.file_hash, raw, look
        )
        await trio.to_thread.run_sync(lambda: plan.add_needs(metadata=not settings.skip_metadata))
        await trio.to_thread.run_sync(
            count_scratch, plan, remote, placed, worker_count(settings.max_threads)
        )
        found = RestorePreview(datetime.fromtimestamp(version.stamp, UTC))
        await trio.to_thread.run_sync(_fill, found, plan, placed, limit)
        return found


def _fill(found: RestorePreview, plan: Plan, placed: Placed, limit: int) -> None:
    found.files, found.bytes = plan.totals()
    kinds = plan.kinds()
    found.folders, found.links = kinds.get(FOLDER, 0), kinds.get(SYMLINK, 0)
    volumes = plan.volumes()
    found.volumes, found.volume_bytes = len(volumes), sum(max(size, 0) for _, _, size, _ in volumes)
    found.changed_names = placed.changes.count
    _count_conflicts(found, plan, limit)
    broken = plan.broken()
    found.broken = len(broken)
    found.broken_files = [Broken(stored_name(path), reason) for path, reason in broken[:limit]]
    for mount in placed.mounts.all():
        free, needed = free_room(mount.folder), max(mount.needed - mount.replaced, 0)
        told = None if free >= _NOT_TOLD else free
        found.room.append(RoomNeeded(_shown(mount.folder), needed, told, needed <= free))


def _count_conflicts(found: RestorePreview, plan: Plan, limit: int) -> None:
    for path, meant, target, overwrites, kept in plan.met():
        what: Literal["same", "replaced", "renamed"]
        if kept:
            what = "same"
            found.same += 1
        elif target != meant and os.path.lexists(meant):
            what = "renamed"
            found.renamed += 1
        elif overwrites:
            what = "replaced"
            found.replaced += 1
        else:
            continue
        if len(found.conflicts) < limit:
            found.conflicts.append(Conflict(path, _shown(target), what))


def _shown(path: bytes) -> str:
    return stored_name(os.fsdecode(path))
