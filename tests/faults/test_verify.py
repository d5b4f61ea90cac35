"""Tests of volumes at a destination that is damaged or fails: the right volume is named, and no other."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import apsw
import pytest
import trio
from support.engine import Content, Place, aborted_after, make_tree, noise

from triplicati.engine.remote import Remote
from triplicati.engine.sink import VolumeSink
from triplicati.engine.stopping import StopRequest
from triplicati.engine.verify_content import Inside
from triplicati.errors import DestinationError, EmptiedRemoteLocation, OutdatedDatabase, WrongPassphrase
from triplicati.formats.hashes import entry_name, hasher
from triplicati.index.database import open_database
from triplicati.messages.progress import Event
from triplicati.messages.results import Finding, VerifyResult
from triplicati.storage.faults import Fault

FILES: dict[str, Content] = {f"file {n:02}": noise(900 + n, n) for n in range(60)}
FILES["large"] = noise(50_000, 99)
KINDS = ("dlist", "dindex", "dblock")


@pytest.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Two versions and more than three dblocks."""
    found = Place(tmp_path, encryption=getattr(request, "param", ""))
    make_tree(found.source, FILES)
    await found.back_up()
    make_tree(found.source, {"file 07": noise(3000, 7), "new": "new"})
    await found.back_up()
    assert len(found.volumes("dblock")) > 3
    return found


def flip(path: Path) -> None:
    """A byte of its content: in the first entry of a zip file, behind the header of an encrypted one."""
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def swap(path: Path) -> None:
    """With the content of another volume of its kind."""
    kind = path.name.split(".")[1]
    other = next(each for each in sorted(path.parent.iterdir()) if f".{kind}." in each.name and each != path)
    path.write_bytes(other.read_bytes())


DAMAGE = [flip, truncate, empty, swap, Path.unlink]


def damaged(result: VerifyResult) -> list[str]:
    return [each.key for each in result.verifications if each.damaged]


def findings(result: VerifyResult) -> list[tuple[str, str]]:
    return [(each.key, each.value) for volume in result.verifications for each in volume.value]


@pytest.mark.parametrize("place", ["", "aes", "gpg"], ids=["plain", "aes", "gpg"], indirect=True)
async def test_nothing_is_wrong(place: Place) -> None:
    result = await place.verify()
    assert findings(result) == []
    assert (result.parsed, result.errors, result.warnings) == ("Success", [], [])
    names = {each.name for kind in KINDS for each in place.volumes(kind)}
    assert {each.key for each in result.verifications} == names
    checks = await place.checks()
    assert checks.keys() == names
    assert {(each.depth, each.outcome, each.reason) for each in checks.values()} == {("content", "good", "")}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["", "aes"], ids=["plain", "aes"], indirect=True)
async def test_the_damaged_volume_is_named(
    damage: Callable[[Path], object], kind: str, place: Place
) -> None:
    victim = place.volumes(kind)[0]
    damage(victim)
    result = await place.verify()
    assert damaged(result) == [victim.name]
    assert result.verifications[0].key == victim.name
    assert result.parsed == "Error"
    (error,) = result.errors
    expected = "MissingVolume" if damage is Path.unlink else "DamagedVolume"
    assert (error.id, error.path) == (expected, victim.name)
    assert error.text.startswith(f"{victim.name}: it")
    checks = await place.checks()
    assert [name for name, each in checks.items() if each.outcome == "damaged"] == [victim.name]
    assert checks[victim.name].reason


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("kind", KINDS)
async def test_sizes_and_hashes_are_enough_for_that(
    damage: Callable[[Path], object], kind: str, place: Place
) -> None:
    victim = place.volumes(kind)[-1]
    damage(victim)
    result = await place.verify(content=frozenset(), full_blocks=False)
    assert damaged(result) == [victim.name]
    assert {each.depth for each in (await place.checks()).values()} == {"hash"}


async def test_a_volume_that_was_mended_is_good_again(place: Place) -> None:
    victim = place.volumes("dblock")[0]
    whole = victim.read_bytes()
    flip(victim)
    await place.verify()
    victim.write_bytes(whole)
    assert damaged(await place.verify()) == []
    assert (await place.checks())[victim.name].outcome == "good"


