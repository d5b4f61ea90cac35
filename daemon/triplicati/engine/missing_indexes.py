"""Makes indexes anew for dblocks that lack one."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from triplicati.engine.uploading import Uploader
from triplicati.index.blocks import forget_places, note_places
from triplicati.index.database import Database
from triplicati.index.volumes import VolumeRow
from triplicati.messages.progress import Report

# From so many on it pays to sort all blocks by volume first, instead of looking through all for each volume.
_MANY = 16


async def make_missing_indexes(
    database: Database, uploader: Uploader, dblocks: Sequence[VolumeRow], report: Report
) -> None:
    """What is left undone by an abort the next run does."""
    many = len(dblocks) >= _MANY
    if many:
        await database.write(note_places)
    try:
        for row in dblocks:
            await report.go_on()
            await uploader.missing_dindex(row)
    finally:
        if many:
            with trio.CancelScope(shield=True), trio.move_on_after(5):
                await database.write(forget_places)
