"""What was proven of a backup's volumes, and a test of more of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from triplicati.config.local_database import present_database
from triplicati.errors import TriplicatiError
from triplicati.index.drills import Drill, read_drills
from triplicati.index.filesets import Fileset, filesets
from triplicati.index.volume_checks import CheckedPart, checked_parts
from triplicati.messages.proof import DrillInput, Proof, ProofCell, ProofTotal, VerifyInput, VersionDrill
from triplicati.messages.saved import SavedBackup
from triplicati.operations.order import place_of
from triplicati.operations.verify import ALL
from triplicati.runner.browsing import asked
from triplicati.runner.daemon import Daemon
from triplicati.runner.tasks import Task


async def proof_of(daemon: Daemon, backup: SavedBackup, cells: int) -> Proof:
    """In at most `cells` cells, in the order of the volumes' ids, from the local database alone."""
    async with (
        asked(daemon, backup) as order,
        present_database(place_of(order, writes=False)) as database,
    ):
        parts = [] if database is None else await database.read(lambda c: checked_parts(c, cells))
        drills = {} if database is None else await database.read(read_drills)
    last = max(drills.values(), key=lambda each: each.time, default=None)
    return Proof(
        volumes=sum(each.volumes for each in parts),
        bytes=sum(each.bytes for each in parts),
        checked=sum(each.checked for each in parts),
        checked_bytes=sum(each.checked_bytes for each in parts),
        damaged=sum(each.damaged for each in parts),
        oldest=_moment(min(_known(each.oldest for each in parts), default=None)),
        newest=_moment(max(_known(each.newest for each in parts), default=None)),
        last_drill=_moment(last.time if last else None),
        drill_outcome=last.outcome if last else "",
        drilled_versions=len(drills),
        cells=[_cell(each) for each in parts],
    )


async def drills_of(daemon: Daemon, backup: SavedBackup) -> list[VersionDrill]:
    """Of each version, newest first; empty without a local database."""
    async with (
        asked(daemon, backup) as order,
        present_database(place_of(order, writes=False)) as database,
    ):
        versions = [] if database is None else await database.read(filesets)
        drills = {} if database is None else await database.read(read_drills)
    return [_drilled(number, each, drills.get(each.id)) for number, each in enumerate(versions)]


def _drilled(number: int, version: Fileset, drill: Drill | None) -> VersionDrill:
    stamp = datetime.fromtimestamp(version.stamp, UTC)
    if drill is None:
        return VersionDrill(number, stamp)
    moment = datetime.fromtimestamp(drill.time, UTC)
    return VersionDrill(number, stamp, moment, drill.outcome, drill.files, drill.bytes, drill.damaged)


async def proof_totals(daemon: Daemon) -> list[ProofTotal]:
    """Of all backups but those whose local database cannot be read now."""
    found = []
    for backup in await daemon.backups():
        try:
            proof = await proof_of(daemon, backup, 1)
        except TriplicatiError:
            continue
        found.append(ProofTotal(backup.id, proof.bytes, proof.checked_bytes, proof.damaged))
    return found


async def start_verify(daemon: Daemon, backup_id: str, wanted: VerifyInput) -> Task:
    """Raises `BackupNotFound`."""
    samples = ALL if wanted.samples is None else str(wanted.samples)
    extra = {"full-remote-verification": "True" if wanted.depth == "content" else "False"}
    return await daemon.start(backup_id, "Verify", extra=extra, paths=(samples,))


async def start_drill(daemon: Daemon, backup_id: str, wanted: DrillInput) -> Task:
    """Raises `BackupNotFound`."""
    extra = {
        "restore-drill": str(wanted.drills),
        "drill-files": str(wanted.files),
        "drill-size": f"{wanted.size}b",
    }
    return await daemon.start(backup_id, "Verify", extra=extra)


def _cell(part: CheckedPart) -> ProofCell:
    oldest = _moment(part.oldest)
    return ProofCell(part.volumes, part.bytes, part.checked, part.damaged, oldest, part.name, part.kind)


def _known(times: Iterable[int | None]) -> list[int]:
    return [each for each in times if each is not None]


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
