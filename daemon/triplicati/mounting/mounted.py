"""One backup, opened to be read as a tree for as long as somebody serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
import trio

from triplicati.config.local_database import DatabasePlace, Unlock, local_database, present_database
from triplicati.engine.listing import Version, all_versions
from triplicati.engine.persisted import recorded_format
from triplicati.engine.remote import Remote, RetryRule
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.database import Database
from triplicati.index.settings import read_settings
from triplicati.mounting.block_cache import BlockCache
from triplicati.mounting.content import FileContent
from triplicati.mounting.entries import Entry, FileNode, FolderNode, Node
from triplicati.mounting.reading import Index, IndexFile
from triplicati.mounting.tree import VersionTree
from triplicati.mounting.volumes import Volumes
from triplicati.operations.order import Order, place_of, remote_of, unlocking

CACHE_SIZE = 256 << 20
SMALLEST_CACHE = 16 << 20

Choose = Callable[[list[Version]], Collection[int] | None]
"""Given all versions, newest first: the stamps of those to show; None for all, those to come too."""

# Somebody waits for the answer: what does not come soon is an error that can be tried again.
_TRIES, _DELAY = 2, 2.0


class MountedBackup(msgspec.Struct):
    """`find` and `listing` are those of the tree."""

    tree: VersionTree
    index: Index
    volumes: Volumes
    form: VolumeFormat

    async def find(self, names: Sequence[str]) -> Node | None:
        return await self.tree.find(names)

    async def listing(self, folder: FolderNode, start: str = "") -> tuple[list[Entry], str | None]:
        return await self.tree.listing(folder, start)

    def content(self, file: FileNode) -> FileContent:
        """To be opened with ``with``."""
        return FileContent(self.index, self.volumes, self.form, file.row)


@asynccontextmanager
async def mounted_backup(
    order: Order, *, cache_size: int = CACHE_SIZE, choose: Choose = lambda _: None, kept: bool = False
) -> AsyncIterator[MountedBackup]:
    """From the local database of this machine, where there is one; else from a temporary one that is made of
    the destination, or with `kept` from one that is built where it belongs.

    Raises what `local_database`, the destination and a wrong passphrase raise.
    """
    place = place_of(order, writes=False)
    if kept and place.path is not None:
        place = msgspec.structs.replace(place, durable=True)
    remote = remote_of(order)
    retry = RetryRule(min(remote.retry.count, _TRIES), min(remote.retry.delay, _DELAY))
    unlock = unlocking(order, remote, order.reading)
    tempdir = order.values.text("tempdir")
    async with AsyncExitStack() as stack:
        index, (form, chosen) = await _index(stack, place, remote, unlock, tempdir, choose)
        remote.retry = retry
        cache = stack.enter_context(BlockCache(max(cache_size, SMALLEST_CACHE), tempdir))
        async with trio.open_nursery() as nursery:
            volumes = Volumes(remote, form, cache, nursery)
            yield MountedBackup(VersionTree(index, chosen), index, volumes, form)
            nursery.cancel_scope.cancel()


async def _index(
    stack: AsyncExitStack,
    place: DatabasePlace,
    remote: Remote,
    unlock: Unlock,
    tempdir: str | None,
    choose: Choose,
) -> tuple[Index, tuple[VolumeFormat, Collection[int] | None]]:
    """A temporary database stays open; that of this machine is left to all others between two reads."""
    if place.path is not None and place.durable:
        async with local_database(place, remote, unlock, tempdir=tempdir, reads_only=True):
            pass
    async with present_database(place, only_paths=False) as database:
        if database is not None:
            return IndexFile(database.path), await _facts(database, unlock, choose)
    nowhere = DatabasePlace(None)
    database = await stack.enter_async_context(
        local_database(nowhere, remote, unlock, tempdir=tempdir, reads_only=True)
    )
    return database, await _facts(database, unlock, choose)


async def _facts(
    database: Database, unlock: Unlock, choose: Choose
) -> tuple[VolumeFormat, Collection[int] | None]:
    unlock((await database.read(read_settings)).get("encryption", ""))
    return await recorded_format(database), choose(await all_versions(database))
