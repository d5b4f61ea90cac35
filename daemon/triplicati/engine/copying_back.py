"""Brings volumes that a destination lost or spoiled back from a copy of the backup.

A volume counts as the same when its size and hash are those that the local database knows.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import trio

from triplicati.engine.reconcile import look
from triplicati.engine.remote import Remote, one_of
from triplicati.engine.stalling import unless_stalled
from triplicati.errors import DestinationError, EmptiedRemoteLocation
from triplicati.index.database import Database
from triplicati.index.quarantine import doubtful_volumes
from triplicati.index.volume_checks import VolumeCheck, record_checks
from triplicati.index.volumes import VolumeRow, all_volumes
from triplicati.messages.progress import Event
from triplicati.storage.uploads import FileUpload

_PART = 1 << 20
# Lists last, when all that they need is there.
_ORDER = {"dblock": 0, "dindex": 1, "dlist": 2}


async def copy_back(
    remote: Remote, copies: Sequence[Remote], database: Database, *, emptied_too: bool = False
) -> list[str]:
    """Names of the volumes that were brought back. `emptied_too`: also where nothing at all is left.

    A copy that cannot be reached is told in a message and left out. Raises what `remote` raises.
    """
    wanted = await _wanted(remote, database, emptied_too=emptied_too)
    found: list[str] = []
    for copy in copies:
        if not wanted:
            break
        remote.report.phase(f"Looking for lost volumes at {copy.destination.display} ...")
        try:
            there = {each.name: each.size for each in await copy.list()}
        except DestinationError as error:
            remote.report.message(f"The copy at {copy.destination.display} cannot be read: {error}")
            continue
        for row in list(wanted):
            if there.get(row.name) in (row.size, -1) and await _bring(remote, copy, database, row):
                wanted.remove(row)
                found.append(row.name)
    if found:
        remote.report.message(f"{len(found)} volume(s) were brought back from a copy.")
    return found


async def _wanted(remote: Remote, database: Database, *, emptied_too: bool) -> list[VolumeRow]:
    known = await database.read(all_volumes)
    try:
        difference = await look(remote, database)
    except EmptiedRemoteLocation:
        if not emptied_too:
            return []
        lacking = {row.id for row in known if row.state in ("Uploaded", "Verified")}
    else:
        lacking = {row.id for row in (*difference.missing, *difference.wrong_size)}
        lacking |= await database.read(doubtful_volumes)
    found = [row for row in known if row.id in lacking and row.hash is not None]
    return sorted(found, key=lambda row: _ORDER[row.kind])


async def _bring(remote: Remote, copy: Remote, database: Database, row: VolumeRow) -> bool:
    await remote.report.go_on()
    try:
        async with copy.fetched(row.name, row.size) as path:
            if await trio.to_thread.run_sync(_digest, path) != row.hash:
                remote.report.message(f"{row.name} is damaged at {copy.destination.display} too.")
                return False
            remote.report.event(Event("upload", row.name, row.size))
            await remote.tried(lambda: _put(remote, row, path))
    except DestinationError as error:
        remote.report.message(f"{row.name} could not be brought back: {error}")
        return False
    good = VolumeCheck(row.id, int(time.time()), "hash", "good")
    await database.write(lambda c: record_checks(c, [good]))
    return True


async def _put(remote: Remote, row: VolumeRow, path: Path) -> None:
    moved = 0

    def sent(count: int) -> None:
        nonlocal moved
        moved += count
        remote.traffic.sent += count

    upload = FileUpload(path, row.size, sent)
    async with one_of(remote.uploads):
        await unless_stalled(
            row.name, remote.patience, lambda: remote.destination.put(row.name, upload), lambda: moved
        )


def _digest(path: Path) -> bytes:
    running = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while part := file.read(_PART):
            trio.from_thread.check_cancelled()
            running.update(part)
    return running.digest()