# --- content that its hash does not tell ------------------------------------------------------------------


async def with_nothing_known(place: Place, victim: Path) -> None:
    """Of its size and hash, and all that indexes say of it is right."""

    def forget(connection: apsw.Connection) -> None:
        connection.execute("UPDATE volume SET hash = NULL, size = -1 WHERE name = ?", (victim.name,))

    async with open_database(place.database) as database:
        await database.write(forget)


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """A whole zip file again, with other entries."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    path.write_bytes(made.getvalue())


def blocks(entries: dict[str, bytes]) -> list[str]:
    return [name for name in entries if name != "manifest"]


async def inside(place: Place, victim: Path, change: Callable[[dict[str, bytes]], object]) -> VerifyResult:
    rewritten(victim, change)
    await with_nothing_known(place, victim)
    return await place.verify()


async def test_a_block_that_lies_about_its_hash(place: Place) -> None:
    victim = place.volumes("dblock")[1]

    def lie(entries: dict[str, bytes]) -> None:
        name = blocks(entries)[3]
        entries[name] = entries[name][:-1] + bytes([entries[name][-1] ^ 1])

    result = await inside(place, victim, lie)
    assert damaged(result) == [victim.name]
    assert [key for key, _ in findings(result)] == ["Modified"]


async def test_blocks_that_are_gone_or_nobody_knows(place: Place) -> None:
    victim = place.volumes("dblock")[1]

    def exchange(entries: dict[str, bytes]) -> None:
        del entries[blocks(entries)[0]]
        entries["A" * 43 + "="] = b"other"

    result = await inside(place, victim, exchange)
    assert damaged(result) == [victim.name]
    assert sorted(key for key, _ in findings(result)) == ["Extra", "Missing", "Modified"]


async def test_something_extra_is_no_damage(place: Place) -> None:
    victim, content = place.volumes("dblock")[1], b"nobody knows it"
    name = entry_name(hasher("SHA256")(content).digest()).decode()
    result = await inside(place, victim, lambda entries: entries.update({name: content}))
    assert damaged(result) == []
    assert [key for key, _ in findings(result)] == ["Extra"]
    assert (await place.checks())[victim.name].outcome == "good"


async def test_an_index_of_other_blocks(place: Place) -> None:
    victim, other = place.volumes("dindex")[:2]
    victim.write_bytes(other.read_bytes())
    result = await inside(place, victim, lambda entries: None)
    assert damaged(result) == [victim.name]
    assert sorted(key for key, _ in findings(result)) == ["Extra", "Missing"]


async def test_an_index_that_forgot_a_block(place: Place) -> None:
    victim = place.volumes("dindex")[0]

    def forget(entries: dict[str, bytes]) -> None:
        name = next(each for each in entries if each.startswith("vol/"))
        text = entries[name]
        first = text.index(b"{", 1)
        entries[name] = text[:first] + text[text.index(b"{", first + 1) :]

    result = await inside(place, victim, forget)
    assert damaged(result) == [victim.name]
    assert [key for key, _ in findings(result)] == ["Missing"]


async def test_a_list_that_tells_other_things(place: Place) -> None:
    victim = place.volumes("dlist")[0]

    def lie(entries: dict[str, bytes]) -> None:
        text = entries["filelist.json"]
        text = text.replace(b"file 03", b"file 3!")
        at = text.index(b'"size":', text.index(b"file 04")) + 7
        entries["filelist.json"] = text[:at] + b"1" + text[at:]
        entries["fileset"] = entries["fileset"].replace(b"true", b"false")

    result = await inside(place, victim, lie)
    assert damaged(result) == [victim.name]
    source = str(place.source)
    assert sorted(findings(result)) == [
        ("Extra", f"{source}/file 3!"),
        ("Missing", f"{source}/file 03"),
        ("Modified", f"{source}/file 04"),
        ("Modified", "fileset"),
    ]


async def test_hashes_that_were_not_known_are_known_then(place: Place) -> None:
    place.lose_database()
    await place.recreate()
    assert await place.checks() == {}
    # All lists and indexes, for a listing does not tell their hashes, and one dblock.
    result = await place.verify(samples=1, content=frozenset())
    lists, indexes = (len(place.volumes(kind)) for kind in ("dlist", "dindex"))
    assert len(result.verifications) == lists + indexes + 1
    depths = [each.depth for each in (await place.checks()).values()]
    assert (depths.count("content"), depths.count("hash")) == (lists + indexes, 1)
    flip(place.volumes("dlist")[0])
    result = await place.verify(samples=1, content=frozenset(), full_blocks=False)
    assert len(result.verifications) == 3


# --- choice -----------------------------------------------------------------------------------------------


async def test_the_rest_of_the_volumes_next_time(place: Place) -> None:
    seen: set[str] = set()
    count = len(place.volumes("dblock"))
    for turn in range(count):
        result = await place.verify(samples=1)
        seen |= {each.key for each in result.verifications if ".dblock." in each.key}
        assert len(seen) == turn + 1


async def test_the_list_of_one_version(place: Place) -> None:
    newest = place.volumes("dlist")[-1].name
    result = await place.verify(samples=1, versions=(0,))
    assert [each.key for each in result.verifications if ".dlist." in each.key] == [newest]
    result = await place.verify(samples=1, versions=(9,))
    assert [each.id for each in result.warnings] == ["NoMatchingVersion"]


# --- the destination --------------------------------------------------------------------------------------


async def test_what_nobody_knows_is_only_told(place: Place) -> None:
    (place.remote / "duplicati-b00000000000000000000000000000000.dblock.zip").write_bytes(b"?")
    result = await place.verify()
    assert [each.id for each in result.warnings] == ["ExtraRemoteFiles"]
    assert damaged(result) == []


async def test_a_database_that_is_behind_proves_nothing(place: Place) -> None:
    """Another machine backed up, and its retention deleted what we believe to be there."""
    newest = place.volumes("dlist")[-1]
    newest.with_name("duplicati-20990101T000000Z.dlist.zip").write_bytes(newest.read_bytes())
    place.volumes("dblock")[0].unlink()
    with pytest.raises(OutdatedDatabase):
        await place.verify()
    assert await place.checks() == {}


async def test_an_empty_destination_is_another_disk(place: Place) -> None:
    for each in place.remote.iterdir():
        each.unlink()
    with pytest.raises(EmptiedRemoteLocation):
        await place.verify()
    assert await place.checks() == {}


async def test_without_a_listing_missing_volumes_are_found_all_the_same(place: Place) -> None:
    victim = place.volumes("dblock")[0]
    victim.unlink()
    result = await place.verify(list_destination=False)
    assert damaged(result) == [victim.name]
    assert [each.id for each in result.errors] == ["MissingVolume"]


async def test_a_volume_that_does_not_come_is_not_called_damaged(place: Place) -> None:
    victim = place.volumes("dblock")[0].name
    place.faults = [Fault("get", "error-before", times=99, match=victim)]
    result = await place.verify()
    assert damaged(result) == [victim]
    assert [(each.id, each.path) for each in result.errors] == [("DestinationError", victim)]
    assert victim not in await place.checks()


@pytest.mark.parametrize(("number", "recorded"), [(errno.EACCES, False), (errno.EIO, True)])
async def test_a_file_that_cannot_be_read(
    place: Place, monkeypatch: pytest.MonkeyPatch, number: int, recorded: bool
) -> None:
    """On a mounted disk: a sector that is gone is damage, a right that is missing is not."""
    victim = place.volumes("dblock")[0]
    opened = Path.open

    def refusing(path: Path, *arguments: Any, **more: Any) -> Any:
        if path == victim:
            raise OSError(number, os.strerror(number))
        return opened(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", refusing)
    result = await place.verify()
    assert damaged(result) == [victim.name]
    assert [each.id for each in result.errors] == ["DamagedVolume" if recorded else "UnreadableVolume"]
    assert (victim.name in await place.checks()) is recorded


async def test_a_fault_on_the_way_is_tried_again(place: Place) -> None:
    place.faults = [Fault("get", "truncate", first=2), Fault("get", "error-during", first=4)]
    assert damaged(await place.verify()) == []


async def test_one_that_was_cut_off_there_is_fetched_once(place: Place) -> None:
    victim = place.volumes("dblock")[0]
    truncate(victim)
    place.faults = []
    assert damaged(await place.verify()) == [victim.name]
    assert place.used is not None
    assert place.used.calls.count(("get", victim.name)) == 1


async def test_a_destination_that_fails_ends_it(place: Place) -> None:
    place.faults = [Fault("get", "error-before", first=6, times=999)]
    with pytest.raises(DestinationError):
        await place.verify(max_threads=1)
    assert len(await place.checks()) == 5  # what was proven stays
    place.faults = [Fault("list", "error-before", times=99)]
    with pytest.raises(DestinationError):
        await place.verify()


@pytest.mark.parametrize("place", ["aes", "gpg"], indirect=True)
async def test_the_wrong_passphrase_is_no_damage(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.engine.PASSPHRASE", "another")
    with pytest.raises(WrongPassphrase):
        await place.verify()
    assert await place.checks() == {}


@pytest.mark.parametrize("known", [True, False], ids=["", "unknown"])
@pytest.mark.parametrize("place", ["aes"], indirect=True)
async def test_a_volume_with_another_passphrase(place: Place, known: bool) -> None:
    victim = place.volumes("dindex")[0]
    size = victim.stat().st_size
    sink = VolumeSink(victim, "another")
    sink.write(noise(size - 400))
    sink.close(b"")
    if not known:
        await with_nothing_known(place, victim)
    result = await place.verify()
    assert damaged(result) == [victim.name]
    assert (await place.checks())[victim.name].outcome == "damaged"


# --- ended early ------------------------------------------------------------------------------------------


async def test_aborted_in_the_middle(place: Place) -> None:
    place.faults = []
    with aborted_after(4, "get", place) as scope:
        await place.verify(max_threads=1)
    assert scope.cancelled_caught
    assert os.listdir(place.temporary) == []
    assert 0 < len(await place.checks()) <= 4
    result = await place.verify(samples=1)
    tested = {each.key for each in result.verifications}
    assert len(tested) == 3
    assert damaged(result) == []


async def test_aborted_while_a_volume_is_checked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread hears of it between two blocks."""
    begun = trio.Event()

    def endless(inside: Inside) -> Iterator[Finding]:
        trio.from_thread.run_sync(begun.set)
        while True:
            inside.tick()
        yield Finding("Error", "never")

    monkeypatch.setattr("triplicati.engine.verify_volume.check_dblock", endless)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(place.verify)
            await begun.wait()
            nursery.cancel_scope.cancel()


