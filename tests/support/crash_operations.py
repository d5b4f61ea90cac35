"""The operations of the crash matrix, each on a place that `prepare` made for it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Awaitable, Callable

from support import purging
from support.crashing import set_clock
from support.engine import Place, make_tree, noise
from triplicati.engine.compact_plan import CompactRules
from triplicati.engine.delete import chosen_versions, delete
from triplicati.engine.outcome import settled
from triplicati.engine.reconcile import reconcile
from triplicati.engine.settings import Retention, UpkeepSettings
from triplicati.index.database import open_database
from triplicati.index.filesets import filesets

VERSIONS = 4


async def prepare(place: Place) -> None:
    """Four versions that share much, in small volumes; the source has changed since. `source-N-<name of
    its list>` holds what version N (0 the newest) was made of."""
    source = place.source
    make_tree(source, {f"d{number % 3}/f{number}": noise(1500 * number, number) for number in range(12)})
    make_tree(source, {"large": noise(70_000, 99), "empty": "", "folder": None})
    for number in range(VERSIONS):
        make_tree(source, {f"d1/version-{number}": noise(9_000, 50 + number), "often": f"{number}" * 900})
        if number:
            (source / "d1" / f"version-{number - 1}").unlink()
            (source / f"d{number % 3}" / f"f{number}").unlink()
        set_clock(str(1_700_000_000 + 3600 * number))
        await place.back_up()
        set_clock("")
        kept = f"source-{VERSIONS - 1 - number}-{place.volumes('dlist')[-1].name}"
        shutil.copytree(source, place.folder / kept, symlinks=True)
    make_tree(source, {"d2/more": noise(40_000, 77), "often": "new" * 900})


async def back_up(place: Place) -> None:
    await place.back_up()


async def back_up_and_thin_out(place: Place) -> None:
    """With everything that follows a backup."""
    rules = CompactRules(volume_size=20 << 10, threshold=1)
    compacting = UpkeepSettings(rules, place.encryption, upload_folder=str(place.temporary))
    await place.back_up(retention=Retention(keep_versions=2), compact=compacting, verification_file=True)


async def delete_two(place: Place) -> None:
    """Unless that was done."""
    remote = place.connect()

    async def operation() -> None:
        async with open_database(place.database) as database:
            await reconcile(remote, database)
            numbers = (1, 2) if len(await database.read(filesets)) == VERSIONS else ()
            chosen = await chosen_versions(database, numbers, Retention(), time.time())
            await delete(remote, database, chosen, dry_run=False)

    await settled(operation)


async def compact(place: Place) -> None:
    await place.compact(threshold=1)


async def repair(place: Place) -> None:
    await place.repair()


async def purge(place: Place) -> None:
    """One file out of every version but the newest; what was purged already is no longer found."""
    await purging.purged(place, ["*/often"], (1, 2, 3))


async def replace_index(place: Place) -> None:
    """What a test finds damaged is replaced."""
    await place.verify(replacing=UpkeepSettings(upload_folder=str(place.temporary)))


async def change_passphrase(place: Place) -> None:
    from support.reencrypting import reencrypted  # it needs this module, too

    await reencrypted(place, "aes")


async def take_encryption_away(place: Place) -> None:
    from support.reencrypting import reencrypted

    await reencrypted(place, "", None)


# What they change the encryption to; tests of their own look at the outcome.
CHANGES = {"change the passphrase": "aes", "take the encryption away": ""}

OPERATIONS: dict[str, Callable[[Place], Awaitable[None]]] = {
    "backup": back_up,
    "backup with upkeep": back_up_and_thin_out,
    "delete": delete_two,
    "compact": compact,
    "repair": repair,
    "purge": purge,
    "replace an index": replace_index,
}

ALL: dict[str, Callable[[Place], Awaitable[None]]] = {
    **OPERATIONS,
    "change the passphrase": change_passphrase,
    "take the encryption away": take_encryption_away,
}
