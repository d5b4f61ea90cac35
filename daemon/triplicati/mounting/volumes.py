"""Volumes on their way into the cache of blocks: each fetched once, however many wait for it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import trio

from triplicati.engine.opening import Expected
from triplicati.engine.remote import Remote
from triplicati.errors import CorruptVolume, TriplicatiError
from triplicati.formats.blocks import is_block_name
from triplicati.formats.hashes import entry_name, hasher
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.volumes import VolumeRow
from triplicati.mounting.block_cache import BlockCache

_AT_ONCE = 4

log = logging.getLogger(__name__)


class Fetch:
    """A volume under way. `reason` says, once it is `done`, why there are no blocks of it, or "". `blocks`
    has what its holders need first: others may have filled the cache before they come to read it. Of those
    who came when it was being read already nothing is in there; `missing` are blocks that it does not have.
    """

    def __init__(self) -> None:
        self.wanted: list[Sequence[bytes]] = []
        self.blocks: dict[bytes, bytes] = {}
        self.missing: set[bytes] = set()
        self.done = trio.Event()
        self.reason = ""
        self.scope = trio.CancelScope()
        self.holders = 0


class Volumes:
    """`nursery` is where volumes are fetched: it outlives whoever waits for one."""

    def __init__(self, remote: Remote, form: VolumeFormat, cache: BlockCache, nursery: trio.Nursery) -> None:
        self.cache = cache
        self._remote = remote
        self._form = form
        self._nursery = nursery
        self._limit = trio.CapacityLimiter(_AT_ONCE)
        self._under_way: dict[str, Fetch] = {}

    async def fetched(self, volume: VolumeRow, wanted: Sequence[bytes]) -> Fetch:
        """Puts the blocks of a volume into the cache, those that are `wanted` so that they stay longest.

        A block that is not right is left out. Gives the fetch when it is done.
        """
        fetch = self.hold(volume, wanted)
        try:
            await fetch.done.wait()
        finally:
            self.release(fetch)
        return fetch

    def hold(self, volume: VolumeRow, wanted: Sequence[bytes]) -> Fetch:
        """Begins to fetch a volume, if nobody else has. It goes on until the last holder has released it."""
        fetch = self._under_way.get(volume.name)
        if fetch is None:
            fetch = self._under_way[volume.name] = Fetch()
            self._nursery.start_soon(self._run, volume, fetch)
        fetch.holders += 1
        fetch.wanted.append(wanted)
        return fetch

    def release(self, fetch: Fetch) -> None:
        fetch.holders -= 1
        if not fetch.holders and not fetch.done.is_set():
            fetch.scope.cancel()
            # Who comes now must not wait for one that is being given up.
            for name, each in list(self._under_way.items()):
                if each is fetch:
                    del self._under_way[name]

    async def _run(self, volume: VolumeRow, fetch: Fetch) -> None:
        try:
            with fetch.scope:
                async with self._limit:
                    fetch.reason = await self._reason(volume, fetch)
        finally:
            fetch.done.set()
            if self._under_way.get(volume.name) is fetch:
                del self._under_way[volume.name]

    async def _reason(self, volume: VolumeRow, fetch: Fetch) -> str:
        expected = Expected(size=volume.size, digest=volume.hash, form=self._form)
        try:
            await self._remote.read_volume(volume.name, expected, lambda reader: self._keep(reader, fetch))
        except (TriplicatiError, OSError) as error:
            log.warning("%s", error)
            return str(error)
        except Exception:  # one bad volume must not end the mount
            log.exception("A volume could not be read")
            return f"{volume.name} could not be read"
        return ""

    def _keep(self, reader: ZipReader, fetch: Fetch) -> None:
        """In a thread of trio."""
        orders = list(fetch.wanted)
        firsts = {digest for order in orders for digest in order[:1]}
        wanted = dict.fromkeys(entry_name(digest).decode() for order in orders for digest in order)
        blocks = {name: entry.size for name, entry in reader.entries.items() if is_block_name(name)}
        if sum(blocks.values()) <= self.cache.limit // 2:
            self._put(reader, blocks.keys() - wanted.keys(), fetch, firsts)
        # The first is needed first, so it is to be given up last.
        self._put(reader, [name for name in reversed(wanted) if name in blocks], fetch, firsts)
        fetch.missing |= firsts - fetch.blocks.keys()

    def _put(self, reader: ZipReader, names: Iterable[str], fetch: Fetch, firsts: set[bytes]) -> None:
        digest_of = hasher(self._form.block_hash)
        for name in names:
            trio.from_thread.check_cancelled()
            try:
                content = reader.read(name, self._form.blocksize)
            except CorruptVolume as error:
                log.warning("%s", error)
                continue
            digest = digest_of(content).digest()
            if entry_name(digest).decode() == name:
                self.cache.put(digest, content)
                if digest in firsts:
                    fetch.blocks[digest] = content
            else:
                log.warning("A block is not what its name %s says", name)
