"""Carries out the plan of a restore: volumes to workers, then larger files, links and metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, islice

import msgspec
import trio

from triplicati.engine.fetch_ahead import FetchedAhead, fetching_ahead
from triplicati.engine.metering import WriteMeters
from triplicati.engine.opening import Expected
from triplicati.engine.pool import Worker
from triplicati.engine.remote import Remote
from triplicati.engine.restore_plan import Plan
from triplicati.engine.restore_problems import Problems
from triplicati.engine.settings import RestoreSettings
from triplicati.engine.wire import (
    ApplyMetadata,
    FinishFile,
    Finishing,
    Message,
    WriteSetup,
    WriteVolume,
    Written,
)
from triplicati.errors import DestinationError
from triplicati.formats.kinds import FOLDER
from triplicati.formats.manifest import VolumeFormat
from triplicati.messages.results import RestoreResult

_BATCH = 250

Volume = tuple[int, str, int, bytes | None]
"""id, name, size, hash"""


class Work(msgspec.Struct):
    """What the tasks of one restore share. `partials` by item; `left` counts the blocks each larger file
    waits for."""

    plan: Plan
    remote: Remote
    settings: RestoreSettings
    form: VolumeFormat
    nonce: str
    result: RestoreResult
    partials: dict[int, bytes] = msgspec.field(default_factory=dict)
    left: Counter[int] = msgspec.field(default_factory=Counter)
    problems: Problems = msgspec.field(default_factory=Problems)
    ahead: FetchedAhead | None = None
    limit: trio.CapacityLimiter = msgspec.field(default_factory=lambda: trio.CapacityLimiter(1))

    @property
    def meters(self) -> WriteMeters:
        return WriteMeters(self.remote.report.progress.meters)


async def run_work(work: Work, workers: Sequence[Worker]) -> None:
    """From the first volume to the last folder."""
    work.left.update(work.plan.parts_left())
    volumes = work.plan.volumes()
    complete = [item for item, count in work.left.items() if count == 0]
    for worker in workers:
        await worker.send(_setup(work))
    await _share(work, workers, volumes, complete)
    work.remote.report.phase("Completing restore ...")
    await _apply(work, workers, work.plan.to_finish(f"kind <> {FOLDER}", "path"))
    # What is inside a folder comes before it, whose mode may shut out everybody; those of one depth can go
    # side by side.
    folders = work.plan.to_finish(f"kind = {FOLDER}", f"{work.plan.DEPTH} DESC, path")
    try:
        await _apply_folders(work, workers, folders)
    finally:
        work.problems.tell(work.remote.report)


async def _apply_folders(work: Work, workers: Sequence[Worker], folders: Iterator[Finishing]) -> None:
    for _, level in groupby(folders, key=lambda each: each.target.removesuffix(b"/.").count(b"/")):
        await _apply(work, workers, level)


async def _share(
    work: Work, workers: Sequence[Worker], volumes: Sequence[Volume], complete: Sequence[int]
) -> None:
    send, receive = trio.open_memory_channel[Volume | int](len(volumes) + len(work.left) + 1)
    for item in complete:
        send.send_nowait(item)
    for volume in volumes:
        send.send_nowait(volume)
    work.remote.report.progress.volumes_total = len(volumes)
    open_jobs = len(volumes) + len(complete)
    if not open_jobs:
        return
    pending = _Pending(open_jobs, send)
    named = [(name, size) for _, name, size, _ in volumes]
    async with fetching_ahead(work.remote, named, len(workers)) as work.ahead, trio.open_nursery() as nursery:
        for worker in workers:
            nursery.start_soon(_serve, work, worker, receive.clone(), pending)
        receive.close()


class _Pending:
    """Jobs not yet done; the last one closes the channel, which ends the workers' tasks."""

    def __init__(self, count: int, send: trio.MemorySendChannel[Volume | int]) -> None:
        self._count = count
        self._send = send

    def add(self, item: int) -> None:
        self._count += 1
        self._send.send_nowait(item)

    def done(self) -> None:
        self._count -= 1
        if self._count == 0:
            self._send.close()


