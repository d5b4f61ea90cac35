"""Stores lists of blocks again whose volumes were lost (spec/format.md 12.2): the database knows what is in
them."""

from __future__ import annotations

import trio

from triplicati.engine.open_dblock import OpenDblock, packer
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import VolumeWriting
from triplicati.engine.wire import PackedVolume, PackSetup
from triplicati.formats.hashes import DIGEST_SIZES, hasher
from triplicati.index.database import Database
from triplicati.index.owed_lists import nothing_owed, owed_lists
from triplicati.source.metadata.native import current_caller

_VOLUME_SIZE = 50 << 20


async def store_owed_lists(database: Database, uploader: Uploader, writing: VolumeWriting) -> int:
    """Gives how many volumes they took. Raises what the destination and the database raise; what was not
    stored then stays owed."""
    size = DIGEST_SIZES[writing.form.block_hash]
    lists = await database.read(lambda c: owed_lists(c, size))
    volumes = await trio.to_thread.run_sync(_packed, lists, writing) if lists else []
    for packed in volumes:
        await uploader.dblock(packed)
    await database.write(nothing_owed)
    return len(volumes)


def _packed(lists: list[tuple[bytes, bytes]], writing: VolumeWriting) -> list[PackedVolume]:
    digest_of, pack = hasher(writing.form.block_hash), packer(writing.level, "Deflate")
    sound = [each for each in lists if digest_of(each[1]).digest() == each[0]]
    if not sound:
        return []  # a volume of nothing would be stored
    done, volume = [], OpenDblock(_setup(writing))
    try:
        for digest, content in sound:
            if volume.full:
                done.append(volume.close())
                volume = OpenDblock(_setup(writing))
            volume.add(digest, pack(content, False), len(content), content)
    except BaseException:
        volume.abandon()
        raise
    return [*done, volume.close()]


def _setup(writing: VolumeWriting) -> PackSetup:
    return PackSetup(
        form=writing.form,
        caller=current_caller(),
        staging=str(writing.staging),
        volume_size=_VOLUME_SIZE,
        level=writing.level,
        encrypt=bool(writing.encryption),
        gpg=writing.encryption == "gpg",
        keys=writing.keys,
        follow_links=False,
        skip_metadata=True,
        stored_extensions=frozenset(),
        threads=1,
    )
