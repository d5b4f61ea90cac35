"""What a mirror does to single volumes, several at a time."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import trio

from triplicati.engine.mirror_plan import Sizes, is_plain, is_set_aside, plan_mirror, set_aside_name
from triplicati.engine.remote import Remote
from triplicati.engine.stalling import unless_stalled
from triplicati.engine.stopping import StopRequest
from triplicati.errors import (
    DestinationError,
    FolderMissing,
    RemoteFileMissing,
    TransferStalled,
    TriplicatiError,
    VolumeDiffers,
)
from triplicati.messages.progress import Event
from triplicati.messages.results import MirrorResult
from triplicati.storage.abilities import Renaming, ability
from triplicati.storage.uploads import FileUpload

_PART = 1 << 20
# With so many failures one after the other it is not single volumes that fail.
_HOPELESS = 5


class MirrorSettings(msgspec.Struct, frozen=True):
    """`force` copies what is there already, also over another backup; `keeps_old` gives outdated volumes
    another name instead of deleting them; `attempts` are made for each volume; `checks_all` fetches what is
    there already and compares it, `checks_copies` what was just copied. So many are copied `at_once`. With
    `goes_on` what fails is told as an error of the report, and the others of its kind are still dealt with;
    with `despite_failures` what may need it too, so that a list can be there without all of its data.
    """

    dry_run: bool = False
    force: bool = False
    keeps_old: bool = False
    attempts: int = 3
    checks_all: bool = False
    checks_copies: bool = False
    at_once: int = 4
    goes_on: bool = False
    despite_failures: bool = False


async def sizes_of(remote: Remote, *, absent_is_fine: bool = False) -> dict[str, int]:
    """Without names that could lead out of a folder: only those who want to harm make them."""
    try:
        found = {each.name: each.size for each in await remote.list() if not is_set_aside(each.name)}
    except FolderMissing:
        if absent_is_fine:
            return {}
        raise
    for name in [name for name in found if not is_plain(name)]:
        del found[name]
        text = f'"{name}" at {remote.destination.display} is no name of a volume; it is let be.'
        remote.report.warning("UnsafeName", text, name)
    return found


class MirrorWork:
    """What is done to single volumes by one mirror, and how it goes."""

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
        """Whether nothing failed so far, and nobody wants it to stop."""
        return not self._stop.wanted and not self._failures

    async def side_by_side(self, names: Sequence[str], work: Callable[[str], Awaitable[None]]) -> None:
        """All of them, or none where something before failed. Raises what failed first, unless it goes on."""
        if not self.goes_well and not self._settings.despite_failures:
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
            known, digest = self._digests.get(name), b""
            if known is not None or self._settings.checks_copies:
                digest = await trio.to_thread.run_sync(_digest, path)
            if known not in (None, digest):
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
        found = await sizes_of(self._target)
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
        new = set_aside_name(name, int(self._result.begin_time))
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
