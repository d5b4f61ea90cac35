"""The local database of a destination: where it is, and building it anew where it is missing."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import apsw
import msgspec
import trio

from triplicati.config.datafolder import DataFolder, create
from triplicati.config.dbconfig import (
    NAME,
    DatabaseKey,
    add_database,
    database_key,
    find_database,
    new_database_path,
    our_name,
)
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote
from triplicati.engine.temporary import prefix
from triplicati.errors import (
    DatabaseUnusable,
    EmptiedRemoteLocation,
    EmptyRemoteLocation,
    FolderMissing,
    ForeignDatabase,
)
from triplicati.formats.names import VolumeName, parse_name
from triplicati.index.database import Database, open_database, open_to_read, origin
from triplicati.index.open_files import is_written_here
from triplicati.index.reencrypting import FROM, FROM_PASSPHRASE
from triplicati.index.settings import fingerprint, read_settings, write_settings
from triplicati.index.volumes import all_volumes
from triplicati.options.option_values import OptionValues
from triplicati.values.secrets import Secret
from triplicati.values.urls import DestinationUrl

_SCOPE, _ONLY_PATHS = "scope", "paths"

# Given the encryption of the destination ("none", "aes", ...), puts the right keys into the remote.
Unlock = Callable[[str], None]
Opening = Callable[[Path], AbstractAsyncContextManager[Database]]
# Given the stamps of all versions, newest first: those to load, None for all.
Pick = Callable[[list[int]], Sequence[int] | None]


class DatabasePlace(msgspec.Struct, frozen=True):
    """`path` is None where a command that only reads finds none. `durable`: worth building if it is missing.

    `entry` is what is to be listed in dbconfig.json of `folder` once the file is made. `notice` is a line to
    print.
    """

    path: Path | None
    durable: bool = False
    notice: str = ""
    folder: DataFolder | None = None
    entry: DatabaseKey | None = None


def database_place(
    values: OptionValues, url: DestinationUrl, folder: Callable[[], DataFolder], *, writes: bool
) -> DatabasePlace:
    """Where the local database of a destination is or is to be. Nothing is created.

    A database of real Duplicati is passed by: ours is the file beside it. `folder` is not asked when --dbpath
    tells. Raises `MultipleLocalDatabaseSourcesFound`, `ForeignDatabase`, and what `folder` raises.
    """
    if values.boolean("no-local-db") and not writes:
        return DatabasePlace(None)
    if values.text("dbpath"):
        return _beside_theirs(Path(values.text("dbpath") or "").expanduser().absolute(), writes=writes)
    key = database_key(url, values.text("prefix") or "", values.text("auth-username") or "")
    ours = folder()
    listed = find_database(ours.path / NAME, key, any_user=not writes)
    if listed is not None:
        return _beside_theirs(listed, writes=writes)
    if ours.theirs is not None:
        theirs = find_database(ours.theirs / NAME, key, any_user=not writes)
        if theirs is not None and origin(theirs) == "duplicati":
            path = ours.path / our_name(theirs)
            return DatabasePlace(path, durable=True, notice=_notice(theirs, path), folder=ours)
    if not writes:
        return DatabasePlace(None)
    path = new_database_path(ours.path, values.text("backup-name") or "")
    return DatabasePlace(path, durable=True, folder=ours, entry=key)


@asynccontextmanager
async def local_database(
    place: DatabasePlace,
    remote: Remote,
    unlock: Unlock,
    *,
    only_paths: bool = False,
    tempdir: str | None = None,
    pick: Pick | None = None,
    empty_is_fine: bool = False,
    absent_is_fine: bool = False,
    reads_only: bool = False,
) -> AsyncIterator[Database]:
    """The open database; built from the destination where there is none, or only one good for less.

    Without a place to keep it, or to save a reader the time for a whole one, it is a temporary one. `pick`
    may restrict that to some versions. With `empty_is_fine` an empty destination gives an empty database,
    and with `absent_is_fine` a missing folder counts as an empty one.
    Raises what `recreate` and `open_database` raise.
    """
    async with AsyncExitStack() as stack:
        opening = open_to_read if reads_only else open_database
        database = await _existing(stack, place.path, opening, only_paths=only_paths)
        if database is None and place.path is not None and place.durable:
            names = await _volumes(remote, absent_is_fine=absent_is_fine)
            await _make_missing(place, remote, unlock, build=bool(names) or not empty_is_fine)
            database = await stack.enter_async_context(open_database(place.path))
        if database is None:
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix=prefix(), dir=tempdir or None)
            )
            database = await stack.enter_async_context(open_database(Path(folder) / "temporary.sqlite"))
            names = await _volumes(remote, absent_is_fine=absent_is_fine)
            if names or not empty_is_fine:
                unlock(encryption_of(names))
                stamps = pick(_stamps(names)) if pick else None
                await recreate(remote, database, stamps=stamps, only_paths=only_paths)
                await _note(database, only_paths=only_paths)
        yield database


@asynccontextmanager
async def present_database(
    place: DatabasePlace, *, only_paths: bool = True, reads_only: bool = True
) -> AsyncIterator[Database | None]:
    """The database with versions and paths, the blocks too unless `only_paths`; None where there is none.
    Nothing is built. While this process builds one where there is none, whoever only reads paths finds there
    the versions that are loaded already."""
    opening = open_to_read if reads_only else open_database
    async with AsyncExitStack() as stack:
        database = await _existing(stack, place.path, opening, only_paths=only_paths)
        if database is None and place.path is not None and only_paths and reads_only:
            building = _building(place.path)
            if is_written_here(building):
                database = await _existing(stack, building, opening, only_paths=True)
        yield database


async def rebuild(
    place: DatabasePlace, remote: Remote, unlock: Unlock, *, only_paths: bool = False
) -> tuple[int, int]:
    """Builds the database from the destination and puts it in the place of the old one when it is whole.

    Gives the numbers of versions and volumes. Raises `ForeignDatabase`, `DatabaseInUse` and what `recreate`
    raises; the old database is untouched then.
    """
    assert place.path is not None
    if place.folder is not None:
        create(place.folder)
    unlock(encryption_of(await _volumes(remote)))
    async with AsyncExitStack() as holding:
        # Held while the new one is built, so that no other operation works on what is about to be replaced.
        kept = await _hold(holding, place.path)
        try:
            counts = await _build(place.path, remote, holding, kept, only_paths=only_paths)
        except EmptyRemoteLocation as error:
            if origin(place.path) != "ours":
                raise
            raise EmptiedRemoteLocation(url=remote.destination.display, database=place.path) from error
    _enlist(place)
    return counts


def encryption_of(volumes: Sequence[VolumeName]) -> str:
    """ "none", "aes", ...: that of the newest list, else of any volume; "" where there is none."""
    newest = max(volumes, key=lambda name: name.stamp or 0, default=None)
    return "" if newest is None else newest.encryption or "none"


def _beside_theirs(path: Path, *, writes: bool) -> DatabasePlace:
    match origin(path):
        case "duplicati":
            ours = path.with_name(our_name(path))
            return DatabasePlace(ours, durable=True, notice=_notice(path, ours))
        case "foreign":
            raise ForeignDatabase(path=path)
        case _:
            return DatabasePlace(path, durable=writes)


def _notice(theirs: Path, ours: Path) -> str:
    text = f"The local database {theirs} belongs to Duplicati and is left alone; Triplicati uses {ours}"
    return f'{text} ("help duplicati" tells more).'


async def _existing(
    stack: AsyncExitStack, path: Path | None, opening: Opening, *, only_paths: bool
) -> Database | None:
    """The database, opened, if it holds what is needed."""
    if path is None or origin(path) != "ours":
        return None
    async with AsyncExitStack() as opened:
        database = await opened.enter_async_context(opening(path))
        recorded = await database.read(read_settings)
        if "blocksize" in recorded and (only_paths or recorded.get(_SCOPE) != _ONLY_PATHS):
            stack.push_async_exit(opened.pop_all().__aexit__)
            return database
    return None


async def _make_missing(place: DatabasePlace, remote: Remote, unlock: Unlock, *, build: bool) -> None:
    if build:
        remote.report.message("There is no usable local database yet; it is built from the destination.")
        await rebuild(place, remote, unlock)
    else:
        unlock("")  # without a passphrase nothing is made
        if place.folder is not None:
            create(place.folder)
        _enlist(place)


def _enlist(place: DatabasePlace) -> None:
    if place.folder is not None and place.entry is not None and place.path is not None:
        add_database(place.folder.path / NAME, place.entry, place.path)


async def _hold(holding: AsyncExitStack, path: Path) -> dict[str, str]:
    """What of the old database no destination can tell."""
    if origin(path) != "ours":
        return {}
    try:
        old = await holding.enter_async_context(open_database(path))
        return {key: value for key, value in (await old.read(read_settings)).items() if key == "staging"}
    except DatabaseUnusable:
        return {}


async def _build(
    path: Path, remote: Remote, holding: AsyncExitStack, kept: dict[str, str], *, only_paths: bool
) -> tuple[int, int]:
    building = _building(path)
    with contextlib.suppress(DatabaseUnusable):
        async with open_database(building):
            pass  # nobody else builds it: what a killed run left can go
    _remove(building)
    try:
        async with open_database(building) as database:
            await recreate(remote, database, only_paths=only_paths)
            kept = {**kept, **await _passphrase_of(remote)}
            await _note(database, only_paths=only_paths, kept=kept)
            counts = await database.read(_counts)
        await holding.aclose()
        for leftover in _companions(path):
            # SQLite would replay the old one's journal into the new one.
            leftover.unlink(missing_ok=True)
        building.replace(path)
    finally:
        _remove(building)
    return counts


async def _note(database: Database, *, only_paths: bool, kept: dict[str, str] | None = None) -> None:
    def write(connection: apsw.Connection) -> None:
        volumes = [name for row in all_volumes(connection) if (name := parse_name(row.name))]
        noted = {"encryption": encryption_of(volumes), _SCOPE: _ONLY_PATHS if only_paths else "all"}
        write_settings(connection, {**(kept or {}), **noted})
        if FROM_PASSPHRASE in (kept or {}):
            write_settings(connection, {FROM: noted["encryption"]})

    await database.write(write, durable=True)


async def _passphrase_of(remote: Remote) -> dict[str, str]:
    """The fingerprint of the passphrase that has read the destination; without it the next backup would take
    any other for the right one. Where it took two, the encryption is being changed, to the second one."""
    keys = remote.keys
    texts = {"passphrase": keys.passphrase}
    if keys.other and "other" in remote.fitted:
        texts["passphrase"] = keys.other
        if "passphrase" in remote.fitted and keys.passphrase:
            texts[FROM_PASSPHRASE] = keys.passphrase
    return {
        name: await trio.to_thread.run_sync(fingerprint, Secret(text)) for name, text in texts.items() if text
    }


def _counts(connection: apsw.Connection) -> tuple[int, int]:
    versions = connection.execute("SELECT count(*) FROM fileset WHERE complete").get
    volumes = connection.execute("SELECT count(*) FROM volume").get
    assert isinstance(versions, int)
    assert isinstance(volumes, int)
    return versions, volumes


async def _volumes(remote: Remote, *, absent_is_fine: bool = False) -> list[VolumeName]:
    """A quiet look: the operation itself lists the folder again, and makes it where that is its part."""
    try:
        found = await remote.tried(remote.destination.list)
    except FolderMissing:
        if not absent_is_fine:
            raise
        found = []
    names = [name for each in found if (name := parse_name(each.name))]
    return [name for name in names if name.prefix == remote.prefix]


def _stamps(volumes: Sequence[VolumeName]) -> list[int]:
    return sorted((name.stamp for name in volumes if name.stamp is not None), reverse=True)


def _building(path: Path) -> Path:
    return path.with_name(f"{path.name}.rebuilding")


def _companions(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal")]


def _remove(path: Path) -> None:
    for each in (path, *_companions(path)):
        each.unlink(missing_ok=True)
