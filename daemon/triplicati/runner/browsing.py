"""Versions and files of a backup, read beside whatever runs (spec/server.md 3.5, 3.15, 5.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar

from triplicati.config.local_database import encryption_of, present_database
from triplicati.engine.listing import Version, all_versions
from triplicati.engine.outcome import settled
from triplicati.engine.remote import list_backup
from triplicati.errors import (
    DatabaseInUse,
    DatabaseLocked,
    EmptyRemoteFolder,
    EmptyRemoteLocation,
    EmptyRemoteLocationWithPrefix,
    EncryptedStorageNoPassphrase,
    NoVersions,
    PassphraseNeeded,
    VersionNotFound,
)
from triplicati.index.database import Database
from triplicati.index.volumes import VolumeRow, all_volumes
from triplicati.messages.results import BrokenFilesResult, VersionLine
from triplicati.messages.saved import SavedBackup
from triplicati.operations.looking import look_into
from triplicati.operations.order import Order, place_of, remote_of
from triplicati.operations.purging import run_list_broken
from triplicati.runner.daemon import Daemon
from triplicati.values.moments import parse_moment

T = TypeVar("T")
# Of each version; more than that nobody reads.
_MOST_BROKEN = 10_000


async def look(daemon: Daemon, backup: SavedBackup, work: Callable[[Database], Awaitable[T]]) -> T:
    """What `work` makes of the local database, which is built where it belongs when it is missing.

    Raises `EncryptedStorageNoPassphrase`, `EmptyRemoteFolder`, `DatabaseLocked` and what the destination
    raises.
    """
    async with asked(daemon, backup) as order:
        return await settled(lambda: look_into(order, lambda database, _: work(database), kept=True))


async def versions_of(daemon: Daemon, backup: SavedBackup, *, remote: bool = False) -> list[VersionLine]:
    """Newest first, from the local database; by the names at the destination where there is none or `remote`
    is set, which tell no more than the times. Raises as `look` does."""
    async with asked(daemon, backup) as order:
        if not remote:
            async with present_database(place_of(order, writes=False)) as database:
                if database is not None:
                    return [each.line for each in await all_versions(database)]
        return await settled(lambda: _at_the_destination(order))


async def volumes_of(daemon: Daemon, backup: SavedBackup) -> list[VolumeRow]:
    """As the local database has them; none without one."""
    async with (
        asked(daemon, backup) as order,
        present_database(place_of(order, writes=False)) as database,
    ):
        return [] if database is None else await database.read(all_volumes)


async def broken_of(daemon: Daemon, backup: SavedBackup) -> BrokenFilesResult:
    """What can no longer be restored, the first files of each version that an answer can hold. Raises as
    `look` does."""
    async with asked(daemon, backup, "ListBrokenFiles") as order:
        return await settled(lambda: run_list_broken(order, limit=_MOST_BROKEN, kept=True))


def version_at(versions: list[Version], time: str | None) -> Version:
    """The newest version that is not younger than `time`, the newest of all for no time.

    Raises `InvalidValue`, `NoVersions` and `VersionNotFound`.
    """
    if not versions:
        raise NoVersions
    if not (time or "").strip():
        return versions[0]
    at = moment_of(time or "")
    for each in versions:
        if each.fileset.stamp <= at:
            return each
    raise VersionNotFound(wanted=f"of {time}", oldest=versions[-1].number)


def moment_of(text: str) -> float:
    """Raises `InvalidValue`. In Unix seconds; "latest" is now."""
    wanted = "now" if text.strip().lower() == "latest" else text
    return parse_moment(wanted, datetime.now().astimezone()).timestamp()


async def _at_the_destination(order: Order) -> list[VersionLine]:
    volumes = [name for name, _ in await list_backup(remote_of(order))]
    encrypted = encryption_of(volumes) not in ("", "none")
    if encrypted and not order.values.boolean("no-encryption") and not order.values.text("passphrase"):
        raise EncryptedStorageNoPassphrase
    stamps = sorted({name.stamp for name in volumes if name.stamp is not None}, reverse=True)
    return [VersionLine(number, stamp, True, -1, -1) for number, stamp in enumerate(stamps)]


@asynccontextmanager
async def asked(
    daemon: Daemon,
    backup: SavedBackup,
    operation: str = "ListFilesets",
    *,
    extra: Mapping[str, str | None] | None = None,
    paths: tuple[str, ...] = (),
) -> AsyncIterator[Order]:
    """The order for it; errors get the names that clients switch on, and no secret."""
    order = await daemon.order(backup, operation, extra=extra, paths=paths)
    try:
        yield order
    except PassphraseNeeded:
        raise EncryptedStorageNoPassphrase from None
    except (EmptyRemoteLocation, EmptyRemoteLocationWithPrefix):
        raise EmptyRemoteFolder from None
    except DatabaseInUse:
        raise DatabaseLocked from None
    except Exception as error:
        order.hide_in(error)
        raise
