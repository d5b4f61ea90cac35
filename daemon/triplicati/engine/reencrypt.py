"""Changes the passphrase or the encryption of a destination, volume by volume (spec/format.md 2.1, trap 13).

Some volumes at a time get a second copy with the new encryption, which counts as nothing yet; when it is seen
in a fresh listing it takes the place of the old one in one transaction, and the old one goes. A dblock goes
with a new index, for that tells its hash; lists come last, the newest first. Killed at any point each volume
fits one of the two passphrases, and the next run goes on.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping, Sequence

import apsw
import msgspec
import trio

from triplicati.engine.encrypting_anew import encrypt_anew
from triplicati.engine.mending import mend
from triplicati.engine.opening import UNREADABLE, Expected
from triplicati.engine.persisted import fitting_keys
from triplicati.engine.reencrypt_plan import NewEncryption, Step, batches, size_of, steps_of
from triplicati.engine.remote import Remote
from triplicati.engine.retiring import retire
from triplicati.engine.rewriting import Rewriting, check_there, rewriting
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.stopping import StopRequest, cancel_when_now
from triplicati.errors import (
    NewPassphraseNeeded,
    ReencryptionOther,
)
from triplicati.index.blocks import holds_blocks
from triplicati.index.database import Database
from triplicati.index.quarantine import without_blocks
from triplicati.index.reencrypting import (
    FROM,
    add_reencrypted,
    begin,
    finish,
    forget_empty,
    links,
    take_index,
    take_place,
    take_stamp,
    unfinished,
)
from triplicati.index.settings import fingerprint, fits, read_settings, write_settings
from triplicati.index.volume_locks import locked_volumes
from triplicati.index.volumes import VolumeRow
from triplicati.messages.results import ReencryptResult
from triplicati.values.secrets import Secret

# Volumes on their way at once.
_AT_ONCE = 3


class _Renewed(msgspec.Struct, frozen=True):
    """The copies of one volume. `copy` is None for one that has the new encryption already."""

    step: Step
    copy: VolumeRow | None
    index: VolumeRow | None


class _Work(msgspec.Struct):
    rewriting: Rewriting
    expected: Expected
    index_policy: str
    result: ReencryptResult
    limits: UpkeepSettings
    stop: StopRequest
    begun: float
    skipped: set[int]


async def reencrypt(
    remote: Remote, database: Database, settings: UpkeepSettings, new: NewEncryption, stop: StopRequest
) -> ReencryptResult:
    """`remote` has the old passphrase, or both. Needs no `reconcile` before. `settings.encryption` is not
    looked at. A volume that cannot be read is left with a warning, and the change is unfinished until it is
    mended or gone.

    Raises `ReencryptionOther`, `WrongPassphrase`, `NoFreeSecond`, and what `mend` and the destination raise.
    """
    result = ReencryptResult(
        main_operation="ReEncrypt", begin_time=time.time(), dryrun=settings.dry_run
    )
    if new.encryption and not new.passphrase:
        raise NewPassphraseNeeded
    recorded = await database.read(read_settings)
    await _take_keys(remote, recorded, new)
    doubtful = await _doubtful(recorded, new)
    if settings.dry_run:
        steps = await database.read(lambda c: steps_of(c, new, doubtful=doubtful))
        result.reencrypted_file_count = len(steps)
        result.reencrypted_file_size = sum(size_of(each) for each in steps)
    else:
        remote.report.phase("Checking remote backup ...")
        await mend(remote, database, foreign_is_fine=False)
        steps = await database.read(lambda c: steps_of(c, new, doubtful=doubtful))
        if steps or unfinished(recorded):
            await _begin(remote, database, recorded, new)
            wanted = msgspec.structs.replace(settings, encryption=new.encryption)
            async with rewriting(remote, database, wanted) as work:
                await _carry_out(work, wanted, new, stop, result, doubtful=doubtful)
    result.warnings, result.errors = remote.report.warnings, remote.report.errors
    result.end_time = time.time()
    return result


async def _take_keys(remote: Remote, recorded: Mapping[str, str], new: NewEncryption) -> None:
    """From then on the remote writes with the new passphrase and reads with both."""
    keys = remote.keys
    given = [each.passphrase for each in keys.each() if each.passphrase]
    if unfinished(recorded):
        both = [new.passphrase, *given] if new.passphrase else given
        keys = msgspec.structs.replace(keys, passphrase=both[0] if both else None, other=None)
        if len(both) > 1:
            keys = msgspec.structs.replace(keys, other=next((each for each in both if each != both[0]), None))
        remote.keys = await fitting_keys(keys, recorded, remote.destination.display)
        same = hmac.compare_digest(
            (remote.keys.passphrase or "").encode("utf-8", "surrogatepass"),
            (new.passphrase or "").encode("utf-8", "surrogatepass"),
        )
        if not same:
            raise ReencryptionOther
        return
    fitting = await fitting_keys(keys, recorded, remote.destination.display)
    others = [each.passphrase for each in fitting.each() if each.passphrase != new.passphrase]
    remote.keys = msgspec.structs.replace(
        fitting, passphrase=new.passphrase, other=others[0] if others else None
    )


async def _doubtful(recorded: Mapping[str, str], new: NewEncryption) -> bool:
    """Whether a volume's name may be that of one with the new encryption while it has the old passphrase."""
    if not new.encryption:
        return False
    if unfinished(recorded):
        return recorded[FROM] == new.name
    known = recorded.get("passphrase")
    if recorded.get("encryption") != new.name:
        return False
    return known is None or not await trio.to_thread.run_sync(fits, Secret(new.passphrase or ""), known)