async def test_stopped_at_once(place: Place) -> None:
    stop = StopRequest()
    place.faults = [Fault("get", "latency", first=3, times=99, seconds=3600)]
    downloads: list[Event] = []

    def notify(event: Event) -> None:
        if event.kind == "download":
            downloads.append(event)
            if len(downloads) == 3:
                stop.now()

    place.notify = notify
    with trio.fail_after(2):
        result = await place.verify(stop, max_threads=1)
    assert result.interrupted
    assert len(result.verifications) == 2
    assert len(await place.checks()) == 2


async def test_stopped_after_what_is_under_way(place: Place) -> None:
    stop = StopRequest()
    place.notify = lambda event: stop.after_file() if event.kind == "download" else None
    result = await place.verify(stop, max_threads=1)
    assert result.interrupted
    assert len(result.verifications) == 1
    assert damaged(result) == []


@pytest.mark.parametrize("place", ["aes"], indirect=True)
async def test_stages_for_who_watches(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    place.notify = lambda event: seen.append(event.text) if event.kind == "phase" else None
    place.faults = []
    remotes: list[Remote] = []

    def connect() -> Remote:
        remotes.append(Place.connect(place))
        return remotes[0]

    monkeypatch.setattr(place, "connect", connect)
    result = await place.verify()
    progress = remotes[0].report.progress
    assert progress.volumes_done == progress.volumes_total == len(result.verifications)
    assert progress.bytes_done == progress.bytes_total > 0
    assert all(progress.meters.stages[name].spent > 0 for name in ("fetch", "decrypt", "check"))
    assert seen == ["Checking remote backup ...", "Verifying remote backup ..."]
    assert len(result.verifications) == len(list(place.remote.iterdir()))
