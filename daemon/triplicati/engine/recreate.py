"""Rebuilds a local database from its destination (spec/format.md 12.1).

The lists give versions and paths, the indexes give blocks; a dblock is fetched only while something is known
to be missing. Several volumes are on their way at once, and one thread writes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import apsw

from triplicati.engine.opening import UNREADABLE, Expected
from triplicati.engine.outcome import settled
from triplicati.engine.reading_ahead import Listing, Wanted
from triplicati.engine.recreate_blocks import load_blocks
from triplicati.engine.recreate_indexes import load_indexes
from triplicati.engine.recreate_lists import load_lists
from triplicati.engine.remote import Remote, list_backup
from triplicati.errors import CorruptVolume, TriplicatiError
from triplicati.formats.manifest import VolumeFormat, decode_manifest
from triplicati.index.database import Database
from triplicati.index.settings import write_settings
from triplicati.index.volumes import add_volume, all_volumes


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
    return await settled(lambda: _recreate(remote, database, stamps, only_paths=only_paths))


async def _recreate(
    remote: Remote, database: Database, stamps: Sequence[int] | None, *, only_paths: bool
) -> VolumeFormat:
    remote.report.phase("Recreating the local database")
    listing = await list_backup(remote)
    lists = [each for each in listing if each[0].kind == "dlist"]
    if stamps is not None:
        lists = [each for each in lists if each[0].stamp in stamps]
    lists.sort(key=lambda each: each[0].stamp or 0)
    async with _format(remote, lists, listing) as (form, fetched), database.bulk_loading():
        await database.write(lambda c: _register(c, listing, form, remote.prefix))
        volumes = {
            row.name: Wanted(row.name, row.size, row.id, fetched.get(row.name))
            for row in await database.read(all_volumes)
            if row.kind != "dblock"
        }
        await load_lists(remote, database, [volumes[name.name] for name, _ in lists], form)
        if not only_paths:
            indexes = [volumes[name.name] for name, _ in listing if name.kind == "dindex"]
            await load_indexes(remote, database, indexes, form)
            await load_blocks(remote, database, form)
    return form


@asynccontextmanager
async def _format(
    remote: Remote, lists: Listing, listing: Listing
) -> AsyncIterator[tuple[VolumeFormat, dict[str, Path]]]:
    """From the manifest of the newest readable list, else of any readable volume; and where that list lies
    while the body runs, by its name, for it is read again.

    A wrong passphrase is raised only when no volume can be read with it.
    """
    indexes = [each for each in listing if each[0].kind == "dindex"]
    # An interrupted first backup may have left nothing else.
    blocks = [each for each in listing if each[0].kind == "dblock"]
    first_error: TriplicatiError | None = None
    for name, file in (*lists[:-6:-1], *indexes[:3], *blocks[:1]):
        async with remote.fetched(name.name, file.size) as path:
            try:
                form = await remote.read_fetched(
                    path,
                    name.name,
                    Expected(size=file.size),
                    lambda reader, name=name: decode_manifest(reader.read("manifest"), name.name),  # type: ignore[misc]  # a default binds the loop's value
                )
            except UNREADABLE as error:
                first_error = first_error or error
                continue
            yield form, {name.name: path}
            return
    raise first_error or CorruptVolume(name=listing[0][0].name, reason="there is no volume beside it")


def _register(connection: apsw.Connection, listing: Listing, form: VolumeFormat, prefix: str) -> None:
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
