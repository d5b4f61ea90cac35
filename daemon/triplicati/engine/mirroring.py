"""Copies the volumes of a backup from its destination to another one, until both hold the same.

New volumes come first, in the order in which a backup writes them, and are seen in a fresh listing before
old ones go, in the order in which they are deleted: whatever ends a run, each version that is listed there
can be restored. The listings of both sides tell all that is to be done, so that a run can be repeated.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import trio

from triplicati.engine.mirror_plan import (
    MirrorPlan,
    Sizes,
    belongs_to_another,
    in_stages,
    is_plain,
    plan_mirror,
)
from triplicati.engine.remote import Remote
from triplicati.engine.stalling import unless_stalled
from triplicati.engine.stopping import StopRequest
from triplicati.errors import (
    DestinationError,
    FolderMissing,
    MirrorTargetForeign,
    RemoteFileMissing,
    TransferStalled,
    TriplicatiError,
    VolumeDiffers,
)
from triplicati.messages.progress import Event
from triplicati.messages.results import MirrorResult
from triplicati.storage.abilities import Renaming, ability
from triplicati.storage.uploads import FileUpload
from triplicati.values.stamps import format_stamp

_PART = 1 << 20
# With so many failures one after the other it is not single volumes that fail.
_HOPELESS = 5

class MirrorSettings(msgspec.Struct, frozen=True):
    """`force` copies what is there already, also over another backup; `keeps_old` gives outdated volumes
    another name instead of deleting them; `attempts` are made for each volume; `checks_all` fetches what is
    there already and compares it, `checks_copies` what was just copied. So many are copied `at_once`. With
    `goes_on` what fails is told as an error of the report, and the others of its kind are still dealt with.
    """

    dry_run: bool = False
    force: bool = False
    keeps_old: bool = False
    attempts: int = 3
    checks_all: bool = False
    checks_copies: bool = False
    at_once: int = 4
    goes_on: bool = False


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
    there = await _sizes(source)
    for name in leave_out:
        there.pop(name, None)
    here = await _sizes(target, absent_is_fine=settings.dry_run)
    if not settings.force and belongs_to_another(there, here):
        raise MirrorTargetForeign(url=result.destination, count=len(here))
    plan = plan_mirror(there, here, force=settings.force)
    if approve is not None and not await approve(Planned(plan, there, here, result)):
        result.interrupted, result.end_time = True, time.time()
        return result
    run = _Run(source, target, digests, settings, result, stop)
    for stage in in_stages(plan.copy):
        await run.side_by_side(stage, lambda name: run.copy(name, there[name]))
    if settings.checks_all:
        await run.side_by_side(plan.same, lambda name: run.check(name, there[name]))
    if plan.remove and keeps_all:
        count = len(plan.remove)
        source.report.message(f"{count} volume(s) stay at {result.destination}, for they may be needed.")
    elif plan.remove and run.goes_well and await run.all_there(there):
        for stage in in_stages(plan.remove):
            await run.side_by_side(stage, lambda name: run.remove(name, here[name]))
    result.interrupted, result.end_time = bool(stop.wanted), time.time()
    return result


async def _sizes(remote: Remote, *, absent_is_fine: bool = False) -> dict[str, int]:
    """Without names that could lead out of a folder: only those who want to harm make them."""
    try:
        found = {each.name: each.size for each in await remote.list()}
    except FolderMissing:
        if absent_is_fine:
            return {}
        raise
    for name in [name for name in found if not is_plain(name)]:
        del found[name]
        text = f'"{name}" at {remote.destination.display} is no name of a volume; it is let be.'
        remote.report.warning("UnsafeName", text, name)
    return found


class _Run:
    """One mirror at work."""

    def __init__(
        self,
        source: Remote,
        target: Remote,
        digests: Mapping[str, bytes],
        settings: MirrorSettings,
        result: MirrorResult,
        stop: StopRequest,
    ) -> None:
        self._source = source
        self._target = target
        self._digests = digests
        self._settings = settings
        self._result = result
        self._report = source.report
        self._stop = stop
        self._failures = 0
        self._in_a_row = 0

    @property
    def goes_well(self) -> bool:
        """Whether what comes next may be begun."""
        return not self._stop.wanted and not self._failures

    async def side_by_side(self, names: Sequence[str], work: Callable[[str], Awaitable[None]]) -> None:
        """All of them, or none where something before failed. Raises what failed first, unless it goes on."""
        if not self.goes_well:
            return
        waiting = iter(names)
        first: list[TriplicatiError] = []

        async def lane() -> None:
            for name in waiting:
                if self._stop.wanted:
                    return
                try:
                    await work(name)
                    self._in_a_row = 0
                except TriplicatiError as error:
                    if not self._may_go_on(name, error):
                        first.append(error)
                        nursery.cancel_scope.cancel()
                        return

        async with trio.open_nursery() as nursery:
            for _ in range(1 if self._settings.dry_run else max(1, min(self._settings.at_once, len(names)))):
                nursery.start_soon(lane)
        if first:
            raise first[0]

    def _may_go_on(self, name: str, error: TriplicatiError) -> bool:
        self._failures += 1
        self._in_a_row += 1
        single = type(error) in (DestinationError, VolumeDiffers, RemoteFileMissing, TransferStalled)
        if not self._settings.goes_on or not single or self._in_a_row >= _HOPELESS:
            return False
        self._report.error(error.id, f"{name}: {error}", name)
        return True

    async def copy(self, name: str, size: int) -> None:
        await self._report.go_on()
        if self._settings.dry_run:
            self._report.message(f"Would copy {name}.", "DryRun")
            self._count(size)
            return
        async with self._source.fetched(name, size) as path:
            known = self._digests.get(name)
            digest = await trio.to_thread.run_sync(_digest, path)
            if known is not None and digest != known:
                raise VolumeDiffers(name=name, url=self._source.destination.display)
            attempt = 1
            while not await self._sent(name, path, digest):
                attempt += 1
                if attempt > max(self._settings.attempts, 1):
                    raise VolumeDiffers(name=name, url=self._result.destination)
        self._count(size)

    async def check(self, name: str, size: int) -> None:
        """Compares what is there already, and copies it again where it differs."""
        await self._report.go_on()
        known = self._digests.get(name)
        if known is None:
            async with self._source.fetched(name, size) as path:
                known = await trio.to_thread.run_sync(_digest, path)
        if await self._arrived(name, known):
            return
        self._report.message(f"{name} differs at {self._result.destination}; it is copied again.")
        await self.copy(name, size)

    async def all_there(self, wanted: Sizes) -> bool:
        """Whether a fresh listing has everything: only then something may go."""
        if self._settings.dry_run:
            return True
        found = await _sizes(self._target)
        return not plan_mirror(wanted, found).copy

    async def remove(self, name: str, size: int) -> None:
        await self._report.go_on()
        result, renames = self._result, self._settings.keeps_old
        if self._settings.dry_run:
            self._report.message(f"Would {'rename' if renames else 'delete'} {name}.", "DryRun")
        elif not renames or not await self._renamed(name, size):
            await self._target.delete(name, size)
        if renames:
            result.renamed_file_count += 1
        else:
            result.deleted_file_count += 1

    async def _renamed(self, name: str, size: int) -> bool:
        """False where it had to be sent again under the other name, so that there are two now."""
        new = f"{format_stamp(int(self._result.begin_time))}.old.{name}"
        able = ability(self._target.destination, Renaming)  # type: ignore[type-abstract]  # a protocol
        if able is not None:
            with contextlib.suppress(DestinationError):  # every destination can do it the other way
                await able.rename(name, new)
                return True
        async with self._target.fetched(name, size) as path:
            await self._put(new, path)
        return False

    async def _sent(self, name: str, path: Path, digest: bytes) -> bool:
        await self._put(name, path)
        return not self._settings.checks_copies or await self._arrived(name, digest)

    async def _arrived(self, name: str, digest: bytes) -> bool:
        async with self._target.fetched(name) as path:
            same = await trio.to_thread.run_sync(_digest, path) == digest
        if same:
            self._result.verified_file_count += 1
        else:
            self._result.failed_verification_count += 1
        return same

    async def _put(self, name: str, path: Path) -> None:
        size = (await trio.Path(path).stat()).st_size
        transfers = self._report.progress.transfers

        async def once() -> None:
            self._report.event(Event("upload", name, size))
            transfers[name] = (0, size)

            def sent(count: int) -> None:
                transfers[name] = (transfers.get(name, (0, size))[0] + count, size)

            upload = FileUpload(path, size, sent)
            await unless_stalled(
                name,
                self._target.patience,
                lambda: self._target.destination.put(name, upload),
                lambda: transfers.get(name, (0, 0))[0],
            )

        try:
            await self._target.tried(once)
        finally:
            transfers.pop(name, None)

    def _count(self, size: int) -> None:
        self._result.copied_file_count += 1
        self._result.copied_file_size += max(size, 0)


def _digest(path: Path) -> bytes:
    running = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while part := file.read(_PART):
                trio.from_thread.check_cancelled()
                running.update(part)
    except OSError as error:
        raise DestinationError(reason=f"{path.name}: {error.strerror or error}") from error
    return running.digest()
