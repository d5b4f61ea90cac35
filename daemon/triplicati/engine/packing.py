"""The packing worker: examines batches of paths, reads, hashes, asks what is new, compresses and packs.

The parent alone decides which blocks are new; a worker that decided alone would store some twice.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from triplicati.engine.examining import Examiner
from triplicati.engine.open_dblock import OpenDblock, Packed, packer
from triplicati.engine.wire import (
    NOT_REACHED,
    Ask,
    Batch,
    Bits,
    Busy,
    Done,
    Examined,
    Finish,
    Item,
    PackSetup,
    Wire,
)
from triplicati.engine.work_clock import WorkClock
from triplicati.formats.compressible import worth_compressing
from triplicati.formats.deflate import compressor
from triplicati.formats.hashes import hasher

# Blocks are held until this many bytes are together: the parent is asked once for all of them.
_HOLD_BYTES = 8 << 20
_HOLD_BLOCKS = 2000
# Smaller ones are not worth handing to a thread.
_LARGE = 256 << 10

_Held = tuple[bytes, bytes, bool, bool]
"""digest, block, compressible, whether it is a blocklist"""


def pack(wire: Wire, setup: PackSetup) -> None:
    """The conversation: batches come, blocks are asked for, volumes and results go back."""
    with ThreadPoolExecutor(setup.threads) as threads:
        store = BlockStore(wire, setup, threads)
        examiner = Examiner(setup, store)
        try:
            while True:
                message = wire.receive()
                if isinstance(message, Batch):
                    store.clock.go_on()
                    results = _examined(message.items, examiner, store)
                    wire.send(Done(results, store.clock.times()))
                elif isinstance(message, Finish):
                    store.finish()
                    wire.send(Finish())
                else:
                    return
        finally:
            store.abandon()


def _examined(items: list[Item], examiner: Examiner, store: BlockStore) -> list[Examined]:
    results: list[Examined] = []
    for item in items:
        if store.stop:
            break
        try:
            results.append(examiner.examine(item))
        except StopReading:
            break
    store.flush()
    results.extend(Examined(NOT_REACHED) for _ in range(len(items) - len(results)))
    return results


class StopReading(Exception):
    """The open file is to be left at once."""


class BlockStore:
    """Holds blocks until the parent has said which of them are new, then packs those."""

    def __init__(self, wire: Wire, setup: PackSetup, threads: ThreadPoolExecutor) -> None:
        self._wire = wire
        self._setup = setup
        self.threads = threads
        self.clock = WorkClock()
        self._hash = hasher(setup.form.block_hash)
        self._pack = packer(setup.level, setup.zip_method)
        self._probe = compressor(1)
        self._dblock: OpenDblock | None = None
        self._held: list[_Held] = []
        self._held_bytes = 0
        self._content = 0
        self.blocksize = setup.form.blocksize
        self.stop = ""

    def digest(self, block: bytes) -> bytes:
        return self._hash(block).digest()

    def hold(
        self,
        digest: bytes,
        block: bytes,
        *,
        compressible: bool = True,
        blocklist: bool = False,
        content: bool = False,
    ) -> None:
        self._held.append((digest, block, compressible, blocklist))
        self._held_bytes += len(block)
        self._content += len(block) if content else 0
        if self._held_bytes >= _HOLD_BYTES or len(self._held) >= _HOLD_BLOCKS:
            self.flush()
            if self.stop == "now":
                raise StopReading

    def flush(self) -> None:
        if not self._held:
            return
        held, self._held, self._held_bytes = self._held, [], 0
        content, self._content = self._content, 0
        self._wire.send(Ask(b"".join(digest for digest, *_ in held), content, self.clock.times()))
        answer = self._wire.receive()
        self.clock.go_on()
        if not isinstance(answer, Bits):
            raise BrokenPipeError  # the parent is gone
        self.stop = answer.stop
        self._store([each for each, wanted in zip(held, answer.wanted, strict=True) if wanted])

    def _store(self, new: list[_Held]) -> None:
        since, waited = perf_counter(), self.clock.waiting()
        beside = {}
        if sum(len(each[1]) >= _LARGE for each in new) > 1:
            beside = {
                each[0]: self.threads.submit(self._packed, each) for each in new if len(each[1]) >= _LARGE
            }
        for each in new:
            digest, block, _, blocklist = each
            packed = beside[digest].result() if digest in beside else self._packed(each)
            self._add(digest, packed, len(block), block if blocklist else None)
        self.clock.compressed(since, waited)
        if new:
            self._wire.send(Busy(self.clock.times()))

    def finish(self) -> None:
        self.flush()
        self._send_volume()

    def _send_volume(self) -> None:
        if self._dblock is not None:
            since = perf_counter()
            self._wire.send(self._dblock.close())
            self.clock.closed(since)
            self._dblock = None

    def abandon(self) -> None:
        """The open volume, if there is one, is of no use any more."""
        if self._dblock is not None:
            self._dblock.abandon()
            self._dblock = None

    def _packed(self, held: _Held) -> Packed:
        _, block, compressible, _ = held
        return self._pack(block, compressible and worth_compressing(block, self._probe))

    def _add(self, digest: bytes, content: Packed, size: int, blocklist: bytes | None) -> None:
        if self._dblock is None:
            self._dblock = OpenDblock(self._setup)
            self.clock.opened(self._dblock)
        self._dblock.add(digest, content, size, blocklist)
        if self._dblock.full:
            self._send_volume()
