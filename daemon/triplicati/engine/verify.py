"""Tests volumes: fetches them, compares them with what is known, and records what is proven (spec/format.md
12.7)."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from random import Random

import apsw
import msgspec
import trio

from triplicati.engine.metering import VerifyMeters
from triplicati.engine.persisted import recorded_format
from triplicati.engine.pool import worker_count
from triplicati.engine.remote import Remote
from triplicati.engine.replacing import replace_indexes
from triplicati.engine.settings import VerifySettings
from triplicati.engine.stopping import StopRequest, cancel_when_now
from triplicati.engine.verify_choice import choose
from triplicati.engine.verify_content import block_counts
from triplicati.engine.verify_scope import listed_sizes, wanted_lists
from triplicati.engine.verify_volume import Looked, VolumeJob, look_at
from triplicati.errors import DestinationError, RemoteFileMissing
from triplicati.formats.manifest import VolumeFormat
from triplicati.formats.names import VolumeKind
from triplicati.index.database import Database
from triplicati.index.filesets import unread_lists
from triplicati.index.quarantine import without_blocks
from triplicati.index.volume_checks import VolumeCheck, last_checks, record_checks
from triplicati.index.volumes import VolumeRow, all_volumes
from triplicati.messages.results import CheckedVolume, Finding, VerifyResult

# So many volumes in a row that cannot be fetched are a destination that fails.
_PATIENCE = 3
_MISSING = Finding("Missing", "it is not at the destination")
_WORDS = {"Missing": "it lacks", "Modified": "it differs in"}
_AGAIN = 'The next backup, or "repair", makes it anew from the local database.'
_NEXT: Mapping[VolumeKind, str] = {
    "dlist": _AGAIN,
    "dindex": _AGAIN,
    "dblock": 'The command "affected" with this name tells what needs it.'
    " The next backup stores again what the source still has.",
}
_OF_A_COPY = "The destination itself may be whole."
_UNREAD = '"repair" reads it again; "purge-broken-files" gives it up, with its version.'
_GIVEN_UP = 'What it held is given up already; "purge-broken-files" and then "compact" clear it away.'


class _Work(msgspec.Struct):
    """What the tasks of one test share. `listed` has the sizes that the destination tells, by name; `failed`
    counts volumes that could not be fetched since one could. `given_up` are ids of damaged dblocks of which
    nothing counts any more, `unread` names of lists whose versions are not known; `faulty` are damaged
    indexes that are to be made anew, with what is wrong."""

    remote: Remote
    database: Database
    settings: VerifySettings
    stop: StopRequest
    result: VerifyResult
    form: VolumeFormat
    listed: Mapping[str, int]
    counts: Mapping[int, int]
    given_up: Collection[int] = ()
    unread: Collection[str] = ()
    failed: int = 0
    faulty: list[tuple[VolumeRow, list[Finding]]] = msgspec.field(default_factory=list)

    @property
    def meters(self) -> VerifyMeters:
        return VerifyMeters(self.remote.report.progress.meters)


async def verify(
    remote: Remote,
    database: Database,
    settings: VerifySettings,
    stop: StopRequest,
    random: Random | None = None,
    staging: Path | None = None,
) -> VerifyResult:
    """What is wrong is in the result and in the report's errors, and every volume that was looked at has its
    record in the database. `random` chooses between volumes that were tested equally long ago; `staging` is
    the folder for new volumes of who has one.

    Raises `EmptiedRemoteLocation`, `OutdatedDatabase`, `WrongPassphrase`, what the destination raises when it
    is asked for its list, and `DestinationError` when one volume after the other cannot be fetched.
    """
    report = remote.report
    result = VerifyResult(main_operation="Test", begin_time=time.time())
    known = await database.read(all_volumes)
    there = [row for row in known if row.state in ("Uploaded", "Verified")]
    report.progress.begin()
    listed = await listed_sizes(remote, database, known) if settings.list_destination else {}
    missing = [row for row in there if row.name not in listed] if settings.list_destination else []
    report.phase("Verifying remote backup ...")
    gone = {row.id for row in missing}
    chosen = choose(
        [row for row in there if row.id not in gone],
        await database.read(last_checks),
        settings.samples,
        await wanted_lists(remote, database, settings),
        random or Random(),
    )
    looks_inside = settings.content & {"dindex", "dblock"} or any(row.hash is None for row in chosen)
    work = _Work(
        remote=remote,
        database=database,
        settings=settings,
        stop=stop,
        result=result,
        form=await recorded_format(database),
        listed=listed,
        counts=await database.read(block_counts) if looks_inside else {},
        given_up=await database.read(without_blocks),
        unread=await database.read(unread_lists),
    )
    await _note_missing(work, missing)
    await _test(work, chosen)
    await _replace(work, staging)
    result.verifications.sort(key=lambda each: not each.damaged)  # lists in reports are cut
    result.interrupted = bool(stop.wanted) and len(result.verifications) < len(chosen) + len(missing)
    result.warnings, result.errors = report.warnings, report.errors
    result.end_time = time.time()
    return result


async def _note_missing(work: _Work, rows: Sequence[VolumeRow]) -> None:
    for row in rows:
        _tell(work, row, [_MISSING], "MissingVolume")
    now, reason = int(time.time()), _MISSING.value
    checks = [VolumeCheck(row.id, now, "hash", "damaged", reason) for row in rows]
    if checks and work.settings.records:
        await work.database.write(lambda c: record_checks(c, checks))


async def _test(work: _Work, chosen: Sequence[VolumeRow]) -> None:
    progress = work.remote.report.progress
    progress.files_total = progress.volumes_total = len(chosen)
    progress.bytes_total = sum(max(row.size, 0) for row in chosen)
    progress.counting = False
    waiting = list(reversed(chosen))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancel_when_now, work.stop, nursery.cancel_scope)
        async with trio.open_nursery() as crew:
            for _ in range(min(worker_count(work.settings.max_threads), len(chosen))):
                crew.start_soon(_serve, work, waiting)
        nursery.cancel_scope.cancel()


async def _replace(work: _Work, staging: Path | None) -> None:
    """What cannot be replaced now is told as what else is damaged."""
    replaced: set[int] = set()
    replacing, report = work.settings.replacing, work.remote.report
    if work.faulty and replacing is not None and not work.stop.wanted:
        rows = [row for row, _ in work.faulty]
        try:
            replaced = await replace_indexes(work.remote, work.database, replacing, rows, staging)
        except DestinationError as error:
            report.error(error.id, f"Damaged indexes could not be replaced: {error}")
    for row, findings in work.faulty:
        if row.id in replaced:
            text = f"{row.name}: {_summary(findings)}. A new index took its place."
            report.warning("FaultyIndexFile", text, row.name)
        else:
            _blame(work, row, findings, "DamagedVolume")


async def _serve(work: _Work, waiting: list[VolumeRow]) -> None:
    progress = work.remote.report.progress
    with progress.meters.member(VerifyMeters.CREW):
        while waiting and not work.stop.wanted:
            await work.remote.report.go_on()
            row = waiting.pop() if waiting else None
            if row is None:
                return
            progress.waiting["fetch"] = len(waiting)
            await _volume(work, row)
            progress.volumes_done += 1
            progress.files_done += 1
            progress.bytes_done += max(row.size, 0)


async def _volume(work: _Work, row: VolumeRow) -> None:
    remote, fetch = work.remote, work.meters.fetch
    told = work.listed.get(row.name, -1)
    fetch.begin(row)
    try:
        # With the size that it has there: one that was cut off there need not be fetched again and again.
        async with remote.fetched(row.name, told if told >= 0 else row.size) as path:
            fetch.end(row)
            looked = await work.meters.watched(row, lambda: _look(work, row, path))
    except RemoteFileMissing:
        await _note_missing(work, [row])
    except DestinationError as error:
        work.failed += 1
        if work.failed >= _PATIENCE:
            raise
        _tell(work, row, [Finding("Error", str(error))], error.id)
    else:
        work.failed = 0
        if looked.readable and work.settings.records:
            await work.database.write(lambda c: _record(c, row, looked))
        if looked.damaged and looked.readable and row.kind == "dindex" and work.settings.replacing:
            work.result.verifications.append(CheckedVolume(row.name, looked.findings))
            work.faulty.append((row, looked.findings))
        else:
            _tell(work, row, looked.findings, "DamagedVolume" if looked.readable else "UnreadableVolume")
    finally:
        fetch.end(row)


async def _look(work: _Work, row: VolumeRow, path: Path) -> Looked:
    job = VolumeJob(
        row=row,
        path=path,
        keys=work.remote.keys,
        form=work.form,
        # What nothing is known of can only be told by its content.
        content=row.kind in work.settings.content or row.hash is None,
        all_blocks=work.settings.full_blocks or row.hash is None,
        manifests=work.remote.read_manifests,
        hashes=work.remote.check_hashes,
        counts=work.counts,
    )
    return await work.database.read(lambda c: look_at(c, job))


def _record(connection: apsw.Connection, row: VolumeRow, looked: Looked) -> None:
    """A volume whose hash was not known, as after a rebuilt database, has been read in depth and has one
    now."""
    check = VolumeCheck(
        row.id,
        int(time.time()),
        "content" if looked.content else "hash",
        "damaged" if looked.damaged else "good",
        _summary(looked.findings),
    )
    record_checks(connection, [check])
    if not looked.damaged and (row.hash is None or row.size < 0):
        connection.execute(
            "UPDATE volume SET hash = ?, size = ? WHERE id = ?", (looked.digest, looked.size, row.id)
        )


def _tell(work: _Work, row: VolumeRow, findings: list[Finding], identity: str) -> None:
    tested = CheckedVolume(row.name, findings)
    work.result.verifications.append(tested)
    if tested.damaged:
        _blame(work, row, findings, identity)


def _blame(work: _Work, row: VolumeRow, findings: Sequence[Finding], identity: str) -> None:
    advice = _NEXT[row.kind]
    if not work.settings.records:
        advice = _OF_A_COPY
    elif row.id in work.given_up:
        advice = _GIVEN_UP
    elif row.name in work.unread:
        advice = _UNREAD
    text = f"{row.name}: {_summary(findings)}. {advice}"
    work.remote.report.error(identity, text, row.name)


def _summary(findings: Sequence[Finding]) -> str:
    """The first thing that is wrong, and how many more."""
    wrong = [each for each in findings if each.key != "Extra"]
    if not wrong:
        return ""
    first = wrong[0]
    plain = first == _MISSING or first.key == "Error"
    text = first.value if plain else f"{_WORDS[first.key]} {first.value}"
    return text if len(wrong) == 1 else f"{text}, and {len(wrong) - 1} more"
