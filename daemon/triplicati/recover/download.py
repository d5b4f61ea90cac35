"""`triplicati recover download`: every volume of a destination, decrypted, into a folder."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import trio

from triplicati.engine.opening import Keys
from triplicati.engine.remote import Remote
from triplicati.errors import (
    DestinationError,
    NothingToRecover,
    RecoveryFolderUnusable,
    WrongPassphrase,
)
from triplicati.formats.names import VolumeName, parse_name
from triplicati.recover.plain import Made, make_plain, plain_name
from triplicati.recover.record import Fetched, Record, read_record
from triplicati.storage.destination import RemoteFile
from triplicati.values.sizes import format_size

AT_ONCE = 4
# Of the smallest volumes so many must refuse a passphrase before it is taken to be wrong.
_PROBES = 3
# Lists are small, and without them nothing else is of use.
_ORDER = {"dlist": 0, "dindex": 1, "dblock": 2}

Tell = Callable[[str], object]
Volume = tuple[VolumeName, RemoteFile]


class Downloaded(msgspec.Struct):
    """How many volumes there are, how many were there already, and those that are not whole, by name with
    what is wrong with them."""

    volumes: int = 0
    kept: int = 0
    salvaged: dict[str, str] = msgspec.field(default_factory=dict)
    unreadable: dict[str, str] = msgspec.field(default_factory=dict)
    missing: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return not (self.salvaged or self.unreadable or self.missing)


async def download(
    remote: Remote,
    folder: Path,
    unlock: Callable[[str], Keys],
    tell: Tell,
    *,
    prefix: str = "",
    at_once: int = AT_ONCE,
) -> Downloaded:
    """Fetches what is not there yet; `unlock` gives the keys for an encryption and is called once.

    Raises `NothingToRecover`, `RecoveryFolderUnusable`, `WrongPassphrase` where it fits no volume, and what
    listing a destination raises. Volumes that cannot be fetched or read are told and left behind.
    """
    await trio.to_thread.run_sync(_prepare, folder, remote.destination.local("."))
    volumes = await _listed(remote, prefix)
    known = await trio.to_thread.run_sync(read_record, folder)
    pending = [each for each in volumes if not _is_there(each, known, folder)]
    result = Downloaded(len(volumes), len(volumes) - len(pending))
    if result.kept:
        tell(f"{result.kept} of {len(volumes)} volumes are there already.")
    encryptions = {name.encryption for name, _ in pending} - {""}
    if encryptions:
        remote.keys = unlock(min(encryptions))
    record = Record(folder)
    try:
        work = _Work(remote, folder, tell, record, result, len(volumes))
        rest = await _probe(work, pending, earlier=result.kept > 0)
        await _fetch_all(work, rest, at_once)
    finally:
        record.close()
    return result


def _prepare(folder: Path, source: Path | None) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if source is not None and source.exists() and os.path.samefile(source, folder):
            raise RecoveryFolderUnusable(folder=folder, reason="it is the destination itself")
    except OSError as error:
        raise RecoveryFolderUnusable(folder=folder, reason=error.strerror or error) from error


async def _listed(remote: Remote, prefix: str) -> list[Volume]:
    """Lists first. Of two volumes that would become the same file the unencrypted one is taken."""
    found: dict[str, Volume] = {}
    for each in sorted(await remote.tried(remote.destination.list), key=lambda each: each.name):
        name = parse_name(each.name)
        # A name is to stay one within the folder, whatever the destination says.
        if name is None or (prefix and name.prefix != prefix) or not _is_one_name(each.name):
            continue
        found.setdefault(plain_name(name), (name, each))
    if not found:
        what = f'with the prefix "{prefix}"' if prefix else "of a backup"
        raise NothingToRecover(what=what, place=remote.destination.display)
    return sorted(found.values(), key=lambda each: (_ORDER[each[0].kind], each[0].name))


def _is_one_name(name: str) -> bool:
    return not any(character in name for character in "/\\\0")


def _is_there(volume: Volume, known: dict[str, Fetched], folder: Path) -> bool:
    """Damaged ones are fetched again, for they may have been damaged on their way."""
    name, remote = volume
    entry = known.get(name.name)
    if entry is None or entry.state != "whole" or entry.remote != remote.size:
        return False
    try:
        return (folder / plain_name(name)).stat().st_size == entry.plain
    except OSError:
        return False


class _Work(msgspec.Struct):
    remote: Remote
    folder: Path
    tell: Tell
    record: Record
    result: Downloaded
    total: int
    done: int = 0


async def _probe(work: _Work, pending: Sequence[Volume], *, earlier: bool) -> list[Volume]:
    """Tries a passphrase on the smallest volumes, before the others are fetched in vain; gives the others."""
    encrypted = sorted((each for each in pending if each[0].encryption), key=lambda each: each[1].size)
    refusals: list[Exception] = []
    tried = encrypted[:_PROBES]
    for name, each in tried:
        try:
            await _fetch(work, name, each, probing=True)
        except WrongPassphrase as error:
            refusals.append(error)
            continue
        rest = {each[0].name for each in pending} - {name.name}
        return [each for each in pending if each[0].name in rest]
    if refusals and (len(encrypted) > len(tried) or not earlier):
        raise refusals[0]
    return list(pending)


async def _fetch_all(work: _Work, volumes: Sequence[Volume], at_once: int) -> None:
    send, receive = trio.open_memory_channel[Volume](math.inf)
    for each in volumes:
        send.send_nowait(each)
    send.close()

    async def fetch() -> None:
        async for name, each in receive:
            await _fetch(work, name, each)

    async with trio.open_nursery() as nursery:
        for _ in range(at_once):
            nursery.start_soon(fetch)


async def _fetch(work: _Work, name: VolumeName, each: RemoteFile, *, probing: bool = False) -> None:
    """With `probing` a refused passphrase is raised, and nothing is kept."""
    try:
        async with work.remote.fetched(name.name, each.size) as path:
            made = await trio.to_thread.run_sync(
                lambda: make_plain(path, name, work.remote.keys, work.folder, probing=probing)
            )
    except DestinationError as error:
        _note(work, name, f"could not be fetched: {error}")
        work.result.missing[name.name] = str(error)
        return
    work.record.add(Fetched(name.name, each.size, made.size, made.state))
    _tell_made(work, name, each, made)


def _tell_made(work: _Work, name: VolumeName, each: RemoteFile, made: Made) -> None:
    if made.state == "whole":
        _note(work, name, format_size(each.size))
    elif made.state == "salvaged":
        what = "entries of the list" if name.kind == "dlist" else "blocks"
        _note(work, name, f"DAMAGED, {made.kept} {what} were saved: {made.reason}")
        work.result.salvaged[name.name] = made.reason
    else:
        _note(work, name, f"DAMAGED, nothing could be saved: {made.reason}")
        work.result.unreadable[name.name] = made.reason


def _note(work: _Work, name: VolumeName, text: str) -> None:
    work.done += 1
    work.tell(f"[{work.result.kept + work.done}/{work.total}] {name.name}: {text}")
