"""What backups a destination already holds, told by the names of the volumes there."""

from __future__ import annotations

from collections.abc import Iterable

import trio

from triplicati.formats.names import VolumeName, parse_name
from triplicati.messages.api_destinations import HeldBackup
from triplicati.runner.daemon import Daemon
from triplicati.runner.destinations import Asked, list_destination
from triplicati.runner.status import moment_of
from triplicati.storage.destination import RemoteFile


async def held_backups(daemon: Daemon, asked: Asked) -> list[HeldBackup]:
    """One for each prefix, the one with the newest version first. Raises as `list_destination` does."""
    files = await list_destination(daemon, asked)
    # There may be a hundred thousand.
    return await trio.to_thread.run_sync(group_by_prefix, files)


def group_by_prefix(files: Iterable[RemoteFile]) -> list[HeldBackup]:
    found: dict[str, list[tuple[VolumeName, int]]] = {}
    for each in files:
        name = parse_name(each.name)
        if name is not None:
            found.setdefault(name.prefix, []).append((name, max(each.size, 0)))
    held = [_held(prefix, volumes) for prefix, volumes in found.items()]
    return sorted(held, key=lambda each: (each.newest is not None, each.newest, each.prefix), reverse=True)


def _held(prefix: str, volumes: list[tuple[VolumeName, int]]) -> HeldBackup:
    stamps = [name.stamp for name, _ in volumes if name.stamp is not None]
    return HeldBackup(
        prefix=prefix,
        versions=len(stamps),
        files=len(volumes),
        size=sum(size for _, size in volumes),
        newest=moment_of(max(stamps)) if stamps else None,
        encryption=sorted({name.encryption for name, _ in volumes if name.encryption}),
    )
