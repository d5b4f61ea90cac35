"""The list of a version, from the local database to the destination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import trio

from triplicati.engine.listed import element_of
from triplicati.engine.uploading import Uploader
from triplicati.engine.volume_files import Finished, VolumeWriting, write_dlist
from triplicati.index.database import Database
from triplicati.index.filesets import finish_fileset
from triplicati.index.rows import read_rows
from triplicati.index.volumes import set_state


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
            return write_dlist(writing, _elements(connection, fileset, writing), control_files, full=full)

    finished = await trio.to_thread.run_sync(write, abandon_on_cancel=True)
    volume, final = await uploader.dlist(stamp, finished)
    await database.write(lambda c: finish_fileset(c, fileset, volume, final, full=full), durable=True)
    return final


def _elements(connection: apsw.Connection, fileset: int, writing: VolumeWriting) -> Iterator[bytes]:
    """Folders and links first, as Duplicati writes them."""
    for condition in ("kind <> 0", "kind = 0"):
        for row in read_rows(connection, fileset, condition):
            yield element_of(row, writing.form)


async def settle_verified(database: Database, names: Sequence[str]) -> None:
    await database.write(lambda c: set_state(c, names, "Verified"))
