"""What the indexes of a destination do not tell, from its dblocks: as few of them as will do."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection

import apsw
import trio

from triplicati.engine.metering import ReadMeters
from triplicati.engine.reading_ahead import AT_ONCE, Reading, Stage, Wanted, read_ahead
from triplicati.engine.remote import Remote
from triplicati.errors import TriplicatiError
from triplicati.formats.blocks import is_block_name
from triplicati.formats.hashes import DIGEST_SIZES, hasher
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.blocks import add_blocklists, add_blocks
from triplicati.index.bulk import stoppable
from triplicati.index.database import Database
from triplicati.index.recreating import (
    anything_missing,
    broken_files,
    find_missing,
    missing_counts,
    missing_lists,
    strike_found,
    volumes_with_missing_lists,
)
from triplicati.index.settings import REREAD, write_settings
from triplicati.index.volumes import VolumeRow, all_volumes, unindexed_dblocks


async def load_blocks(remote: Remote, database: Database, form: VolumeFormat) -> None:
    """Three passes, each only while something is missing: volumes known to hold needed blocklists, volumes
    that no index mentions, all others; the smallest first, until nothing is missing."""
    digest_size = DIGEST_SIZES[form.block_hash]
    remote.report.phase("Recreating the local database: looking for what is missing")
    remote.report.progress.begin()
    if await database.write(lambda c: _find(c, digest_size)) == (0, 0):
        return
    read: set[int] = set()
    passes: tuple[tuple[str, Callable[[apsw.Connection], list[VolumeRow]]], ...] = (
        ("reading volumes for lists of blocks", _with_needed_lists),
        ("reading volumes without index", unindexed_dblocks),
        ("reading all other volumes", lambda c: all_volumes(c, "dblock")),
    )
    for title, chosen in passes:
        rows = [row for row in await database.write(chosen) if row.id not in read]
        lacking = await database.write(anything_missing)
        if rows and lacking:
            rows.sort(key=lambda row: (row.size, row.name))
            await _Pass(remote, database, form, read).run(title, rows)
    await _tell_missing(remote, database, digest_size)


def _find(connection: apsw.Connection, digest_size: int) -> tuple[int, int]:
    with stoppable(connection):
        return find_missing(connection, digest_size)


def _with_needed_lists(connection: apsw.Connection) -> list[VolumeRow]:
    wanted = volumes_with_missing_lists(connection)
    return [row for row in all_volumes(connection, "dblock") if row.id in wanted]


class _Pass:
    """`read` collects the volumes that were read. How many are on their way grows with how many it took
    already: for one missing block that the first one holds no other is fetched."""

    def __init__(self, remote: Remote, database: Database, form: VolumeFormat, read: set[int]) -> None:
        self._remote = remote
        self._database = database
        self._form = form
        self._read = read
        self._lacking = True
        self._taken = 0
        self._meters = ReadMeters(remote.report.progress.meters)

    async def run(self, title: str, rows: list[VolumeRow]) -> None:
        wanted = [Wanted(row.name, row.size, row.id) for row in rows]
        stage = Stage(self._remote, title, wanted, most=True)
        reading = Reading(
            self._remote,
            self._form,
            stage,
            self._load,
            self._failed,
            more=lambda: self._lacking,
            at_once=lambda: min(AT_ONCE, 1 + self._taken),
        )
        await read_ahead(reading, wanted)

    def _load(self, wanted: Wanted, reader: ZipReader) -> None:
        """In a thread."""
        lists_wanted = trio.from_thread.run(self._database.write, missing_lists)
        with self._meters.unpack.working():
            blocks, lists = _blocks(reader, lists_wanted, self._form)

        def transaction(connection: apsw.Connection) -> bool:
            add_blocks(connection, wanted.id, blocks)
            add_blocklists(connection, lists)
            digests = b"".join(digest for digest, _ in blocks)
            strike_found(connection, digests, lists, DIGEST_SIZES[self._form.block_hash])
            return anything_missing(connection)

        with self._meters.record.working():
            self._lacking = trio.from_thread.run(self._database.write, transaction)
        self._taken += 1
        self._read.add(wanted.id)

    def _failed(self, wanted: Wanted, error: TriplicatiError) -> None:
        self._read.add(wanted.id)
        self._remote.report.error(error.id, str(error), wanted.name)


def _blocks(
    reader: ZipReader, wanted: Collection[bytes], form: VolumeFormat
) -> tuple[list[tuple[bytes, int]], list[tuple[bytes, bytes]]]:
    """Digests and sizes of the blocks in a volume, and the content of those that are wanted."""
    blocks, lists = [], []
    size = DIGEST_SIZES[form.block_hash]
    for name, entry in reader.entries.items():
        if is_block_name(name) and len(digest := base64.urlsafe_b64decode(name)) == size:
            blocks.append((digest, entry.size))
            if digest in wanted:
                data = reader.read(name, form.blocksize)
                if hasher(form.block_hash)(data).digest() == digest:
                    lists.append((digest, data))
    return blocks, lists


async def _tell_missing(remote: Remote, database: Database, digest_size: int) -> None:
    _, missing = await database.write(missing_counts)
    count, examples = await database.write(lambda c: broken_files(c, digest_size))
    if count:
        await database.write(lambda c: write_settings(c, {REREAD: "1"}))
        remote.report.error(
            "MissingBlocks",
            f"{missing} blocks are missing at the destination; {count} file(s) cannot be restored"
            f" whole, for example {examples[0]}. The next backup stores again what the source still has.",
        )
