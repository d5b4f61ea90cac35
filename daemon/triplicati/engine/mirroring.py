"""Copies the volumes of a backup from its destination to another one, until both hold the same.

New volumes come first, in the order in which a backup writes them, and are seen in a fresh listing before
old ones go, in the order in which they are deleted: whatever ends a run, each version that is listed there
can be restored. The listings of both sides tell all that is to be done, so that a run can be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

import msgspec

from triplicati.engine.mirror_plan import MirrorPlan, Sizes, belongs_to_another, in_stages, plan_mirror
from triplicati.engine.mirror_work import MirrorSettings, MirrorWork, sizes_of
from triplicati.engine.remote import Remote
from triplicati.engine.stopping import StopRequest
from triplicati.errors import MirrorTargetForeign
from triplicati.messages.results import MirrorResult

__all__ = ("Approve", "MirrorSettings", "Planned", "mirror")


class Planned(msgspec.Struct, frozen=True):
    """What is about to be done: sizes at both sides, and the result, which counts while it is done."""

    plan: MirrorPlan
    source: Sizes
    target: Sizes
    result: MirrorResult


Approve = Callable[[Planned], Awaitable[bool]]


async def mirror(
    source: Remote,
    target: Remote,
    digests: Mapping[str, bytes],
    leave_out: Iterable[str],
    settings: MirrorSettings,
    stop: StopRequest,
    *,
    keeps_all: bool = False,
    approve: Approve | None = None,
) -> MirrorResult:
    """Volumes are those with the prefix of `source`, of all prefixes where that is "". `digests` are the
    SHA-256 of volumes as far as this machine knows them, `leave_out` volumes that are on their way to or from
    `source`. With `keeps_all` nothing is deleted: versions are damaged at `source`, and `target` may hold
    what is lost there. Nothing is done unless `approve` says so.

    Raises `MirrorTargetForeign` where `target` holds another backup, `VolumeDiffers` for a volume that is
    damaged at `source`, and what the destinations raise.
    """
    result = MirrorResult(
        main_operation="RemoteSynchronization",
        begin_time=time.time(),
        dryrun=settings.dry_run,
        destination=target.destination.display,
    )
    source.report.phase(f"Copying to {result.destination} ...")
    there = await sizes_of(source)
    for name in leave_out:
        there.pop(name, None)
    here = await sizes_of(target, absent_is_fine=settings.dry_run)
    if not settings.force and belongs_to_another(there, here):
        raise MirrorTargetForeign(url=result.destination, count=len(here))
    plan = plan_mirror(there, here, force=settings.force)
    if approve is not None and not await approve(Planned(plan, there, here, result)):
        result.interrupted, result.end_time = True, time.time()
        return result
    work = MirrorWork(source, target, digests, settings, result, stop)
    for stage in in_stages(plan.copy):
        await work.side_by_side(stage, lambda name: work.copy(name, there[name]))
    if settings.checks_all:
        await work.side_by_side(plan.same, lambda name: work.check(name, there[name]))
    if plan.remove and keeps_all:
        count = len(plan.remove)
        source.report.message(f"{count} volume(s) stay at {result.destination}, for they may be needed.")
    elif plan.remove and work.goes_well and await work.all_there(there):
        for stage in in_stages(plan.remove):
            await work.side_by_side(stage, lambda name: work.remove(name, here[name]))
    result.interrupted, result.end_time = bool(stop.wanted), time.time()
    return result