async def _begin(
    remote: Remote, database: Database, recorded: Mapping[str, str], new: NewEncryption
) -> None:
    """From then on the settings tell of the new encryption."""
    if unfinished(recorded):
        await database.write(lambda c: write_settings(c, {"encryption": new.name}), durable=True)
        return
    marks = [
        await trio.to_thread.run_sync(fingerprint, Secret(text)) if text else None
        for text in (remote.keys.other, new.passphrase)
    ]
    old = recorded.get("encryption", "none"), recorded.get("passphrase") or marks[0]
    await database.write(lambda c: begin(c, old, (new.name, marks[1])), durable=True)


async def _carry_out(
    rewriting: Rewriting,
    settings: UpkeepSettings,
    new: NewEncryption,
    stop: StopRequest,
    result: ReencryptResult,
    *,
    doubtful: bool,
) -> None:
    remote, database = rewriting.remote, rewriting.database
    if worthless := await database.read(without_blocks):
        await retire(remote, database, worthless)
    steps = await database.read(lambda c: steps_of(c, new, doubtful=doubtful))
    locked = await database.read(lambda c: locked_volumes(c, time.time()))
    kept = {each.row.id for each in steps} & locked
    if kept:
        steps = [each for each in steps if each.row.id not in kept]
        remote.report.warning(
            "VolumesLocked",
            f"{len(kept)} volume(s) are locked at the destination and keep their encryption until they are"
            ' not. Run "re-encrypt" again then.',
        )
    remote.report.phase("Encrypting volumes anew ...")
    progress = remote.report.progress
    progress.begin()
    progress.volumes_total = progress.files_total = len(steps)
    progress.bytes_total = sum(map(size_of, steps))
    progress.counting = False
    form = rewriting.writing.form if remote.read_manifests else None
    work = _Work(
        rewriting,
        Expected(form=form),
        settings.index_policy,
        result,
        settings,
        stop,
        trio.current_time(),
        kept,
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancel_when_now, stop, nursery.cancel_scope)
        for batch in batches(steps):
            if _ends(work):
                break
            await _do(work, batch)
        nursery.cancel_scope.cancel()
    left = await database.read(lambda c: steps_of(c, new, doubtful=doubtful))
    result.left, result.left_size = len(left), sum(map(size_of, left))
    result.skipped = len(work.skipped)
    result.interrupted = len(left) > len(work.skipped)
    if not left:
        await database.write(finish, durable=True)


async def _do(work: _Work, batch: Sequence[Step]) -> None:
    """Some volumes, from their fetching to the deletion of their old copies."""
    renewed: list[_Renewed] = []
    at_once = trio.CapacityLimiter(_AT_ONCE)

    async def one(step: Step) -> None:
        async with at_once:
            await work.rewriting.remote.report.go_on()
            if _ends(work):
                return
            found = await _renew(work, step)
            if found is not None:
                renewed.append(found)
            progress = work.rewriting.remote.report.progress
            progress.volumes_done += 1
            progress.files_done += 1
            progress.bytes_done += size_of(step)

    async with trio.open_nursery() as nursery:
        for step in batch:
            nursery.start_soon(one, step)
    if renewed:
        await _settle(work, renewed)


