"""Backups in a folder of a test: make a tree, back it up, lose the database, restore, compare."""

from __future__ import annotations

import os
import stat
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import trio

from triplicati.engine.backup import backup
from triplicati.engine.compact import compact
from triplicati.engine.compact_plan import CompactRules
from triplicati.engine.opening import GpgSettings, Keys
from triplicati.engine.outcome import settled
from triplicati.engine.pool import worker_thread
from triplicati.engine.reconcile import reconcile
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote, RetryRule
from triplicati.engine.repair import Repaired, repair
from triplicati.engine.restore import restore
from triplicati.engine.settings import BackupSettings, RestoreSettings, UpkeepSettings, VerifySettings
from triplicati.engine.stopping import StopRequest
from triplicati.engine.verify import verify
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.names import VolumeKind
from triplicati.index.database import Database, open_database
from triplicati.index.filesets import filesets
from triplicati.index.volume_checks import VolumeCheck, read_checks
from triplicati.index.volumes import all_volumes, any_volumes
from triplicati.messages.progress import Event, Report
from triplicati.messages.results import BackupResult, CompactResult, RestoreResult, VerifyResult
from triplicati.storage.destination import Destination
from triplicati.storage.faults import Accidents, Fault, FaultyDestination
from triplicati.storage.kinds.file import LocalFolder

PASSPHRASE = "correct horse"
GPG = GpgSettings(encryption_switches="--s2k-count 1024 --s2k-digest-algo SHA256 --cipher-algo AES256")
_FORM = VolumeFormat(1024)
_RETRY = RetryRule(2, 0.0)
ALL_KINDS: frozenset[VolumeKind] = frozenset({"dlist", "dindex", "dblock"})

Content = str | bytes | None
"""Of a file, or None for a folder"""