async def _serve(
    work: Work, worker: Worker, jobs: trio.MemoryReceiveChannel[Volume | int], pending: _Pending
) -> None:
    progress = work.remote.report.progress
    async with jobs:
        async for job in jobs:
            progress.waiting["fetch"] = jobs.statistics().current_buffer_used
            # Those that have no job are not waiting for any stage.
            with progress.meters.member(WriteMeters.CREW):
                if isinstance(job, int):
                    target, size, digest = work.plan.finishing(job)
                    finish = FinishFile(job, work.partials[job], target, size, digest)
                    await _ask(work, worker, finish, pending)
                else:
                    await _volume(work, worker, job, pending)
                    progress.volumes_done += 1
            pending.done()


async def _volume(work: Work, worker: Worker, volume: Volume, pending: _Pending) -> None:
    identity, name, size, _ = volume
    await work.remote.report.go_on()
    files, parts, blobs = await trio.to_thread.run_sync(work.plan.work, identity, limiter=work.limit)
    expected = Expected(size=size, digest=None, form=work.form if work.remote.read_manifests else None)
    fetch = work.meters.fetch
    fetch.begin(volume)
    try:
        fetched = work.ahead.taken(name) if work.ahead is not None else work.remote.fetched(name, size)
        async with fetched as path:
            fetch.end(volume)
            partials = {part.id: work.partials[part.id] for part in parts}
            job = WriteVolume(name, str(path), expected, files, parts, blobs, partials)
            await _ask(work, worker, job, pending)
    except DestinationError as error:
        work.remote.report.error(error.id, str(error), name)
        work.plan.give_up((item, str(error)) for item in work.plan.items_of(identity))
    finally:
        fetch.end(volume)
    work.result.volumes_fetched += 1


async def _apply(work: Work, workers: Sequence[Worker], items: Iterator[Finishing]) -> None:
    async def serve(worker: Worker) -> None:
        with work.remote.report.progress.meters.member(WriteMeters.CREW):
            while batch := await trio.to_thread.run_sync(_take, items, limiter=work.limit):
                await _ask(work, worker, ApplyMetadata(batch), None)

    async with trio.open_nursery() as nursery:
        for worker in workers:
            nursery.start_soon(serve, worker)


def _take(items: Iterator[Finishing]) -> list[Finishing]:
    return list(islice(items, _BATCH))


async def _ask(work: Work, worker: Worker, job: Message, pending: _Pending | None) -> None:
    meters = work.meters
    await worker.send(job)
    meters.begin(worker)
    while True:
        answer = await worker.receive()
        meters.heard(worker, answer)
        if isinstance(answer, Written):
            await trio.to_thread.run_sync(_record, work, answer, limiter=work.limit)
            _tell(work, answer, pending)
            if answer.last:
                return
        meters.begin(worker)


def _record(work: Work, answer: Written) -> None:
    plan = work.plan
    plan.placed(answer.files, applied=False)
    plan.applied(answer.applied)
    plan.add_pieces(answer.blobs)
    plan.give_up(answer.failed)


def _tell(work: Work, answer: Written, pending: _Pending | None) -> None:
    progress = work.remote.report.progress
    progress.files_done += len(answer.files) + len(answer.applied)
    progress.bytes_done += answer.written
    for item, text in answer.warnings:
        work.problems.add(work.plan.path_of(item), work.plan.target_of(item), text)
    for item, count in Counter(answer.parts).items():
        work.left[item] -= count
        if work.left[item] == 0 and pending is not None:
            pending.add(item)


def _setup(work: Work) -> WriteSetup:
    settings = work.settings
    return WriteSetup(
        form=work.form,
        keys=work.remote.keys,
        permissions=settings.permissions,
        symlink_metadata=settings.symlink_metadata,
        verify=settings.verify,
        nonce=work.nonce,
        rest=settings.rest,
        full_blocks=settings.full_blocks,
    )