async def _renew(work: _Work, step: Step) -> _Renewed | None:
    """Sends the copies of a volume. None for one that cannot be read."""
    remote, uploader, row = work.rewriting.remote, work.rewriting.uploader, step.row
    copy: VolumeRow | None = None
    if not step.only_index:
        try:
            async with remote.fetched(row.name, row.size) as path:
                work.result.downloaded_file_count += 1
                work.result.downloaded_file_size += size_of(step)
                finished = await trio.to_thread.run_sync(
                    encrypt_anew,
                    path,
                    row,
                    work.rewriting.writing,
                    work.expected,
                    trio.from_thread.check_cancelled,
                )
        except UNREADABLE as error:
            work.skipped.add(row.id)
            remote.report.warning(
                "VolumeNotReencrypted",
                f'{error} It keeps its encryption. Run "test" for all volumes, with both passphrases, and'
                ' then "re-encrypt" again: what is lost is told then, and the rest goes on.',
                row.name,
            )
            return None
        if finished is not None:
            copy = await uploader.replacement(row.kind, finished, step.stamp)
    index: VolumeRow | None = None
    if row.kind == "dblock":
        index = await _index_of(work, row, copy)
    return _Renewed(step, copy, index)


async def _index_of(work: _Work, row: VolumeRow, copy: VolumeRow | None) -> VolumeRow | None:
    """None where there was none and none is wanted, or where nobody knows what is in the volume: an index
    that says so would be worse than the one that could not be read."""
    database = work.rewriting.database
    there = await database.read(lambda c: any(dblock == row.id for _, dblock in links(c)))
    if not await database.read(lambda c: holds_blocks(c, row.id)):
        return None
    shown = row if copy is None else copy
    if (not there and work.index_policy == "None") or shown.hash is None:
        return None
    described = msgspec.structs.replace(shown, id=row.id)
    return await work.rewriting.uploader.replacing_dindex(described)


async def _settle(work: _Work, renewed: Sequence[_Renewed]) -> None:
    remote, database = work.rewriting.remote, work.rewriting.database
    sent = [each for both in renewed for each in (both.copy, both.index) if each is not None]
    if sent:
        await check_there(remote, {each.name: each.size for each in sent})
    indexes, doomed = await database.write(lambda c: _switch(c, renewed), durable=True)
    for some in (indexes, doomed):
        await _delete(work, some)
    await database.write(lambda c: forget_empty(c, [row.id for row in (*indexes, *doomed)]))
    done = [each for each in renewed if each.copy is not None]
    work.result.reencrypted_file_count += len(done)
    work.result.reencrypted_file_size += sum(size_of(each.step) for each in done)
    work.result.uploaded_file_count += len(sent)
    work.result.uploaded_file_size += sum(each.size for each in sent)


def _switch(
    connection: apsw.Connection, renewed: Sequence[_Renewed]
) -> tuple[list[VolumeRow], list[VolumeRow]]:
    """Gives the indexes and the other volumes that are to be deleted."""
    indexes: list[VolumeRow] = []
    doomed: list[VolumeRow] = []
    for each in renewed:
        row = each.step.row
        if each.copy is not None:
            doomed.append(take_place(connection, row, each.copy))
            if row.kind == "dlist":
                take_stamp(connection, row.id, each.step.stamp)
        if row.kind == "dblock" and (each.copy is not None or each.index is not None):
            indexes += take_index(connection, row.id, each.index)
        add_reencrypted(connection, [row.id, *([each.index.id] if each.index is not None else [])])
    return indexes, doomed


async def _delete(work: _Work, rows: Sequence[VolumeRow]) -> None:
    limit = trio.CapacityLimiter(_AT_ONCE)

    async def one(row: VolumeRow) -> None:
        async with limit:
            await work.rewriting.remote.delete(row.name, row.size)

    async with trio.open_nursery() as nursery:
        for row in rows:
            nursery.start_soon(one, row)


def _ends(work: _Work) -> bool:
    limits = work.limits
    if work.stop.wanted:
        return True
    seconds, fetched = trio.current_time() - work.begun, work.result.downloaded_file_size
    if limits.budget_seconds is not None and seconds >= limits.budget_seconds:
        return True
    return limits.budget_bytes is not None and fetched >= limits.budget_bytes