@dataclass
class Place:
    """One test's backup: `source`, `remote` (the destination folder) and `database` below one folder.

    `used` is the last destination that failed by `faults`; `first` is for a test to keep what it had.
    """

    folder: Path
    encryption: str = ""
    prefix: str = "duplicati"
    form: VolumeFormat = _FORM
    retry: RetryRule = _RETRY
    faults: list[Fault] | None = None
    accidents: Accidents | None = None
    wrap: Callable[[Destination], Destination] | None = None
    restoring: Callable[[Remote, Database, RestoreSettings], Awaitable[RestoreResult]] = restore
    used: FaultyDestination | None = None
    notify: Callable[[Event], object] = lambda _: None
    first: dict[bytes, Entry] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def remote(self) -> Path:
        return self.folder / "remote"

    @property
    def database(self) -> Path:
        return self.folder / "state" / "index.sqlite"

    @property
    def passphrase(self) -> str | None:
        return PASSPHRASE if self.encryption else None

    def volumes(self, kind: str) -> list[Path]:
        return sorted(self.remote.glob(f"{self.prefix}-*.{kind}.zip*"))

    def connect(self) -> Remote:
        """With the faults of this place, each time counted from the start."""
        destination: Destination = LocalFolder(self.remote)
        if self.faults is not None or self.accidents is not None:
            destination = self.used = FaultyDestination(destination, self.faults or (), self.accidents)
        if self.wrap is not None:
            destination = self.wrap(destination)
        keys = Keys(passphrase=self.passphrase, gpg=GPG, tempdir=str(self.temporary))
        return Remote(destination, self.prefix, keys, Report(self.notify), self.retry, create_folder=True)

    @property
    def temporary(self) -> Path:
        folder = self.folder / "temporary"
        folder.mkdir(exist_ok=True)
        return folder

    def settings(self, **changes: Any) -> BackupSettings:  # Any: the fields of the struct
        wanted: dict[str, Any] = {
            "sources": (str(self.source),),
            "form": self.form,
            "encryption": self.encryption,
            "volume_size": 20 << 10,
            "max_threads": 1,
            "upload_folder": str(self.temporary),
            **changes,
        }
        return BackupSettings(**wanted)

    async def back_up(self, stop: StopRequest | None = None, **changes: Any) -> BackupResult:  # Any: as above
        """A database that was lost is recreated first, as the command line does."""
        remote = self.connect()
        settings = self.settings(**changes)

        async def operation() -> BackupResult:
            async with open_database(self.database) as database:
                lost = not await database.read(any_volumes)
            if lost and await remote.list():
                await self._rebuild(remote)
            async with open_database(self.database) as database:
                return await backup(remote, database, settings, stop or StopRequest())

        return await settled(operation)

    async def restore(
        self, target: Path | None, *, lost: bool = False, **changes: Any
    ) -> RestoreResult:  # Any: as above
        """With `lost` from a database that is made of the destination for it alone. Unless the destination
        fails or `max_threads` is given a thread writes: a process takes longer to start than all the rest."""
        remote = self.connect()
        path = self.folder / "other" / "index.sqlite" if lost else self.database
        settings = RestoreSettings(**{"target": target, "permissions": True, "max_threads": 1, **changes})
        plain = self.faults is None and self.wrap is None and "max_threads" not in changes

        async def operation() -> RestoreResult:
            async with open_database(path) as database:
                if lost:
                    await recreate(remote, database)
                return await self.restoring(remote, database, settings)

        try:
            with _writing_in_a_thread() if plain else nullcontext():
                return await settled(operation)
        finally:
            if lost:
                forget(path)

    async def _rebuild(self, remote: Remote) -> None:
        """Aside, and put in its place when it is whole."""
        aside = self.database.with_name("building.sqlite")
        forget(aside)
        async with open_database(aside) as database:
            await recreate(remote, database)
        forget(self.database)
        aside.rename(self.database)

    async def recreate(self, path: Path | None = None) -> None:
        """Into `path`, or in place of the lost database."""
        remote = self.connect()

        async def operation() -> None:
            async with open_database(path or self.database) as database:
                await recreate(remote, database)

        await settled(operation)

    async def verify(self, stop: StopRequest | None = None, **changes: Any) -> VerifyResult:  # Any: as above
        """All volumes in depth, unless `changes` say otherwise."""
        remote = self.connect()
        wanted: dict[str, Any] = {"samples": None, "content": ALL_KINDS, "full_blocks": True, **changes}

        async def operation() -> VerifyResult:
            async with open_database(self.database) as database:
                return await verify(remote, database, VerifySettings(**wanted), stop or StopRequest())

        return await settled(operation)

    async def compact(
        self, stop: StopRequest | None = None, **changes: Any
    ) -> CompactResult:  # Any: the fields of the rules and the settings
        """After what every operation that writes begins with."""
        remote = self.connect()
        rules = {name: changes.pop(name) for name in list(changes) if name in CompactRules.__struct_fields__}
        wanted: dict[str, Any] = {"upload_folder": str(self.temporary), **changes}
        settings = UpkeepSettings(
            rules=CompactRules(**{"volume_size": 20 << 10, **rules}), encryption=self.encryption, **wanted
        )

        async def operation() -> CompactResult:
            async with open_database(self.database) as database:
                await reconcile(remote, database)
                return await compact(remote, database, settings, stop or StopRequest())

        return await settled(operation)

    async def repair(self) -> Repaired | None:
        remote = self.connect()
        settings = UpkeepSettings(encryption=self.encryption, upload_folder=str(self.temporary))

        async def operation() -> Repaired | None:
            async with open_database(self.database) as database:
                return await repair(remote, database, settings)

        return await settled(operation)

    async def checks(self) -> dict[str, VolumeCheck]:
        """What is recorded of tests, by the names of the volumes."""
        async with open_database(self.database) as database:
            names = {row.id: row.name for row in await database.read(all_volumes)}
            return {names[each.volume]: each for each in await database.read(read_checks)}

    def lose_database(self) -> None:
        forget(self.database)


@contextmanager
def _writing_in_a_thread() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("triplicati.engine.restore.worker_process", lambda _: worker_thread())
        yield


