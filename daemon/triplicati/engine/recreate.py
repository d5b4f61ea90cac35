"""Rebuilds a local database from its destination (spec/format.md 12.1).

The lists give versions and paths, the indexes give blocks; a dblock is fetched only while something is known
to be missing.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Sequence

import apsw
import trio

from triplicati.engine.listed import is_safe_path, row_of
from triplicati.engine.metering import ReadMeters
from triplicati.engine.opening import Expected
from triplicati.engine.remote import Remote, list_backup
from triplicati.errors import (
    CorruptVolume,
    GpgFailed,
    TriplicatiError,
    UnsupportedContainer,
    UnsupportedEncryption,
    WrongPassphrase,
)
from triplicati.formats.blocks import is_block_name
from triplicati.formats.dindex import decode_volume
from triplicati.formats.dlist import decode_fileset, decode_list
from triplicati.formats.hashes import DIGEST_SIZES, hasher, unb64
from triplicati.formats.manifest import VolumeFormat, decode_manifest
from triplicati.formats.names import VolumeName, parse_name
from triplicati.formats.zip_reader import ZipReader
from triplicati.index.blocks import add_blocklists, add_blocks
from triplicati.index.database import Database
from triplicati.index.filesets import add_fileset, finish_fileset
from triplicati.index.recreating import (
    broken_files,
    find_missing,
    load_version,
    missing_lists,
    volumes_with_missing_lists,
)
from triplicati.index.rows import Row
from triplicati.index.settings import REREAD, write_settings
from triplicati.index.volumes import (
    VolumeRow,
    add_volume,
    all_volumes,
    link_index,
    unindexed_dblocks,
    volume_named,
)
from triplicati.storage.destination import RemoteFile

# What a single bad volume may do without ending the whole: everything else is still read.
# A passphrase that fits other volumes and not this one tells of damage.
_BAD_VOLUME = (CorruptVolume, UnsupportedContainer, UnsupportedEncryption, GpgFailed, WrongPassphrase)


async def recreate(
    remote: Remote,
    database: Database,
    *,
    stamps: Sequence[int] | None = None,
    only_paths: bool = False,
) -> VolumeFormat:
    """Fills an empty database; gives the format all volumes share.

    `stamps` restricts it to these versions, `only_paths` to what listing needs. Bad volumes become warnings.
    Raises `EmptyRemoteLocation`, `WrongPassphrase`, `PassphraseNeeded` and what the destination raises.
    """
    remote.report.phase("Recreating the local database")
    listing = await list_backup(remote)
    form = await newest_format(remote, listing)
    await database.write(lambda c: _register(c, listing, form, remote.prefix))
    lists = sorted((each for each in listing if each[0].kind == "dlist"), key=lambda each: each[0].stamp or 0)
    remote.report.progress.files_total = sum(name.kind != "dblock" for name, _ in listing)
    with remote.report.progress.meters.member(ReadMeters.CREW):
        for name, file in lists:
            await remote.report.go_on()
            if stamps is None or name.stamp in stamps:
                await _load_dlist(remote, database, name, Expected(size=file.size, form=form), form)
            remote.report.progress.files_done += 1
        if not only_paths:
            for row in await database.read(lambda c: all_volumes(c, "dindex")):
                await remote.report.go_on()
                await _load_dindex(remote, database, row, form)
                remote.report.progress.files_done += 1
            await _fill_from_dblocks(remote, database, form)
    return form


async def newest_format(remote: Remote, listing: Sequence[tuple[VolumeName, RemoteFile]]) -> VolumeFormat:
    """From the manifest of the newest readable dlist, else of any readable volume.

    A wrong passphrase is raised only when no volume can be read with it.
    """
    lists = sorted(
        (each for each in listing if each[0].kind == "dlist"), key=lambda each: -(each[0].stamp or 0)
    )
    indexes = [each for each in listing if each[0].kind == "dindex"]
    # An interrupted first backup may have left nothing else.
    blocks = [each for each in listing if each[0].kind == "dblock"]
    first_error: TriplicatiError | None = None
    for name, file in (*lists[:5], *indexes[:3], *blocks[:1]):
        try:
            return await remote.read_volume(
                name.name,
                Expected(size=file.size),
                lambda reader, name=name: decode_manifest(reader.read("manifest"), name.name),  # type: ignore[misc]  # a default binds the loop's value
            )
        except _BAD_VOLUME as error:
            first_error = first_error or error
    raise first_error or CorruptVolume(name=listing[0][0].name, reason="there is no volume beside it")


def _register(
    connection: apsw.Connection,
    listing: Sequence[tuple[VolumeName, RemoteFile]],
    form: VolumeFormat,
    prefix: str,
) -> None:
    for name, file in listing:
        add_volume(connection, name.name, name.kind, "Uploaded", file.size)
    write_settings(
        connection,
        {
            "prefix": prefix,
            "blocksize": str(form.blocksize),
            "block-hash-algorithm": form.block_hash,
            "file-hash-algorithm": form.file_hash,
            "encryption": max(listing, key=lambda each: each[0].stamp or 0)[0].encryption or "none",
        },
    )


async def _load_dlist(
    remote: Remote, database: Database, name: VolumeName, expected: Expected, form: VolumeFormat
) -> None:
    unsafe: list[str] = []
    meters = _meters(remote)

    def batches(reader: ZipReader) -> Iterator[list[Row]]:
        for entries in decode_list(reader.chunks("filelist.json"), name.name):
            safe = [entry for entry in entries if is_safe_path(entry.path)]
            if len(safe) != len(entries):
                unsafe.extend(entry.path for entry in entries if not is_safe_path(entry.path))
            yield [row for entry in safe if (row := row_of(entry, name.name, form)) is not None]

    def load(reader: ZipReader) -> None:
        def transaction(connection: apsw.Connection) -> None:
            full = decode_fileset(reader.read("fileset"), name.name) if "fileset" in reader else True
            stamp = name.stamp or 0
            fileset = add_fileset(connection, stamp, full=full)
            load_version(connection, fileset, batches(reader))
            volume = volume_named(connection, name.name)
            finish_fileset(connection, fileset, volume.id if volume else 0, stamp, full=full)

        # What is in the list is read while it is recorded, a piece at a time.
        with meters.record.working():
            trio.from_thread.run(database.write, transaction)

    try:
        await remote.read_volume(name.name, expected, load, meters)
    except _BAD_VOLUME as error:
        remote.report.error(error.id, f"{error} This version is left out.", name.name)
    for path in unsafe:
        remote.report.warning(
            "HostilePath", f"The path {path!r} in {name.name} is not absolute and was left out.", path
        )


async def _load_dindex(remote: Remote, database: Database, row: VolumeRow, form: VolumeFormat) -> None:
    meters = _meters(remote)

    def load(reader: ZipReader) -> None:
        with meters.unpack.working():
            described = _described(reader, row.name, form)
            lists = list(_lists(reader, form))
        with meters.record.working():
            trio.from_thread.run(database.write, lambda c: _add_index(c, row, described, lists))

    try:
        await remote.read_volume(row.name, Expected(size=row.size, form=form), load, meters)
    except _BAD_VOLUME as error:
        remote.report.warning(error.id, f"{error} Its dblock is read instead.", row.name)


def _described(
    reader: ZipReader, volume: str, form: VolumeFormat
) -> list[tuple[str, list[tuple[bytes, int]], bytes | None, int]]:
    """(dblock name, blocks, volume hash, volume size) for each `vol/` entry."""
    found = []
    size = DIGEST_SIZES[form.block_hash]
    for entry in reader.entries:
        if not entry.startswith("vol/"):
            continue
        text = decode_volume(reader.read(entry), volume)
        try:
            blocks = [(unb64(block.hash), block.size) for block in text.blocks]
            digest = unb64(text.volumehash) if text.volumehash else None
        except ValueError as error:
            raise CorruptVolume(name=volume, reason=f"it holds a hash that is none ({error})") from None
        if any(len(each) != size or not 0 <= length <= form.blocksize for each, length in blocks):
            raise CorruptVolume(name=volume, reason="it describes blocks that cannot be")
        found.append((entry[4:], blocks, digest, -1 if text.volumesize is None else text.volumesize))
    return found


def _lists(reader: ZipReader, form: VolumeFormat) -> Iterator[tuple[bytes, bytes]]:
    """(digest, content) of the copied blocklists whose hash is right; the others are not worth a word."""
    size = DIGEST_SIZES[form.block_hash]
    for entry in reader.entries:
        if entry.startswith("list/"):
            data = reader.read(entry, form.blocksize)
            digest = hasher(form.block_hash)(data).digest()
            if len(data) % size == 0 and base64.urlsafe_b64encode(digest).decode() == entry[5:]:
                yield digest, data


def _add_index(
    connection: apsw.Connection,
    row: VolumeRow,
    described: Sequence[tuple[str, list[tuple[bytes, int]], bytes | None, int]],
    lists: Sequence[tuple[bytes, bytes]],
) -> None:
    for name, blocks, digest, size in described:
        dblock = _dblock_named(connection, name)
        if dblock is None:
            # Named but not there: its blocks stay missing, so that the damage is seen.
            continue
        connection.execute(
            "UPDATE volume SET hash = coalesce(?, hash), size = CASE WHEN ?2 >= 0 AND size < 0 THEN ?2"
            " ELSE size END"
            " WHERE id = ?3",
            (digest, size, dblock.id),
        )
        add_blocks(connection, dblock.id, blocks)
        link_index(connection, row.id, [dblock.id])
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


async def _fill_from_dblocks(remote: Remote, database: Database, form: VolumeFormat) -> None:
    """Three passes, each only while something is missing: volumes known to hold needed blocklists, volumes
    that no index mentions, all others."""
    digest_size = DIGEST_SIZES[form.block_hash]
    read: set[int] = set()
    passes = (_with_needed_lists, _without_index, _all_dblocks)
    missing = await database.write(lambda c: find_missing(c, digest_size))
    for chosen in passes:
        if missing == (0, 0):
            return
        for row in await database.write(chosen):
            if row.id not in read:
                read.add(row.id)
                await _load_dblock(remote, database, row, form)
        missing = await database.write(lambda c: find_missing(c, digest_size))
    count, examples = await database.write(lambda c: broken_files(c, digest_size))
    if count:
        await database.write(lambda c: write_settings(c, {REREAD: "1"}))
        remote.report.error(
            "MissingBlocks",
            f"{missing[1]} blocks are missing at the destination; {count} file(s) cannot be restored"
            " whole, for"
            f" example {examples[0]}. The next backup stores again what the source still has.",
        )


def _with_needed_lists(connection: apsw.Connection) -> list[VolumeRow]:
    wanted = volumes_with_missing_lists(connection)
    return [row for row in all_volumes(connection, "dblock") if row.id in wanted]


def _without_index(connection: apsw.Connection) -> list[VolumeRow]:
    return unindexed_dblocks(connection)


def _all_dblocks(connection: apsw.Connection) -> list[VolumeRow]:
    return all_volumes(connection, "dblock")


async def _load_dblock(remote: Remote, database: Database, row: VolumeRow, form: VolumeFormat) -> None:
    wanted = await database.write(missing_lists)
    meters = _meters(remote)

    def load(reader: ZipReader) -> None:
        with meters.unpack.working():
            blocks, lists = _blocks(reader, wanted, form)

        def transaction(connection: apsw.Connection) -> None:
            add_blocks(connection, row.id, blocks)
            add_blocklists(connection, lists)

        with meters.record.working():
            trio.from_thread.run(database.write, transaction)

    try:
        await remote.read_volume(row.name, Expected(size=row.size, form=form), load, meters)
    except _BAD_VOLUME as error:
        remote.report.error(error.id, str(error), row.name)


def _blocks(
    reader: ZipReader, wanted: Collection[bytes], form: VolumeFormat
) -> tuple[list[tuple[bytes, int]], list[tuple[bytes, bytes]]]:
    """Digests and sizes of the blocks in a volume, and the content of those that are wanted."""
    blocks, lists = [], []
    for name, entry in reader.entries.items():
        if is_block_name(name):
            digest = base64.urlsafe_b64decode(name)
            blocks.append((digest, entry.size))
            if digest in wanted:
                data = reader.read(name, form.blocksize)
                if hasher(form.block_hash)(data).digest() == digest:
                    lists.append((digest, data))
    return blocks, lists


def _meters(remote: Remote) -> ReadMeters:
    return ReadMeters(remote.report.progress.meters)
