"""A test of volumes from options."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext

import msgspec

from triplicati.config.local_database import local_database
from triplicati.engine.from_options import drill_settings, replacing_settings, verify_settings
from triplicati.engine.remote import Remote
from triplicati.engine.settings import DrillSettings
from triplicati.engine.stopping import StopRequest
from triplicati.engine.verify import verify
from triplicati.errors import InvalidValue, UsageError
from triplicati.index.database import Database
from triplicati.index.settings import read_settings
from triplicati.messages.results import VerifyResult
from triplicati.operations.order import Order, place_of, remote_of, unlocking
from triplicati.operations.owning import owning
from triplicati.operations.restore import check_passphrase

ALL = "all"
_MENDING = (
    "What a copy lacks it gets after the next backup. What is damaged there too, once it was deleted there"
    ' (triplicati backend delete), or with "triplicati sync <destination> <copy> --verify-contents".'
)
# Nothing has more volumes.
_MOST = 2**31 - 1


def samples_of(words: Sequence[str]) -> int | None:
    """Of each kind of volume: None for all, 1 when nothing is said. Raises `InvalidValue`."""
    text = words[0].strip() if words else "1"
    if text.lower() in (ALL, "everything"):
        return None
    if not (text.isascii() and text.isdigit()):
        raise InvalidValue(value=text, kind="number of samples", reason=f'use a whole number or "{ALL}"')
    return min(int(text), _MOST)


async def run_verify(order: Order, samples: int | None, stop: StopRequest) -> VerifyResult:
    """Tests volumes of the order's destination, or holds a restore drill, or both where a number of samples
    was given too. The local database is built first where it is missing, for it keeps what was proven.

    Raises what `verify`, `drill` and wrong options raise, and `WrongPassphrase`.
    """
    begin = time.time()
    values = order.values
    settings = verify_settings(values, samples, now=order.now)
    drills = drill_settings(values, now=order.now)
    takes_copy = bool(values.integer("use-copy"))
    if drills is not None and takes_copy:
        raise UsageError(reason="--restore-drill is for the destination itself; test a copy without it.")
    keeps = not values.boolean("no-local-db")
    place = place_of(order, writes=keeps)
    remote = remote_of(order)
    unlock = unlocking(order, remote, order.reading)
    async with (
        owning(order, place) if keeps else nullcontext(),
        local_database(place, remote, unlock, tempdir=values.text("tempdir")) as database,
    ):
        recorded = await database.read(read_settings)
        if not values.given("prefix"):
            remote.prefix = recorded.get("prefix", remote.prefix)
        unlock(recorded.get("encryption", ""))
        await check_passphrase(remote, recorded)
        if takes_copy:
            # What is proven of a copy is not proven of the destination.
            settings = msgspec.structs.replace(settings, records=False)
        elif keeps:
            replacing = replacing_settings(values, recorded.get("encryption", ""))
            settings = msgspec.structs.replace(settings, replacing=replacing)
        if drills is None or order.positionals:
            result = await verify(remote, database, settings, stop)
            if takes_copy and any(each.damaged for each in result.verifications):
                order.report.message(_MENDING)
        else:
            result = VerifyResult(main_operation="Test")
        if drills is not None and not stop.wanted:
            await _drill(remote, database, drills, stop, result)
    result.begin_time = begin
    return result


async def _drill(
    remote: Remote, database: Database, wanted: DrillSettings, stop: StopRequest, result: VerifyResult
) -> None:
    from triplicati.engine.drill import drill  # noqa: PLC0415 - seldom needed

    result.drills = await drill(remote, database, wanted, stop)
    result.interrupted = result.interrupted or bool(stop.wanted)
    result.warnings, result.errors = remote.report.warnings, remote.report.errors
    result.end_time = time.time()
