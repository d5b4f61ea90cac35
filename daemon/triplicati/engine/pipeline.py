"""Scan, workers and uploads of one backup, side by side.

walk and compare -> batches -> workers (read, hash, compress, pack) -> volumes -> uploads. Each arrow is a
bounded channel, so the slowest stage sets the pace and memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path

import msgspec
import trio

from triplicati.engine.known_blocks import KnownBlocks
from triplicati.engine.metering import PackMeters
from triplicati.engine.opening import Keys
from triplicati.engine.pool import Worker, worker_count, worker_process, worker_thread
from triplicati.engine.recording import Recorder
from triplicati.engine.scanning import (
    ScanBatch,
    ScanStopped,
    ScanTotals,
    SourceWalk,
    known_rows,
    scan,
)
from triplicati.engine.settings import UPLOADS, BackupSettings
from triplicati.engine.stopping import StopRequest
from triplicati.engine.uploading import Uploader
from triplicati.engine.wire import Ask, Batch, Bits, Busy, Done, Finish, PackedVolume, PackSetup
from triplicati.index.database import Database
from triplicati.messages.progress import Report
from triplicati.source.metadata.native import current_caller
from triplicati.source.walk import Found

# Entries that are walked at once, so that two looks at the clock do for all of them.
_WALKED = 32


class Run(msgspec.Struct):
    """What the stages of one backup share. `base` is the newest version's id, 0 for none."""

    database: Database
    settings: BackupSettings
    report: Report
    stop: StopRequest
    recorder: Recorder
    uploader: Uploader
    known: KnownBlocks
    keys: Keys
    staging: Path
    base: int
    totals: ScanTotals = msgspec.field(default_factory=ScanTotals)
    reached: str = ""
    complete: bool = False


async def run_pipeline(run: Run, walk: SourceWalk) -> None:
    """Ends when everything is scanned, packed, recorded and uploaded. `run.complete` tells whether the
    scan got to its end; otherwise `run.reached` is the last path it came to."""
    try:
        await _run_stages(run, walk)
    finally:
        # After an abort too: what is stored can then be part of the version that the next run completes.
        with trio.move_on_after(1, shield=True):
            await run.recorder.flush()
    if run.recorder.not_reached:
        # The walk may have ended before the stop came: the version lacks files all the same.
        run.complete = False


async def _run_stages(run: Run, walk: SourceWalk) -> None:
    workers = worker_count(run.settings.max_threads)
    volumes, finished = trio.open_memory_channel[PackedVolume](1)
    async with trio.open_nursery() as uploading:
        for _ in range(run.settings.uploads or UPLOADS):
            uploading.start_soon(_upload, run, finished.clone())
        finished.close()
        batches, work = trio.open_memory_channel[ScanBatch](workers)
        async with volumes, trio.open_nursery() as packing:
            for _ in range(workers):
                packing.start_soon(_drive, run, work.clone(), volumes.clone())
            work.close()
            packing.start_soon(_scan, run, walk, batches)


async def _scan(run: Run, walk: SourceWalk, batches: trio.MemorySendChannel[ScanBatch]) -> None:
    meters = run.report.progress.meters
    walking, comparing = meters.stage("scan", "walk"), meters.stage("compare", "walk")

    def in_thread() -> None:
        def send(batch: ScanBatch) -> None:
            _show(run)
            comparing.end(run)
            trio.from_thread.run(batches.send, batch)
            comparing.begin(run)

        def gone(paths: Sequence[str]) -> None:
            trio.from_thread.run(run.recorder.gone, list(paths))

        with run.database.reader() as connection:
            with (walking if walk.named else comparing).working():
                rows = known_rows(connection, run.base, walk)
            walk.found = _Walked(run, walk.found)
            run.complete = scan(walk, rows, run.settings.check, run.totals, send, gone)
            comparing.end(run)
        run.report.progress.counting = False
        _show(run)

    async with batches:
        with meters.member("walk"):
            await trio.to_thread.run_sync(in_thread, abandon_on_cancel=True)


