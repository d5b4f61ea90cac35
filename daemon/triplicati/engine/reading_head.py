"""The beginning of a file of a version, from the few volumes that hold it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

import apsw
import msgspec

from triplicati.engine.opening import Expected
from triplicati.engine.persisted import recorded_format
from triplicati.engine.remote import Remote
from triplicati.errors import CorruptVolume, FileNotFetched
from triplicati.formats.blocks import block_count, hashes_per_list
from triplicati.formats.hashes import DIGEST_SIZES, entry_name, hasher
from triplicati.formats.kinds import FILE
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.blocks import locate_blocks, read_blocklists
from triplicati.index.database import Database
from triplicati.index.rows import COLUMNS, VISIBLE, Row
from triplicati.index.volumes import all_volumes


class _Place(msgspec.Struct):
    """`volumes` has for each block the id of its volume."""

    digests: list[bytes]
    volumes: dict[bytes, int]


async def find_file(database: Database, version: int, path: str) -> Row | None:
    """The file of that path in a version (its id); None where it has none, or no file."""

    def read(connection: apsw.Connection) -> Row | None:
        query = f"SELECT {COLUMNS} FROM entry WHERE {VISIBLE} AND path = :path AND kind = {FILE}"
        found = connection.execute(query, {"version": version, "path": path}).fetchone()
        return None if found is None else Row(*cast("tuple[Any, ...]", found))

    return await database.read(read)


async def read_head(remote: Remote, database: Database, row: Row, limit: int) -> bytes:
    """The first `limit` bytes of a file, fewer where it has fewer. Each block is checked by its hash.

    Raises `FileNotFetched`, and what the destination raises.
    """
    form = await recorded_format(database)
    count = block_count(max(min(row.size, limit), 0), form.blocksize)
    place = await database.read(lambda c: _place(c, row, form, count))
    if len(place.digests) < count or any(each not in place.volumes for each in place.digests):
        raise FileNotFetched(path=row.path, reason="a block of it is missing at the destination")
    wanted: dict[int, list[bytes]] = defaultdict(list)
    for digest in dict.fromkeys(place.digests):
        wanted[place.volumes[digest]].append(digest)
    volumes = {each.id: each for each in await database.read(lambda c: all_volumes(c, "dblock"))}
    blocks: dict[bytes, bytes] = {}
    for number, digests in wanted.items():
        volume = volumes[number]
        expected = Expected(size=volume.size, digest=volume.hash, form=form)
        blocks |= await remote.read_volume(
            volume.name,
            expected,
            lambda reader, digests=digests, name=volume.name: _blocks(reader, digests, form, name),  # type: ignore[misc]  # a default binds the loop's value
        )
    return b"".join(blocks[digest] for digest in place.digests)[:limit]


def _place(connection: apsw.Connection, row: Row, form: VolumeFormat, count: int) -> _Place:
    digests = _digests(connection, row, form, count)
    return _Place(digests, locate_blocks(connection, digests))


def _digests(connection: apsw.Connection, row: Row, form: VolumeFormat, count: int) -> list[bytes]:
    """Of the first blocks; fewer where a blocklist is not known."""
    if count == 0:
        return []
    if row.blocklists is None:
        only = row.blockhash or row.hash
        return [] if only is None else [only]
    length = DIGEST_SIZES[form.block_hash]
    lists = block_count(count, hashes_per_list(form))
    names = [row.blocklists[at * length : (at + 1) * length] for at in range(lists)]
    joined = bytearray()
    for content in read_blocklists(connection, names):
        if content is None:
            break
        joined += content
    return [bytes(joined[at : at + length]) for at in range(0, len(joined), length)][:count]


def _blocks(
    reader: ZipReader, digests: Sequence[bytes], form: VolumeFormat, volume: str
) -> dict[bytes, bytes]:
    """Raises `CorruptVolume`."""
    found = {digest: reader.read(entry_name(digest).decode()) for digest in digests}
    for digest, content in found.items():
        if hasher(form.block_hash)(content).digest() != digest:
            raise CorruptVolume(name=volume, reason="a block in it is not what its name says")
    return found
