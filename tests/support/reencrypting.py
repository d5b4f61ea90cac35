"""Changing the encryption of a test's backup, and looking at the outcome with both passphrases."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

import msgspec
import trio

from support import crash_operations
from support.crashing import Forge
from support.engine import PASSPHRASE, Place, canonical, contents, make_tree, noise, tree
from support.independent_reader import read_destination
from triplicati.engine.outcome import settled
from triplicati.engine.reencrypt import reencrypt
from triplicati.engine.reencrypt_plan import NewEncryption
from triplicati.engine.remote import Remote
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import open_database
from triplicati.index.reencrypting import unfinished
from triplicati.index.settings import read_settings
from triplicati.messages.results import ReencryptResult

OTHER = "battery staple"


async def reencrypted(
    place: Place,
    encryption: str,
    passphrase: str | None = OTHER,
    stop: StopRequest | None = None,
    old: str | None = PASSPHRASE,
    **changes: Any,  # Any: the fields of the settings
) -> ReencryptResult:
    """From the place's own encryption; `place.encryption` stays as it is."""
    remote = place.connect()
    remote.keys = msgspec.structs.replace(remote.keys, passphrase=old, other=passphrase)
    settings = UpkeepSettings(upload_folder=str(place.temporary), **changes)
    new = NewEncryption(encryption, passphrase if encryption else None)

    async def operation() -> ReencryptResult:
        async with open_database(place.database) as database:
            return await reencrypt(remote, database, settings, new, stop or StopRequest())

    return await settled(operation)


VERSIONS = 3


async def grown(place: Place) -> None:
    make_tree(place.source, {f"f{number}": noise(9_000, number) for number in range(6)})
    for number in range(VERSIONS):
        (place.source / f"only-{number}").write_bytes(noise(3_000, 50 + number))
        await place.back_up()
        shutil.copytree(place.source, place.folder / f"version-{VERSIONS - 1 - number}")


def passphrases(encryption: str, new: str) -> tuple[str | None, str | None]:
    return (PASSPHRASE if encryption else None), (OTHER if new else None)


class Renewed(Place):
    """As it is after the change."""

    @property
    def passphrase(self) -> str | None:
        return OTHER if self.encryption else None


def renewed(place: Place, new: str) -> Renewed:
    return Renewed(place.folder, encryption=new)


async def settings_of(place: Place) -> dict[str, str]:
    async with open_database(place.database) as database:
        return await database.read(read_settings)


async def assert_changed(place: Place, new: str) -> None:
    """Nothing has the old encryption any more, nothing was lost, and backups go on."""
    after = renewed(place, new)
    names = [path.name for path in after.remote.iterdir()]
    assert [name for name in names if not name.endswith(f".zip.{new}" if new else ".zip")] == []
    assert not unfinished(await settings_of(place))
    if new != "gpg":
        found = read_destination(after.remote, after.passphrase)
        assert (found.damage, len(found.versions)) == ([], VERSIONS)
        assert [each for each in found.problems if "no version needs" not in each] == []
    fresh = place.folder / "fresh" / "index.sqlite"
    await after.recreate(fresh)
    assert await canonical(fresh) == await canonical(place.database)
    for number in range(VERSIONS):
        target = place.folder / f"restored-{number}"
        result = await after.restore(target, versions=(number,))
        assert (result.errors, result.warnings) == ([], [])
        assert contents(target) == contents(place.folder / f"version-{number}")
    again = await after.back_up()
    assert (again.errors, again.warnings, again.unchanged) == ([], [], True)


class WithBoth(Place):
    def connect(self) -> Remote:
        remote = super().connect()
        remote.keys = msgspec.structs.replace(remote.keys, other=OTHER)
        return remote


async def killed_and_checked(
    place: Place, operation: str, workshop: Forge, chosen: Callable[[list[str]], list[str]]
) -> int:
    """Kills the change at the points that `chosen` picks: each version can be restored with both passphrases
    at once, also without the database, and the next run comes to the end. Gives how many there were."""
    new = crash_operations.CHANGES[operation]
    stock = place.folder.with_name("stock")
    shutil.copytree(place.folder, stock, symlinks=True)
    points = await trio.to_thread.run_sync(lambda: workshop.points(place.folder, operation, encryption="aes"))
    picked = chosen(points)
    try:
        for point in picked:
            shutil.rmtree(place.folder)
            shutil.copytree(stock, place.folder, symlinks=True)
            code = await trio.to_thread.run_sync(
                lambda point=point: workshop.run(place.folder, operation, point, encryption="aes")  # type: ignore[misc]  # a default binds the loop's value
            )
            assert code in (-9, 0), point
            both = WithBoth(place.folder, encryption="aes")
            result = await both.restore(place.folder / "lost", lost=True)
            told = {each.id for each in result.errors} - ({"CorruptVolume"} if "during" in point else set())
            assert (told, result.broken_files) == (set(), []), point  # a half upload may be told of
            assert tree(place.folder / "lost") == tree(place.source), point
            ended = await reencrypted(place, new, OTHER if new else None)
            assert (ended.left, ended.warnings) == (0, []), point
            await assert_changed(place, new)
    finally:
        shutil.rmtree(stock)
    return len(picked)
