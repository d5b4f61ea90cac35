"""Copies the volumes of a backup from its destination to another one, until both hold the same.

New volumes come first, in the order in which a backup writes them, and are seen in a fresh listing before
old ones go, in the order in which they are deleted: whatever ends a run, each version that is listed there
can be restored. The listings of both sides tell all that is to be done, so that a run can be repeated.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec
import trio

from triplicati.engine.remote import Remote
from triplicati.engine.stalling import unless_stalled
from triplicati.engine.stopping import StopRequest
from triplicati.errors import DestinationError, FolderMissing, MirrorTargetForeign, VolumeDiffers
from triplicati.formats.names import VolumeKind, parse_name
from triplicati.messages.progress import Event
from triplicati.messages.results import MirrorResult
from triplicati.storage.uploads import FileUpload
from triplicati.values.stamps import format_stamp

_WRITTEN: dict[VolumeKind, int] = {"dblock": 0, "dindex": 1, "dlist": 2}
_PART = 1 << 20

Sizes = Mapping[str, int]
"""Of volumes by name, in bytes; -1 where the destination does not say"""


class MirrorSettings(msgspec.Struct, frozen=True):
    """`force` copies what is there already, also over another backup; `keeps_old` gives outdated volumes
    another name instead of deleting them; `attempts` are made for each volume; `checks_all` fetches what is
    there already and compares it, `checks_copies` what was just copied."""

    dry_run: bool = False
    force: bool = False
    keeps_old: bool = False
    attempts: int = 3
    checks_all: bool = False
    checks_copies: bool = False


class MirrorPlan(msgspec.Struct, frozen=True):
    """Names in the order in which they are dealt with; `same` are on both sides."""

    copy: tuple[str, ...]
    remove: tuple[str, ...]
    same: tuple[str, ...]


def plan_mirror(source: Sizes, target: Sizes, *, force: bool = False) -> MirrorPlan:
    """What makes `target` hold what `source` holds. A volume never changes: the same size is the same
    volume."""
    same = {name for name, size in source.items() if not force and _alike(size, target.get(name))}
    return MirrorPlan(
        copy=tuple(sorted(source.keys() - same, key=_written)),
        remove=tuple(sorted(target.keys() - source.keys(), key=_written, reverse=True)),
        same=tuple(sorted(same, key=_written)),
    )


def _alike(size: int, other: int | None) -> bool:
    return other is not None and (size == other or -1 in (size, other))


def _written(name: str) -> tuple[int, str]:
    parsed = parse_name(name)
    return (_WRITTEN[parsed.kind] if parsed else 0), name


async def mirror(
    source: Remote,
    target: Remote,
    digests: Mapping[str, bytes],
    leave_out: Iterable[str],
    settings: MirrorSettings,
    stop: StopRequest,
    *,
    keeps_all: bool = False,
) -> MirrorResult:
    """`digests` are the SHA-256 of volumes as far as this machine knows them, `leave_out` volumes that are on
    their way to or from `source`. With `keeps_all` nothing is deleted: versions are damaged at `source`, and
    `target` may hold what is lost there.

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
    run = _Run(source, target, digests, settings, result)
    plan = plan_mirror(there, here, force=settings.force)
    for name in plan.copy:
        if stop.wanted:
            break
        await run.copy(name, there[name])
    if settings.checks_all:
        for name in plan.same:
            if stop.wanted:
                break
            await run.check(name, there[name])
    if plan.remove and keeps_all:
        count = len(plan.remove)
        source.report.message(f"{count} volume(s) stay at {result.destination}, for they may be needed.")
    elif plan.remove and not stop.wanted and await run.all_there(there):
        for name in plan.remove:
            await run.remove(name, here[name])
    result.interrupted, result.end_time = bool(stop.wanted), time.time()
    return result


async def _sizes(remote: Remote, *, absent_is_fine: bool = False) -> dict[str, int]:
    try:
        return {each.name: each.size for each in await remote.list()}
    except FolderMissing:
        if absent_is_fine:
            return {}
        raise


def belongs_to_another(source: Collection[str], target: Collection[str]) -> bool:
    """Whether `target` holds volumes and shares none with the backup: it is another one's, and all of it
    would be deleted. Lists do not count, for two of the same second have the same name."""
    common = set(source) & set(target)
    return bool(target) and all(_written(name)[0] == _WRITTEN["dlist"] for name in common)


class _Run:
    """One mirror at work."""

    def __init__(
        self,
        source: Remote,
        target: Remote,
        digests: Mapping[str, bytes],
        settings: MirrorSettings,
        result: MirrorResult,
    ) -> None:
        self._source = source
        self._target = target
        self._digests = digests
        self._settings = settings
        self._result = result
        self._report = source.report

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
        else:
            if renames:
                async with self._target.fetched(name, size) as path:
                    await self._put(f"{format_stamp(int(result.begin_time))}.old.{name}", path)
            await self._target.delete(name, size)
        if renames:
            result.renamed_file_count += 1
        else:
            result.deleted_file_count += 1

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
