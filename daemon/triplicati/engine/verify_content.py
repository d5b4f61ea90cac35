"""What is inside a volume, compared with what the local database says (spec/format.md 12.7).

Plain functions for a thread of trio, which look often enough whether they are still wanted.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import cast

import apsw
import msgspec

from triplicati.errors import CorruptVolume
from triplicati.formats.blocks import is_block_name
from triplicati.formats.dindex import VolumeDescription, decode_volume
from triplicati.formats.hashes import DIGEST_SIZES, b64, hasher, unb64
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.names import VolumeKind
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.bulk import stoppable
from triplicati.index.volumes import State, VolumeRow
from triplicati.messages.results import Finding

# Values bound to one statement.
_MANY = 500
# Steps of SQLite between two looks at whether the answer is still wanted.
_STEPS = 200_000
# One block in so many is read unless all are.
_ONE_IN = 5

_Volume = tuple[int, str, VolumeKind, State, int, bytes | None]


class Inside(msgspec.Struct, frozen=True):
    """What it takes to look into a volume. `counts` has the number of blocks in each volume by its id;
    `tick` is called often, and raises when nobody wants to know any more."""

    connection: apsw.Connection
    reader: ZipReader
    row: VolumeRow
    form: VolumeFormat
    counts: Mapping[int, int]
    all_blocks: bool
    tick: Callable[[], object]


def block_counts(connection: apsw.Connection) -> dict[int, int]:
    """How many blocks each volume holds, by its id."""
    counts: dict[int, int] = {}
    for table in ("block", "duplicate_block"):
        with stoppable(connection):
            rows = connection.execute(f"SELECT volume, count(*) FROM {table} GROUP BY volume").fetchall()
        for volume, count in cast("list[tuple[int, int]]", rows):
            counts[volume] = counts.get(volume, 0) + count
    return counts


def check_dblock(inside: Inside) -> Iterator[Finding]:
    """The list of its blocks, and the content of some or all of them. Raises `CorruptVolume`."""
    reader = inside.reader
    held = {
        base64.urlsafe_b64decode(name): entry.size
        for name, entry in reader.entries.items()
        if is_block_name(name)
    }
    yield from _compare_blocks(inside, inside.row.id, held)
    names = [name for name in reader.entries if is_block_name(name)]
    if not inside.all_blocks:
        names = Random().sample(names, -(-len(names) // _ONE_IN))
    make = hasher(inside.form.block_hash)
    for name in names:
        inside.tick()
        try:
            content = reader.read(name, inside.form.blocksize)
        except CorruptVolume as error:
            yield Finding("Error", f"{_block(name)}: {error.details['reason']}")
            continue
        if base64.urlsafe_b64encode(make(content).digest()).decode() != name:
            yield Finding("Modified", _block(name))


def check_dindex(inside: Inside) -> Iterator[Finding]:
    """Which dblocks it describes, their blocks, and its copies of blocklists. Raises `CorruptVolume`."""
    reader = inside.reader
    linked = {each.name: each for each in _linked(inside.connection, inside.row.id)}
    by_stem = {_stem(each.name): each for each in linked.values()}
    seen = set()
    for entry in reader.entries:
        inside.tick()
        if entry.startswith("vol/"):
            text = decode_volume(reader.read(entry), inside.row.name)
            dblock = linked.get(entry[4:]) or by_stem.get(_stem(entry[4:]))
            if dblock is None:
                yield Finding("Extra", entry[4:])
                continue
            seen.add(dblock.id)
            yield from _compare_description(inside, text, dblock)
        elif entry.startswith("list/"):
            yield from _check_list(inside, entry)
    yield from (Finding("Missing", each.name) for each in linked.values() if each.id not in seen)


def _compare_description(inside: Inside, text: VolumeDescription, dblock: VolumeRow) -> Iterator[Finding]:
    try:
        blocks = {unb64(each.hash): each.size for each in text.blocks}
        digest = unb64(text.volumehash) if text.volumehash else None
    except ValueError as error:
        reason = f"it holds a hash that is none ({error})"
        raise CorruptVolume(name=inside.row.name, reason=reason) from None
    size = -1 if text.volumesize is None else text.volumesize
    if (digest and dblock.hash and digest != dblock.hash) or (size >= 0 <= dblock.size != size):
        yield Finding("Modified", dblock.name)
    yield from _compare_blocks(inside, dblock.id, blocks)


def _check_list(inside: Inside, entry: str) -> Iterator[Finding]:
    data = inside.reader.read(entry, inside.form.blocksize)
    digest = hasher(inside.form.block_hash)(data).digest()
    right = base64.urlsafe_b64encode(digest).decode() == entry[5:]
    if not right or len(data) % DIGEST_SIZES[inside.form.block_hash]:
        yield Finding("Modified", entry)


def _compare_blocks(inside: Inside, volume: int, held: Mapping[bytes, int]) -> Iterator[Finding]:
    """`held`: sizes by digest, as the volume or an index says it."""
    matched = 0
    wrong: set[bytes] = set()
    digests = iter(sorted(held))  # in the order of the table
    while some := list(islice(digests, _MANY)):
        inside.tick()
        sizes = _recorded(inside.connection, volume, some)
        for digest in some:
            if held[digest] in sizes.get(digest, ()):
                matched += 1
            elif digest in sizes:
                wrong.add(digest)
                yield Finding("Modified", b64(digest))
            else:
                yield Finding("Extra", b64(digest))
    if matched < inside.counts.get(volume, 0):
        # There is no index for it, and need not be: only damage comes here.
        for table in ("block", "duplicate_block"):
            rows = inside.connection.execute(f"SELECT hash FROM {table} WHERE volume = ?", (volume,))
            for (digest,) in cast("Iterator[tuple[bytes]]", rows):
                if digest not in held and digest not in wrong:
                    yield Finding("Missing", b64(digest))


def _recorded(
    connection: apsw.Connection, volume: int, digests: Sequence[bytes]
) -> dict[bytes, list[int]]:
    """Sizes by digest, of those that lie in the volume."""
    found: dict[bytes, list[int]] = {}
    for table in ("block", "duplicate_block"):
        marks = ",".join("?" * len(digests))
        query = f"SELECT hash, size FROM {table} WHERE hash IN ({marks}) AND +volume = ?"
        rows = connection.execute(query, (*digests, volume))
        for digest, size in cast("Iterator[tuple[bytes, int]]", rows):
            found.setdefault(digest, []).append(size)
    return found


def _linked(connection: apsw.Connection, dindex: int) -> list[VolumeRow]:
    rows = connection.execute(
        "SELECT v.id, v.name, v.kind, v.state, v.size, v.hash FROM index_link l"
        " JOIN volume v ON v.id = l.dblock WHERE l.dindex = ? ORDER BY v.id",
        (dindex,),
    )
    return [VolumeRow(*row) for row in cast("Iterator[_Volume]", rows)]


def _stem(name: str) -> str:
    """As it was before a change of encryption."""
    return name.partition(".zip")[0]


def _block(entry: str) -> str:
    return b64(base64.urlsafe_b64decode(entry))
