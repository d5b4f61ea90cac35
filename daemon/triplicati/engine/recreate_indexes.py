"""Which blocks lie in which volume, from the indexes of a destination."""

from __future__ import annotations

import binascii
import time
from collections.abc import Iterator, Sequence
from functools import partial

import apsw
import msgspec
import trio

from triplicati.engine.metering import ReadMeters
from triplicati.engine.reading_ahead import Reading, Stage, Wanted, read_ahead
from triplicati.engine.remote import Remote
from triplicati.errors import CorruptVolume, TriplicatiError
from triplicati.formats.dindex import decode_volume
from triplicati.formats.hashes import DIGEST_SIZES, entry_name, hasher, unb64
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.names import parse_name
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.blocks import add_blocklists
from triplicati.index.bulk import stoppable
from triplicati.index.database import Database
from triplicati.index.staged_blocks import settle_blocks, stage_blocks
from triplicati.index.volume_checks import VolumeCheck, note_damaged, record_checks
from triplicati.index.volumes import VolumeRow, all_volumes, link_index, volume_named

_unb64 = partial(binascii.a2b_base64, strict_mode=True)


class _Described(msgspec.Struct, frozen=True):
    """A `vol/` entry: the dblock's name, its blocks (digests, joined, and sizes), its hash and size."""

    name: str
    digests: bytes
    sizes: list[int]
    hash: bytes | None
    size: int


async def load_indexes(remote: Remote, database: Database, indexes: list[Wanted], form: VolumeFormat) -> None:
    """In whatever order they come. A bad index is a warning: its dblock may be read instead."""
    meters = ReadMeters(remote.report.progress.meters)
    digest_size = DIGEST_SIZES[form.block_hash]

    def work(wanted: Wanted, reader: ZipReader) -> None:
        with meters.unpack.working():
            described = _described(reader, wanted.name, form)
            lists = list(_lists(reader, form))
        with meters.record.working():
            trio.from_thread.run(
                database.write, lambda c: _add_index(c, wanted.id, described, lists, digest_size, told)
            )

    unreadable: list[VolumeCheck] = []
    told: dict[int, set[int]] = {}

    def failed(wanted: Wanted, error: TriplicatiError) -> None:
        if isinstance(error, CorruptVolume):
            reason = str(error.details["reason"])
            unreadable.append(VolumeCheck(wanted.id, int(time.time()), "content", "damaged", reason))
        remote.report.warning(error.id, f"{error} Its dblock is read instead.", wanted.name)

    stage = Stage(remote, "reading indexes", indexes)
    await read_ahead(Reading(remote, form, stage, work, failed), indexes)
    with remote.report.progress.meters.member(ReadMeters.CREW), meters.record.working():
        await database.write(_settle)
    if unreadable:  # the next backup looks at them again, and puts others in their place
        await database.write(lambda c: record_checks(c, unreadable))
    await _note_odd_sizes(remote, database, told)


async def _note_odd_sizes(remote: Remote, database: Database, told: dict[int, set[int]]) -> None:
    """A dblock of another size than its indexes tell is damaged. The next backup reads it block by block:
    else it would take for stored what the volume no longer holds."""
    rows = await database.read(lambda c: all_volumes(c, "dblock"))
    odd = [row for row in rows if row.size >= 0 and row.id in told and row.size not in told[row.id]]
    reasons = {row.id: f"it has {row.size} bytes instead of {max(told[row.id])}" for row in odd}
    for row in odd:
        remote.report.warning(
            "MissingRemoteHash",
            f"{row.name} is damaged: {reasons[row.id]}. The next backup stores again what is lost, as far as"
            ' the source still has it; "repair" tells more.',
            row.name,
        )
    if reasons:
        await database.write(lambda c: note_damaged(c, reasons, time.time()))


def _settle(connection: apsw.Connection) -> None:
    with stoppable(connection):
        settle_blocks(connection)


def _described(reader: ZipReader, volume: str, form: VolumeFormat) -> list[_Described]:
    found = []
    digest_size = DIGEST_SIZES[form.block_hash]
    for entry in reader.entries:
        if not entry.startswith("vol/"):
            continue
        text = decode_volume(reader.read(entry), volume)
        try:
            digests = [_unb64(block.hash) for block in text.blocks]
            digest = unb64(text.volumehash) if text.volumehash else None
        except ValueError as error:
            raise CorruptVolume(name=volume, reason=f"it holds a hash that is none ({error})") from None
        sizes = [block.size for block in text.blocks]
        fits = not sizes or 0 <= min(sizes) <= max(sizes) <= form.blocksize
        if not fits or set(map(len, digests)) - {digest_size}:
            raise CorruptVolume(name=volume, reason="it describes blocks that cannot be")
        size = -1 if text.volumesize is None else text.volumesize
        found.append(_Described(entry[4:], b"".join(digests), sizes, digest, size))
    return found


def _lists(reader: ZipReader, form: VolumeFormat) -> Iterator[tuple[bytes, bytes]]:
    """(digest, content) of the copied blocklists whose hash is right; the others are not worth a word."""
    size = DIGEST_SIZES[form.block_hash]
    for entry in reader.entries:
        if entry.startswith("list/"):
            data = reader.read(entry, form.blocksize)
            digest = hasher(form.block_hash)(data).digest()
            if len(data) % size == 0 and entry_name(digest).decode() == entry[5:]:
                yield digest, data


def _add_index(
    connection: apsw.Connection,
    index: int,
    described: Sequence[_Described],
    lists: Sequence[tuple[bytes, bytes]],
    digest_size: int,
    told: dict[int, set[int]],
) -> None:
    """`told` gathers the sizes in bytes that are told of each dblock, by its id."""
    for each in described:
        dblock = _dblock_named(connection, each.name)
        if dblock is None:
            # Named but not there: its blocks stay missing, so that the damage is seen.
            continue
        connection.execute(
            "UPDATE volume SET hash = coalesce(?, hash), size = CASE WHEN ?2 >= 0 AND size < 0 THEN ?2"
            " ELSE size END"
            " WHERE id = ?3",
            (each.hash, each.size, dblock.id),
        )
        if each.size >= 0 and each.name == dblock.name:
            told.setdefault(dblock.id, set()).add(each.size)
        stage_blocks(connection, dblock.id, each.digests, digest_size, each.sizes)
        link_index(connection, index, [dblock.id])
    add_blocklists(connection, lists)


def _dblock_named(connection: apsw.Connection, name: str) -> VolumeRow | None:
    """By the exact name, else by its stem with another encryption (as after a change of encryption)."""
    parsed = parse_name(name)
    if parsed is None or parsed.kind != "dblock":
        return None
    stem = f"{parsed.prefix}-b{parsed.guid}.dblock.zip"
    for each in (name, stem, f"{stem}.aes", f"{stem}.gpg"):
        row = volume_named(connection, each)
        if row is not None:
            return row
    return None
