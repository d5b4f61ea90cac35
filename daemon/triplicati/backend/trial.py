"""`triplicati backend test`: whether a destination does what backups need (spec/cli.md 8).

Files with odd names and random contents go there and come back. What is not as it should be is told with
three stars in front.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import msgspec
import trio

from triplicati.backend.connecting import Connection
from triplicati.backend.screen import Screen
from triplicati.backend.transfers import clean_up, get_file, put_file
from triplicati.backend.trial_files import TrialFile, oddities, write_content
from triplicati.backend.trial_names import new_name
from triplicati.backend.trial_options import TrialSettings
from triplicati.engine.temporary import prefix
from triplicati.errors import DestinationError, DestinationNotEmpty, FolderMissing
from triplicati.storage.abilities import Renaming, ability
from triplicati.values.sizes import format_size

# Seconds between two looks at a listing that is wrong.
_LOOK = 1.0
_DUMMY = 1500


async def trial(connection: Connection, settings: TrialSettings, screen: Screen) -> bool:
    """Whether all went well. The folder is empty afterwards.

    Raises `DestinationNotEmpty`, and what keeps a run from being begun.
    """
    seed = time.time_ns() if settings.seed is None else settings.seed
    screen.say(f"The random numbers come from --seed={seed}")
    good = True
    for number in range(settings.reruns):
        screen.say(f"Starting run no {number}")
        await _prepare(connection, settings, screen, first=number == 0)
        run = _Run(connection, settings, screen, Random(seed + number))
        await run.whole()
        good = good and not run.problems
        if run.problems:
            break
    screen.say("Test complete!" if good else "*** The test failed")
    return good


async def _prepare(connection: Connection, settings: TrialSettings, screen: Screen, *, first: bool) -> None:
    destination = connection.destination
    try:
        await destination.test()
        found = await destination.list()
    except FolderMissing:
        if not settings.creates:
            raise
        await destination.create_folder()
        found = await destination.list()
    if found and not (settings.cleans and first):
        raise DestinationNotEmpty(url=destination.display, count=len(found), example=found[0].name)
    for each in found:
        screen.say(f"Auto clean, removing file: {each.name}")
        await destination.delete(each.name)


class _Run:
    """One run; `problems` are counted as they are told."""

    def __init__(
        self, connection: Connection, settings: TrialSettings, screen: Screen, dice: Random
    ) -> None:
        self.problems = 0
        self._connection = connection
        self._destination = connection.destination
        self._settings = settings
        self._screen = screen
        self._dice = dice
        self._there: set[str] = set()

    async def whole(self) -> None:
        files = self._made_up()
        try:
            with tempfile.TemporaryDirectory(prefix=prefix()) as folder:
                dummy = await self._overwritten(files, Path(folder))
                await self._send(files, Path(folder))
            await self._check_list(files)
            await self._rename(files)
            await self._fetch(files, dummy)
            await self._missing()
            await self._remove(files)
        finally:
            await clean_up(self._connection, self._there)

    def _made_up(self) -> list[TrialFile]:
        found: list[TrialFile] = []
        for _ in range(self._settings.files):
            name = self._new_name({each.name for each in found})
            size = self._dice.randint(*self._settings.sizes)
            found.append(TrialFile(name, size, self._dice.getrandbits(64)))
        return found

    def _new_name(self, taken: set[str]) -> str:
        settings = self._settings
        return new_name(self._dice, settings.lengths, settings.extended, taken, trims=settings.trims)

    async def _overwritten(self, files: list[TrialFile], folder: Path) -> bytes:
        """What has to be replaced afterwards: its digest, b"" for nothing. The first one goes twice, for a
        destination that remembers what it has listed."""
        if not self._settings.overwrites:
            return b""
        self._screen.say("Uploading wrong files ...")
        dummy = TrialFile("", _DUMMY, self._dice.getrandbits(64))
        for each in (files[0], files[0], files[-1]):
            await self._put(msgspec.structs.replace(dummy, name=each.name), folder)
        path = await trio.to_thread.run_sync(write_content, folder, dummy)
        path.unlink()
        return dummy.digest

    async def _send(self, files: list[TrialFile], folder: Path) -> None:
        self._screen.say("Uploading files ...")
        for number, each in enumerate(files):
            if await self._put(each, folder):
                self._screen.say(f"Uploaded file {number}, {format_size(each.size)}")
        await trio.sleep(self._settings.wait_after_put)

    async def _put(self, file: TrialFile, folder: Path) -> bool:
        path = await trio.to_thread.run_sync(write_content, folder, file)
        self._there.add(file.name)
        moved = 0

        def note(count: int) -> None:
            nonlocal moved
            moved += count

        async def once() -> None:
            nonlocal moved
            moved = 0
            await put_file(self._connection, file.name, path, file.size, note)

        self._screen.watch(file.name, lambda: (moved, file.size))
        try:
            return await self._tried(once, f"Failed to upload {file.name}")
        finally:
            self._screen.unwatch()
            path.unlink()

    async def _check_list(self, files: list[TrialFile]) -> None:
        self._screen.say("Verifying file list ...")
        for looks_left in range(self._settings.looks, -1, -1):
            wrong = oddities(files, await self._destination.list())
            if not wrong:
                return
            if looks_left:
                await trio.sleep(_LOOK)
        for text in wrong:
            self._problem(text)

    async def _rename(self, files: list[TrialFile]) -> None:
        able = ability(self._destination, Renaming)  # type: ignore[type-abstract]  # a protocol
        if able is None:
            return
        self._screen.say("Renaming a file ...")
        old, new = files[0].name, self._new_name({each.name for each in files})
        self._there.add(new)
        try:
            await able.rename(old, new)
        except DestinationError as error:
            self._problem(f"Failed to rename {old} to {new}: {error}")
            return
        self._there.discard(old)
        files[0].name = new
        await self._check_list(files)

    async def _fetch(self, files: list[TrialFile], dummy: bytes) -> None:
        self._screen.say("Downloading files ...")
        for number, each in enumerate(files):
            running = hashlib.sha256()
            moved = 0

            def note(count: int) -> None:
                nonlocal moved
                moved += count

            async def once(each: TrialFile = each) -> None:
                nonlocal running, moved
                running, moved = hashlib.sha256(), 0
                await get_file(self._connection, each.name, running.update, note)

            self._screen.watch(each.name, lambda: (moved, each.size))  # noqa: B023 - for this file alone
            came = await self._tried(once, f"Failed to download {each.name}")
            self._screen.unwatch()
            if came and running.digest() == each.digest:
                self._screen.say(f"Downloaded file {number}, it is the same")
            elif came and running.digest() == dummy:
                self._problem(f"The file {each.name} is the one that was overwritten")
            elif came:
                self._problem(f"The file {each.name} is not what was uploaded")

    async def _missing(self) -> None:
        """What is not there must be an error: an empty file instead would be taken for the content."""
        name = self._new_name(self._there)
        try:
            await self._destination.get(name, lambda _: None)
        except DestinationError:
            return
        self._problem(f"A file that is not there could be downloaded: {name}")

    async def _remove(self, files: list[TrialFile]) -> None:
        self._screen.say("Deleting files ...")
        for each in files:
            try:
                await self._destination.delete(each.name)
                self._there.discard(each.name)
            except DestinationError as error:
                self._problem(f"Failed to delete {each.name}: {error}")
        await trio.sleep(self._settings.wait_after_delete)
        for looks_left in range(self._settings.looks, -1, -1):
            left = await self._destination.list()
            if not left:
                return
            if looks_left:
                await trio.sleep(_LOOK)
        for file in left:
            self._problem(f"The folder holds {file.name} after all was deleted")

    async def _tried(self, call: Callable[[], Awaitable[None]], text: str) -> bool:
        for tries_left in range(self._settings.retries, -1, -1):
            try:
                await call()
            except DestinationError as error:
                if not tries_left:
                    self._problem(f"{text}: {error}")
                    return False
            else:
                return True
        raise AssertionError("there is at least one try")

    def _problem(self, text: str) -> None:
        self.problems += 1
        self._screen.say(f"*** {text}")