def forget(database: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


def make_tree(folder: Path, content: Mapping[Any, Content]) -> None:  # Any: str or bytes
    """Files by their relative paths, with times in the past that differ; times of folders come last."""
    for number, (name, data) in enumerate(content.items()):
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(path if data is None else os.path.dirname(path), exist_ok=True)
        if data is not None:
            with open(path, "wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
            moment = 1_600_000_000_000_000_000 + number * 1_000_000_700
            os.utime(path, ns=(moment, moment))


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that do not compress, the same each time."""
    import random

    return random.Random(seed).randbytes(size)


class Entry(msgspec.Struct, frozen=True):
    """What must be the same after a restore; times in units of 100 ns, as the format keeps them."""

    kind: str
    mode: int = 0
    time: int = 0
    content: bytes = b""
    attributes: tuple[tuple[str, bytes], ...] = ()


def tree(folder: Path) -> dict[bytes, Entry]:
    """All below a folder, by relative path; the folder itself is left out."""
    root = os.fsencode(folder)
    return {os.path.relpath(path, root): _entry(path) for path in _paths(root)}


def contents(folder: Path) -> dict[bytes, Entry]:
    """As `tree`, without times, modes and attributes."""
    return {path: Entry(each.kind, content=each.content) for path, each in tree(folder).items()}


def _paths(folder: bytes) -> Iterator[bytes]:
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        yield path
        if os.path.isdir(path) and not os.path.islink(path):
            yield from _paths(path)


def _entry(path: bytes) -> Entry:
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return Entry("link", content=os.readlink(path))
    names = [name for name in sorted(os.listxattr(path)) if name.startswith("user.")]
    attributes = tuple((name, os.getxattr(path, name)) for name in names)
    mode, time = stat.S_IMODE(status.st_mode), status.st_mtime_ns // 100
    if stat.S_ISDIR(status.st_mode):
        return Entry("folder", mode, time, b"", attributes)
    if not stat.S_ISREG(status.st_mode):
        return Entry("special", mode, time, b"", attributes)  # a pipe would never answer
    with open(path, "rb") as file:
        return Entry("file", mode, time, file.read(), attributes)


# The settings that the destination tells.
_TOLD = ("blocksize", "block-hash-algorithm", "file-hash-algorithm", "encryption", "prefix")


async def canonical(path: Path) -> dict[str, object]:
    """What a lost and a recreated database agree on: versions, their entries, volumes, where each block lies,
    the blocklists and the settings that volumes tell. Numbers of rows are of no account.

    Left out is what no volume tells: of times all but whole seconds, and those of folders and links; the
    hashes of lists, indexes and dblocks without index; which volumes were tested when; and what belongs to
    this machine, such as the folder of new volumes."""
    async with open_database(path) as database:
        return {
            "versions": await _versions(database),
            "blocks": await database.read(
                lambda c: sorted(
                    c.execute("SELECT b.hash, b.size, v.name FROM block b JOIN volume v ON v.id = b.volume")
                )
            ),
            "blocklists": await database.read(
                lambda c: sorted(c.execute("SELECT hash, data FROM blocklist"))
            ),
            "volumes": await database.read(
                lambda c: sorted(
                    # An index tells the hash of its dblock; a listing tells none.
                    c.execute(
                        "SELECT name, kind, size, CASE WHEN id IN (SELECT dblock FROM index_link) THEN"
                        " hash END"
                        " FROM volume"
                    )
                )
            ),
            "duplicates": await database.read(
                lambda c: sorted(
                    c.execute(
                        "SELECT d.hash, d.size, v.name FROM duplicate_block d"
                        " JOIN volume v ON v.id = d.volume"
                    )
                )
            ),
            "settings": await database.read(
                lambda c: sorted(
                    c.execute("SELECT key, value FROM setting WHERE key IN (?, ?, ?, ?, ?)", _TOLD)
                )
            ),
            "indexes": await database.read(
                lambda c: sorted(
                    c.execute(
                        "SELECT i.name, b.name FROM index_link l JOIN volume i ON i.id = l.dindex"
                        " JOIN volume b ON b.id = l.dblock"
                    )
                )
            ),
        }


async def _versions(database: Database) -> list[object]:
    query = (
        "SELECT path, kind, size, CASE kind WHEN 0 THEN mtime / 1000000000 END, hash, blockhash,"
        " blocklists, metahash,"
        " metasize, metablockhash, metablocklists FROM entry WHERE since <= ?1 AND until > ?1 ORDER BY path"
    )
    found: list[object] = []
    for version in await database.read(filesets):
        rows = await database.read(lambda c, v=version.id: c.execute(query, (v,)).fetchall())  # type: ignore[misc]  # a default binds the loop's value
        found.append((version.stamp, version.full, version.files, version.bytes, rows))
    return found


@contextmanager
def aborted_after(count: int, operation: str, place: Place) -> Iterator[trio.CancelScope]:
    """The body is cancelled when its destination was called `count` times for `operation`."""
    with trio.CancelScope() as scope:
        place.wrap = lambda inner: cast("Destination", _Cancelling(inner, operation, count, scope))
        try:
            yield scope
        finally:
            place.wrap = None


class _Cancelling:
    """Cancels a scope at the n-th call of one operation, after it was carried out."""

    def __init__(self, inner: Destination, operation: str, count: int, scope: trio.CancelScope) -> None:
        self._inner = inner
        self._operation = operation
        self._left = count
        self._scope = scope

    def __getattr__(self, name: str) -> Any:  # Any: whatever the wrapped destination offers
        found = getattr(self._inner, name)
        if name != self._operation:
            return found

        async def call(*arguments: Any) -> Any:  # Any: as above
            result = await found(*arguments)
            self._left -= 1
            if self._left == 0:
                self._scope.cancel()
            return result

        return call
