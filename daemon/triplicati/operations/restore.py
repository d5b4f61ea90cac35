"""A restore from options."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec

from triplicati.config.local_database import local_database
from triplicati.engine.from_options import restore_settings
from triplicati.engine.persisted import fitting_keys
from triplicati.engine.remote import Remote
from triplicati.engine.restore import restore
from triplicati.engine.restore_versions import restore_versions
from triplicati.engine.settings import RestoreSettings
from triplicati.index.settings import read_settings
from triplicati.messages.results import RestoreResult
from triplicati.operations.order import Order, place_of, remote_of, unlocking


def settings_of(order: Order) -> RestoreSettings:
    """Raises what wrong options raise."""
    return restore_settings(
        order.values, order.positionals, order.rules(), now=order.now, environment=order.environment
    )


async def run_restore(order: Order, settings: RestoreSettings) -> RestoreResult:
    """Restores what `settings` say. Raises what `restore` raises, and `WrongPassphrase`."""
    begin = time.time()
    values = order.values
    place = place_of(order, writes=False)
    remote = remote_of(order)
    unlock = unlocking(order, remote, order.reading)
    only: list[int] = []
    work = restore if settings.all_versions == "False" else restore_versions

    def pick(stamps: list[int]) -> list[int] | None:
        only.extend(chosen(stamps, settings))
        return only or None

    async with local_database(
        place, remote, unlock, tempdir=values.text("tempdir"), pick=pick, reads_only=True
    ) as database:
        recorded = await database.read(read_settings)
        if not values.given("prefix"):
            remote.prefix = recorded.get("prefix", remote.prefix)
        unlock(recorded.get("encryption", ""))
        await check_passphrase(remote, recorded)
        # A database of that one version has it as its newest.
        wanted = msgspec.structs.replace(settings, versions=(), time=None) if only else settings
        result = await work(remote, database, wanted)
    result.begin_time = begin
    return result


async def check_passphrase(remote: Remote, recorded: Mapping[str, str]) -> None:
    """`recorded`: the settings of the database. Of several passphrases those that fit are kept. Raises
    `WrongPassphrase` and `ReencryptionUnfinished`: at once, not for each file."""
    remote.keys = await fitting_keys(remote.keys, recorded, remote.destination.display)


def chosen(stamps: Sequence[int], settings: RestoreSettings) -> list[int]:
    """The stamp of the one version that is to be restored, of those given newest first; empty when it is not
    plain which, and when more than one is."""
    if settings.all_versions != "False":
        return []
    if settings.time is not None:
        earlier = [stamp for stamp in stamps if stamp <= settings.time]
        return earlier[:1] if not settings.versions else []
    if len(settings.versions) > 1:
        return []
    number = settings.versions[0] if settings.versions else 0
    return [stamps[number]] if number < len(stamps) else []
