"""Makes lost blocks again from what is still on this machine (spec/format.md 12.2).

Each block is hashed before it is stored: it does not matter whether a file changed meanwhile, for what is the
same in it counts. Blocks come from the files, their metadata from the file system, blocklists from both.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence

import apsw
import trio

from triplicati.engine.compact import pack_setup
from triplicati.engine.open_dblock import OpenDblock, packer
from triplicati.engine.persisted import recorded_format, staging_identity
from triplicati.engine.remote import Remote
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.staging import staging_folder
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import VolumeWriting
from triplicati.engine.wire import PackedVolume, PackSetup
from triplicati.formats.blocks import hashes_per_list
from triplicati.formats.hashes import DIGEST_SIZES, hasher
from triplicati.formats.kinds import FILE
from triplicati.formats.metadata import Kind
from triplicati.index.database import Database
from triplicati.index.recreating import Lacking, find_missing, missing_digests, rows_lacking
from triplicati.source.metadata.native import capture

_KINDS: tuple[Kind, Kind, Kind] = ("file", "folder", "symlink")
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

Lists = Sequence[tuple[bytes, bytes]]
"""(digest, content) of blocklists"""


async def recollect(remote: Remote, database: Database, settings: UpkeepSettings, lists: Lists) -> int:
    """Stores what can be made again of the blocks that no volume holds any more; gives their number. With
    `settings.rebuild` "whole" that is all of them or nothing. `lists` are blocklists that the lost volumes
    held.

    Raises what the destination and the database raise.
    """
    form = await recorded_format(database)
    size = DIGEST_SIZES[form.block_hash]

    def lacking(connection: apsw.Connection) -> tuple[set[bytes], list[Lacking]]:
        find_missing(connection, size)
        wanted = missing_digests(connection)
        return wanted, list(rows_lacking(connection, wanted, size)) if wanted else []

    wanted, rows = await database.write(lacking)
    if not wanted:
        return 0
    report = remote.report
    report.phase("Looking for lost data on this machine ...")
    identity = await staging_identity(database)
    async with staging_folder(remote.destination, settings.upload_folder, identity) as staging:
        writing = VolumeWriting(form, settings.encryption, remote.keys, staging, settings.level)
        uploader = Uploader(
            remote, database, writing, index_policy=settings.index_policy, list_after=False
        )
        found = _Found(pack_setup(settings, form, remote, staging), wanted, database)
        try:
            await trio.to_thread.run_sync(found.take_lists, lists)
            for row in rows:
                await report.go_on()
                await trio.to_thread.run_sync(found.take, row)
                if settings.rebuild == "partial":
                    await _upload(uploader, found)
            await trio.to_thread.run_sync(found.finish)
        except BaseException:
            found.abandon()
            raise
        if settings.rebuild == "whole" and found.wanted:
            report.message(
                f"{len(found.wanted)} lost block(s) are not on this machine either, so none was stored:"
                " --disable-partial-dblock-recovery is given."
            )
            return 0
        await _upload(uploader, found)
    if found.count:
        report.message(f"{found.count} lost block(s) were found on this machine and stored again.")
    return found.count


async def _upload(uploader: Uploader, found: _Found) -> None:
    while found.packed:
        await uploader.dblock(found.packed.pop(0))


class _Found:
    """What was found so far, packed into new volumes: `packed` are those that are full. `wanted` are the
    digests that are still missing. For threads, one at a time."""

    def __init__(self, setup: PackSetup, wanted: set[bytes], database: Database) -> None:
        self.wanted = wanted
        self.packed: list[PackedVolume] = []
        self.count = 0
        self._setup = setup
        self._database = database
        self._digest = hasher(setup.form.block_hash)
        self._pack = packer(setup.level, "Deflate")
        self._open: OpenDblock | None = None
        self._added: set[bytes] = set()

    def take_lists(self, lists: Lists) -> None:
        for digest, content in lists:
            if digest in self.wanted and self._digest(content).digest() == digest:
                self._add(digest, content, is_list=True)
                size = len(digest)
                listed = [content[at : at + size] for at in range(0, len(content), size)]
                self.wanted |= self._unknown(listed)

    def take(self, row: Lacking) -> None:
        """What a path still has of what a version needs. What cannot be read counts as gone."""
        path = os.fsencode(row.path.rstrip("/") or "/")
        try:
            status = os.lstat(path)
            blob, _ = capture(path, _KINDS[row.kind], status, self._setup.caller)
            blocksize = self._setup.form.blocksize
            self._take_stream(lambda: _pieces_of(blob, blocksize), row.metadata, row.metalists)
            if row.kind == FILE and stat.S_ISREG(status.st_mode):
                self._take_stream(lambda: _blocks(path, blocksize), row.content, row.lists)
        except OSError:
            return

    def finish(self) -> None:
        if self._open is not None:
            self.packed.append(self._open.close())
            self._open = None

    def abandon(self) -> None:
        if self._open is not None:
            self._open.abandon()
            self._open = None

    def _take_stream(
        self, blocks: Callable[[], Iterator[bytes]], single: bytes | None, joined: bytes | None
    ) -> None:
        if not joined:
            if single in self.wanted:
                self._add_all(blocks(), {single})
            return
        # Gone through twice: which blocks belong to the stream is known only when all of a list were hashed.
        digests = [self._digest(block).digest() for block in blocks()]
        needed = self.wanted.intersection(digests)
        per_list, size = hashes_per_list(self._setup.form), DIGEST_SIZES[self._setup.form.block_hash]
        for number in range(len(joined) // size):
            expected = joined[number * size : (number + 1) * size]
            part = digests[number * per_list : (number + 1) * per_list]
            content = b"".join(part)
            if expected in self.wanted and self._digest(content).digest() == expected:
                needed |= self._unknown(part)
                self._add(expected, content, is_list=True)
        if needed:
            self._add_all(blocks(), needed)

    def _unknown(self, digests: Sequence[bytes]) -> set[bytes]:
        """Those that no volume holds."""
        with self._database.reader() as connection:
            return {
                digest
                for digest in digests
                if digest not in self._added
                and connection.execute("SELECT 1 FROM block WHERE hash = ?", (digest,)).fetchone() is None
            }

    def _add_all(self, blocks: Iterator[bytes], needed: set[bytes]) -> None:
        for block in blocks:
            digest = self._digest(block).digest()
            if digest in needed:
                self._add(digest, block, is_list=False)

    def _add(self, digest: bytes, block: bytes, *, is_list: bool) -> None:
        self.wanted.discard(digest)
        if digest in self._added:
            return
        self._added.add(digest)
        self.count += 1
        if self._open is None:
            self._open = OpenDblock(self._setup)
        self._open.add(digest, self._pack(block, not is_list), len(block), block if is_list else None)
        if self._open.full:
            self.finish()


def _blocks(path: bytes, blocksize: int) -> Iterator[bytes]:
    with open(os.open(path, os.O_RDONLY | _NOFOLLOW), "rb") as file:
        while block := file.read(blocksize):
            trio.from_thread.check_cancelled()
            yield block


def _pieces_of(blob: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(blob), size):
        yield blob[at : at + size]
