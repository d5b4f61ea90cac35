"""The further destinations of a saved backup: how far each is, bringing them up to date, testing one."""

from __future__ import annotations

from datetime import UTC, datetime

from triplicati.config.local_database import present_database
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, filesets
from triplicati.messages.api_copies import Copy, CopyTest
from triplicati.messages.saved import SavedBackup
from triplicati.operations.mirror_config import MirrorTarget
from triplicati.operations.mirror_targets import OPTION, CopyState, read_config, shown, state_of
from triplicati.operations.order import place_of
from triplicati.operations.verify import ALL
from triplicati.runner.browsing import asked
from triplicati.runner.daemon import Daemon
from triplicati.runner.tasks import Task

_COPYING = "RemoteSynchronization"


async def copies_of(daemon: Daemon, backup: SavedBackup) -> list[Copy]:
    """In the order of the backup; nothing is asked of them. Raises `MirrorConfigUnusable`."""
    async with asked(daemon, backup, _COPYING) as order:
        if not order.values.text(OPTION):
            return []
        config = await read_config(order)
        targets = [each for each in config.targets if not each.parsed]
        async with present_database(place_of(order, writes=False)) as database:
            versions = [] if database is None else await database.read(filesets)
            return [
                _copy(number, each, await _state(database, each), versions)
                for number, each in enumerate(targets, start=1)
            ]


async def start_copying(daemon: Daemon, backup_id: str) -> Task:
    """Raises `BackupNotFound`."""
    return await daemon.start(backup_id, _COPYING)


async def start_copy_test(daemon: Daemon, backup_id: str, wanted: CopyTest) -> Task:
    """Raises `BackupNotFound`."""
    samples = ALL if wanted.samples is None else str(wanted.samples)
    return await daemon.start(backup_id, "Verify", extra={"use-copy": str(wanted.number)}, paths=(samples,))


async def _state(database: Database | None, target: MirrorTarget) -> CopyState:
    return CopyState() if database is None else await state_of(database, target)


def _copy(number: int, target: MirrorTarget, state: CopyState, versions: list[Fileset]) -> Copy:
    behind = sum(each.stamp > state.version for each in versions) if versions else None
    return Copy(
        number=number,
        target=shown(target),
        mode=target.mode,
        copied=_moment(state.time),
        version=_moment(state.version),
        behind=behind,
        left_out=state.left_out,
        error=state.failed,
        failed=_moment(state.failed_at),
    )


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
