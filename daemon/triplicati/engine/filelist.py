"""The list of a version, from the local database to the destination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import trio

from triplicati.engine.listed import FIRST_TIME, LAST_TIME, element_of
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import Finished, VolumeWriting, write_dlist
from triplicati.formats.dlist import encode_small_files
from triplicati.formats.hashes import DIGEST_SIZES
from triplicati.index.database import Database
from triplicati.index.filesets import finish_fileset
from triplicati.index.rows import SMALL_FILE, read_rows, small_files


async def upload_filelist(
    database: Database,
    uploader: Uploader,
    writing: VolumeWriting,
    fileset: int,
    stamp: int,
    *,
    full: bool,
    control_files: Sequence[Path] = (),
) -> int:
    """Writes and sends the dlist of a version whose rows are complete; gives the stamp it has in the end."""

    def write() -> Finished:
        with database.reader() as connection:
            return write_dlist(writing, elements(connection, fileset, writing), control_files, full=full)

    finished = await trio.to_thread.run_sync(write, abandon_on_cancel=True)
    volume, final = await uploader.dlist(fileset, stamp, finished, full=full)
    await database.write(lambda c: finish_fileset(c, fileset, volume, final, full=full), durable=True)
    return final


def elements(connection: apsw.Connection, fileset: int, writing: VolumeWriting) -> Iterator[bytes]:
    """Folders and links first, as Duplicati writes them; then the files of one block, which are nearly
    all."""
    for row in read_rows(connection, fileset, "kind <> 0"):
        yield element_of(row, writing.form)
    small = small_files(connection, fileset, FIRST_TIME, LAST_TIME)
    yield from encode_small_files(small, DIGEST_SIZES[writing.form.file_hash])
    for row in read_rows(connection, fileset, f"kind = 0 AND NOT ({SMALL_FILE})"):
        yield element_of(row, writing.form)
