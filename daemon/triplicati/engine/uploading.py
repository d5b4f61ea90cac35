"""Volumes on their way to the destination: intents, retries under new names, indexes (spec/format.md 9.8)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import apsw
import trio

from triplicati.engine.known_blocks import KnownBlocks
from triplicati.engine.remote import Remote, one_of, trying_again, worth_retrying
from triplicati.engine.stalling import unless_stalled
from triplicati.engine.volume_files import Finished, VolumeWriting, seal, write_dindex
from triplicati.engine.wire import PackedVolume
from triplicati.errors import DestinationError
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.formats.names import VolumeKind, dlist_name, new_dblock_name, new_dindex_name, parse_name
from triplicati.index.blocks import add_blocklists, add_blocks, blocklists_of_volume, blocks_of_volume
from triplicati.index.database import Database
from triplicati.index.filesets import expect_dlist
from triplicati.index.volumes import (
    VolumeRow,
    add_volume,
    link_index,
    rename_volume,
    set_state,
    volume_named,
)
from triplicati.messages.progress import Event
from triplicati.storage.uploads import FileUpload


class Uploader:
    """Sends volumes of one backup. Before each remote change its intent is on disk in the local database."""

    def __init__(
        self,
        remote: Remote,
        database: Database,
        writing: VolumeWriting,
        *,
        index_policy: str,
        list_after: bool,
    ) -> None:
        self._remote = remote
        self._database = database
        self._writing = writing
        self._index_policy = index_policy
        self._list_after = list_after
        self.files = 0
        self.bytes = 0

    async def dblock(self, packed: PackedVolume, known: KnownBlocks | None = None) -> tuple[str, str]:
        """A dblock that a worker made, and then its dindex; gives the names they have in the end, "" for no
        index."""
        finished = Finished(Path(packed.path), packed.size, packed.digest)
        if self._writing.encryption == "gpg":
            with self._sealing():
                finished = await trio.to_thread.run_sync(seal, self._writing, finished.path, "dblock")
        name = new_dblock_name(self._remote.prefix, self._writing.encryption)
        size = DIGEST_SIZES[self._writing.form.block_hash]
        sizes = memoryview(packed.sizes).cast("I")
        digests = [packed.digests[at : at + size] for at in range(0, len(packed.digests), size)]

        def register(connection: apsw.Connection) -> int:
            volume = add_volume(connection, name, "dblock", "Uploading", finished.size, finished.digest)
            add_blocks(connection, volume, zip(digests, sizes, strict=True))
            add_blocklists(connection, packed.lists)
            return volume

        volume = await self._database.write(register, durable=True)
        if known is not None:
            known.recorded(digests)
        name = await self._put(name, finished)
        return name, await self._index(volume, name, finished, (packed.digests, sizes), packed.lists)

    async def missing_dindex(self, row: VolumeRow) -> None:
        """For an uploaded dblock whose dindex an interrupted run did not get to."""
        if self._index_policy == "None" or row.hash is None:
            return

        def read(connection: apsw.Connection) -> tuple[list[tuple[bytes, int]], list[tuple[bytes, bytes]]]:
            blocks = blocks_of_volume(connection, row.id)
            return blocks, list(blocklists_of_volume(connection, row.id))

        blocks, lists = await self._database.read(read)
        joined = b"".join(digest for digest, _ in blocks), [size for _, size in blocks]
        await self._index(row.id, row.name, Finished(Path(), row.size, row.hash), joined, lists)

    async def dlist(self, fileset: int, stamp: int, finished: Finished, *, full: bool) -> tuple[int, int]:
        """Sends a version's list; gives the volume's id and the stamp its name has in the end."""
        name = dlist_name(self._remote.prefix, stamp, self._writing.encryption)

        def register(connection: apsw.Connection) -> int:
            volume = add_volume(connection, name, "dlist", "Uploading", finished.size, finished.digest)
            expect_dlist(connection, fileset, volume, full=full)
            return volume

        volume = await self._database.write(register, durable=True)
        name = await self._put(name, finished)
        await self._database.write(lambda c: set_state(c, [name], "Uploaded"))
        parsed = parse_name(name)
        return volume, stamp if parsed is None or parsed.stamp is None else parsed.stamp

    async def new_dlist(self, stamp: int, finished: Finished) -> tuple[int, str]:
        """Sends a list that is to take another's place; gives the volume's id and name. Until somebody sets
        another state it counts as `Temporary`: whoever looks next takes it away again."""
        name = dlist_name(self._remote.prefix, stamp, self._writing.encryption)
        volume = await self._database.write(
            lambda c: add_volume(c, name, "dlist", "Temporary", finished.size, finished.digest), durable=True
        )
        await self._put(name, finished, renames=False)
        return volume, name

    async def replacement(self, kind: VolumeKind, finished: Finished, stamp: int = 0) -> VolumeRow:
        """Sends a volume that is to take another's place, as `new_dlist` does; `stamp` is for a list."""
        prefix, encryption = self._remote.prefix, self._writing.encryption
        if kind == "dlist":
            name = dlist_name(prefix, stamp, encryption)
        else:
            name = (new_dblock_name if kind == "dblock" else new_dindex_name)(prefix, encryption)
        volume = await self._database.write(
            lambda c: add_volume(c, name, kind, "Temporary", finished.size, finished.digest), durable=True
        )
        name = await self._put(name, finished, renames=kind != "dlist")
        return VolumeRow(volume, name, kind, "Temporary", finished.size, finished.digest)

    async def replacing_dindex(self, dblock: VolumeRow) -> VolumeRow:
        """As `replacement`, an index of what is known of a dblock whose name, size and hash are those given;
        its hash is known."""

        def read(connection: apsw.Connection) -> tuple[list[tuple[bytes, int]], list[tuple[bytes, bytes]]]:
            copied = blocklists_of_volume(connection, dblock.id) if self._index_policy == "Full" else ()
            return blocks_of_volume(connection, dblock.id), list(copied)

        blocks, lists = await self._database.read(read)
        joined = b"".join(digest for digest, _ in blocks), [size for _, size in blocks]
        finished = Finished(Path(), dblock.size, dblock.hash or b"")
        with self._sealing():
            index = await trio.to_thread.run_sync(
                write_dindex, self._writing, dblock.name, finished, joined, lists
            )
        return await self.replacement("dindex", index)

    async def _index(
        self,
        volume: int,
        dblock: str,
        finished: Finished,
        blocks: tuple[bytes, Sequence[int]],
        lists: list[tuple[bytes, bytes]],
    ) -> str:
        if self._index_policy == "None":
            await self._database.write(lambda c: set_state(c, [dblock], "Uploaded"))
            return ""
        copied = lists if self._index_policy == "Full" else []
        with self._sealing():
            index = await trio.to_thread.run_sync(
                write_dindex, self._writing, dblock, finished, blocks, copied
            )
        name = new_dindex_name(self._remote.prefix, self._writing.encryption)

        def register(connection: apsw.Connection) -> None:
            set_state(connection, [dblock], "Uploaded")
            dindex = add_volume(connection, name, "dindex", "Uploading", index.size, index.digest)
            link_index(connection, dindex, [volume])

        await self._database.write(register, durable=True)
        name_now = await self._put(name, index)
        await self._database.write(lambda c: set_state(c, [name_now], "Uploaded"))
        return name_now

    def _sealing(self) -> AbstractContextManager[None]:
        """gpg encrypts whole volumes, before they are sent."""
        if self._writing.encryption != "gpg":
            return nullcontext()
        return self._remote.report.progress.meters.stage("encrypt", "send").working()

    async def _put(self, name: str, finished: Finished, *, renames: bool = True) -> str:
        """Gives the name it got in the end: each retry has its own, for the first may still arrive, unless
        the bytes are sure to be the same and the name must stay."""
        with self._remote.report.progress.meters.stage("upload", "send").working():
            name = await self._put_until_there(name, finished, renames)
        self.files += 1
        self.bytes += finished.size
        self._remote.report.progress.sent += finished.size
        finished.path.unlink(missing_ok=True)
        return name

    async def _put_until_there(self, name: str, finished: Finished, renames: bool) -> str:
        report = self._remote.report
        rule = self._remote.retry
        attempt = 0
        while True:
            report.event(Event("upload", name, finished.size))
            report.progress.transfers[name] = (0, finished.size)
            try:
                async with one_of(self._remote.uploads):
                    await self._put_once(name, finished)
            except DestinationError as error:
                attempt += 1
                if self._remote.uploads is not None:
                    self._remote.uploads.failed()
                if attempt > rule.count or not worth_retrying(error):
                    raise
                report.message(trying_again(error, attempt, rule.count), "Retry")
                await trio.sleep(rule.pause(attempt))
                name = await self._renamed(name) if renames else name
            else:
                return name
            finally:
                report.progress.transfers.pop(name, None)

    async def _put_once(self, name: str, finished: Finished) -> None:
        transfers = self._remote.report.progress.transfers

        def sent(count: int) -> None:
            done, size = transfers.get(name, (0, finished.size))
            transfers[name] = (done + count, size)
            self._remote.traffic.sent += count

        upload = FileUpload(finished.path, finished.size, sent, disposable=True)
        await unless_stalled(
            name,
            self._remote.patience,
            lambda: self._remote.destination.put(name, upload),
            lambda: transfers.get(name, (0, 0))[0],
        )
        if self._list_after:
            sizes = {each.name: each.size for each in await self._remote.destination.list()}
            if sizes.get(name) not in (finished.size, -1):
                raise DestinationError(reason=f"{name} is not there as it was sent ({sizes.get(name)} bytes)")

    async def _renamed(self, name: str) -> str:
        parsed = parse_name(name)
        kind: VolumeKind = parsed.kind if parsed else "dblock"
        prefix, encryption = self._remote.prefix, self._writing.encryption
        if kind == "dlist":
            new = dlist_name(prefix, (parsed.stamp or 0) + 1 if parsed else 0, encryption)
            if await self._database.read(lambda c: volume_named(c, new)) is not None:
                return name  # an older version stays before the next one; the bytes are the same
        else:
            new = (new_dblock_name if kind == "dblock" else new_dindex_name)(prefix, encryption)
        await self._database.write(lambda c: rename_volume(c, name, new), durable=True)
        return new