class _Walked:
    """The walk, ended by a stop and watched by the display."""

    def __init__(self, run: Run, found: Iterable[Found]) -> None:
        self._run = run
        self._found = found

    def __iter__(self) -> Iterator[Found]:
        run = self._run
        next_look = 0
        for count, each in enumerate(self._timed()):
            if count >= next_look:
                next_look = count + 512
                trio.from_thread.check_cancelled()
                _show(run)
            if run.stop.wanted:
                raise ScanStopped
            run.reached = each[0]
            yield each

    def _timed(self) -> Iterator[Found]:
        """What is not walking, between the entries, is comparing."""
        meters = self._run.report.progress.meters
        walking, comparing = meters.stage("scan", "walk"), meters.stage("compare", "walk")
        found = iter(self._found)
        count = 1
        while True:
            with walking.working():
                entries = list(islice(found, count))
            if not entries:
                return
            comparing.begin(self._run)
            yield from entries
            comparing.end(self._run)
            count = min(2 * count, _WALKED)


def _show(run: Run) -> None:
    progress, totals = run.report.progress, run.totals
    # Only what has to be looked into: it alone takes time.
    progress.files_total = totals.files - totals.unchanged_files
    progress.bytes_total = totals.bytes - totals.unchanged_bytes


async def _drive(
    run: Run, work: trio.MemoryReceiveChannel[ScanBatch], volumes: trio.MemorySendChannel[PackedVolume]
) -> None:
    """One worker, started when there is work for it."""
    meters = run.report.progress.meters
    record, pack = meters.stage("record", "record"), PackMeters(meters, encrypted=_by_aes(run))
    async with work, volumes, AsyncExitStack() as stack:
        worker: Worker | None = None
        stack.enter_context(meters.member("pack"))
        stack.enter_context(meters.member("seal"))
        async for batch in work:
            run.report.progress.waiting["read"] = work.statistics().current_buffer_used
            if run.stop.wanted:
                run.recorder.not_reached.extend(batch.paths)
                continue
            if worker is None:
                worker = await stack.enter_async_context(
                    worker_thread() if batch.alone else worker_process("pack")
                )
                await worker.send(_setup(run))
            await run.report.go_on()
            await worker.send(Batch(batch.items))
            pack.begin(worker)
            # While the worker is at it.
            with record.working():
                await run.recorder.flush_if_full()
            run.report.progress.current = batch.paths[0]
            await _converse(run, worker, pack, volumes, batch)
        if worker is not None:
            await worker.send(Finish())
            await run.recorder.flush_if_full()
            await _converse(run, worker, pack, volumes, None)


async def _converse(
    run: Run,
    worker: Worker,
    pack: PackMeters,
    volumes: trio.MemorySendChannel[PackedVolume],
    batch: ScanBatch | None,
) -> None:
    """Until the batch is done, or (without one) until the worker has closed its volume."""
    while True:
        message = await worker.receive()
        pack.heard(worker, message)
        if isinstance(message, Ask):
            # Answering late is how a slow destination slows the workers down.
            run.report.progress.bytes_done += message.content
            await run.report.go_on()
            wanted = await run.known.claim(message.digests)
            await worker.send(Bits(wanted, run.stop.wanted))
            pack.begin(worker, packing=any(wanted))
        elif isinstance(message, PackedVolume):
            await volumes.send(message)
            pack.begin(worker, packing=True)
        elif isinstance(message, Busy):
            pack.begin(worker)
        elif isinstance(message, Done) and batch is not None:
            run.recorder.take(batch, message.results)
            return
        else:
            return


async def _upload(run: Run, finished: trio.MemoryReceiveChannel[PackedVolume]) -> None:
    async with finished:
        with run.report.progress.meters.member("send"):
            async for packed in finished:
                run.report.progress.waiting["upload"] = finished.statistics().current_buffer_used
                await run.uploader.dblock(packed, run.known)


def _by_aes(run: Run) -> bool:
    """Encrypted while it is packed; gpg gets whole volumes."""
    return run.settings.encryption not in ("", "gpg")


def _setup(run: Run) -> PackSetup:
    settings = run.settings
    return PackSetup(
        form=settings.form,
        caller=current_caller(),
        staging=str(run.staging),
        volume_size=settings.volume_size,
        level=settings.level,
        encrypt=bool(settings.encryption),
        gpg=settings.encryption == "gpg",
        keys=run.keys,
        follow_links=settings.symlinks == "Follow",
        skip_metadata=settings.skip_metadata,
        stored_extensions=settings.stored_extensions,
        threads=worker_count(settings.max_threads),
        zip_method=settings.zip_method,
        rest=settings.rest,
    )
