"""Takes up what an interrupted backup left (spec/format.md 9.9)."""

from __future__ import annotations

from typing import cast

import apsw

from triplicati.engine.filelist import upload_filelist
from triplicati.engine.missing_indexes import make_missing_indexes
from triplicati.engine.owed_lists import store_owed_lists
from triplicati.engine.settings import BackupSettings
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import VolumeWriting
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.formats.names import parse_name
from triplicati.index.database import Database
from triplicati.index.filesets import Fileset, drop_fileset, filesets, finish_fileset, without_list
from triplicati.index.schema import OPEN_END
from triplicati.index.volumes import all_volumes, unindexed_dblocks
from triplicati.messages.progress import Report


async def heal(
    database: Database, uploader: Uploader, writing: VolumeWriting, settings: BackupSettings, report: Report
) -> None:
    """After `reconcile`: a list that arrived unseen counts; indexes and lists that are owed are made; what
    the interrupted version had recorded and stored becomes a version of its own (the one before with the
    newer entries laid over it), or is dropped."""
    await database.write(_take_arrived)
    await make_missing_indexes(database, uploader, await database.read(unindexed_dblocks), report)
    if await store_owed_lists(database, uploader, writing):
        report.message("Lists of blocks that were lost are stored again.")
    for version in await database.read(without_list):
        await upload_filelist(database, uploader, writing, version.id, version.stamp, full=version.full)
    digest_size = DIGEST_SIZES[settings.form.block_hash]
    for pending in await database.read(lambda c: filesets(c, complete=False)):
        kept = await database.write(lambda c, pending=pending: _keep_stored(c, pending.id, digest_size))  # type: ignore[misc]  # a default binds the loop's value
        if kept and settings.synthetic_filelist:
            report.message("Completing the version that was interrupted ...")
            stamp = await _free_stamp(database, pending)
            await upload_filelist(database, uploader, writing, pending.id, stamp, full=False)
        else:
            await database.write(lambda c, pending=pending: drop_fileset(c, pending.id))  # type: ignore[misc]  # as above


def _take_arrived(connection: apsw.Connection) -> None:
    arrived = {
        row.id: row for row in all_volumes(connection, "dlist") if row.state in ("Uploaded", "Verified")
    }
    for pending in filesets(connection, complete=False):
        row = arrived.get(pending.dlist or 0)
        parsed = parse_name(row.name) if row is not None else None
        if row is not None and parsed is not None and parsed.stamp is not None:
            finish_fileset(connection, pending.id, row.id, parsed.stamp, full=pending.full)


def _keep_stored(connection: apsw.Connection, fileset: int, digest_size: int) -> int:
    """Removes the rows of a pending version whose blocks never arrived, which brings back what they replaced;
    gives how many are left."""
    lost = [
        path
        for path, needed in _needs(connection, fileset, digest_size)
        if not _all_stored(connection, needed)
    ]
    connection.executemany(
        "DELETE FROM entry WHERE path = ? AND since = ?", ((path, fileset) for path in lost)
    )
    connection.executemany(
        f"UPDATE entry SET until = {OPEN_END} WHERE path = ? AND until = ?",
        ((path, fileset) for path in lost),
    )
    return cast("int", connection.execute("SELECT count(*) FROM entry WHERE since = ?", (fileset,)).get)


def _needs(connection: apsw.Connection, fileset: int, digest_size: int) -> list[tuple[str, list[bytes]]]:
    query = (
        "SELECT path, CASE WHEN blocklists IS NULL AND size > 0 THEN coalesce(blockhash, hash) END,"
        " blocklists,"
        " CASE WHEN metablocklists IS NULL THEN coalesce(metablockhash, metahash) END, metablocklists"
        " FROM entry WHERE since = ?"
    )
    found = []
    for path, content, lists, metadata, metalists in connection.execute(query, (fileset,)):
        needed = [cast("bytes", each) for each in (content, metadata) if each is not None]
        for joined in (cast("bytes", lists or b""), cast("bytes", metalists or b"")):
            for at in range(0, len(joined), digest_size):
                digest = joined[at : at + digest_size]
                needed.append(digest)
                data = connection.execute("SELECT data FROM blocklist WHERE hash = ?", (digest,)).get
                if data is not None:
                    listed = cast("bytes", data)
                    needed.extend(
                        listed[start : start + digest_size] for start in range(0, len(listed), digest_size)
                    )
        found.append((cast("str", path), needed))
    return found


def _all_stored(connection: apsw.Connection, needed: list[bytes]) -> bool:
    query = "SELECT 1 FROM block WHERE hash = ?"
    return all(connection.execute(query, (digest,)).fetchone() is not None for digest in needed)


async def _free_stamp(database: Database, pending: Fileset) -> int:
    taken = {each.stamp for each in await database.read(filesets)}
    stamp = pending.stamp + 1
    while stamp in taken:
        stamp += 1
    return stamp
