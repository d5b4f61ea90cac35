"""Restores and recreations from a destination that is damaged or fails: what can be restored is restored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from support.engine import Content, Place, aborted_after, contents, make_tree, noise, tree

from triplicati.errors import DestinationError, RemoteFileMissing, WrongPassphrase
from triplicati.messages.progress import Event
from triplicati.storage.faults import Fault

FILES: dict[str, Content] = {f"file {n:02}": noise(900 + n, n) for n in range(60)}
FILES["large"] = noise(50_000, 99)


@pytest.fixture
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    found = Place(tmp_path, encryption=getattr(request, "param", ""))
    make_tree(found.source, FILES)
    await found.back_up()
    assert len(found.volumes("dblock")) > 3
    return found


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-700])


def alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 1500] = noise(1500, 1234)
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGE = [truncate, alter, empty, Path.unlink]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("lost", [False, True], ids=["", "lost-database"])
@pytest.mark.parametrize("place", ["", "aes"], ids=["plain", "aes"], indirect=True)
async def test_a_damaged_dblock(damage: Callable[[Path], object], lost: bool, place: Place) -> None:
    victim = place.volumes("dblock")[1]
    damage(victim)

    result = await place.restore(place.folder / "restored", lost=lost)

    assert result.errors
    assert result.parsed == "Error"
    told = "\n".join(problem.text for problem in result.errors)
    if not (lost and damage is Path.unlink):  # then nothing is known of that volume's name
        assert victim.name in told
    wanted, found = tree(place.source), contents(place.folder / "restored")
    broken = {path.rsplit("/", 1)[-1].encode() for path in result.broken_files}
    assert found.keys() == wanted.keys() - broken
    assert all(found[path].content == wanted[path].content for path in found)
    assert 0 < len(broken) < 40
    assert not [path for path in found if path.startswith(b".")]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
async def test_a_damaged_dindex_costs_only_time(damage: Callable[[Path], object], place: Place) -> None:
    victim = place.volumes("dindex")[0]
    damage(victim)
    result = await place.restore(place.folder / "restored", lost=True)
    assert result.errors == []
    assert [problem.path for problem in result.warnings] == ([] if damage is Path.unlink else [victim.name])
    assert tree(place.folder / "restored") == tree(place.source)


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
async def test_a_damaged_dlist_costs_its_version(damage: Callable[[Path], object], place: Place) -> None:
    before = tree(place.source)
    (place.source / "file 00").write_text("newer")
    await place.back_up()
    victim = place.volumes("dlist")[-1]
    damage(victim)
    result = await place.restore(place.folder / "restored", lost=True)
    assert [problem.path for problem in result.errors] == ([] if damage is Path.unlink else [victim.name])
    assert tree(place.folder / "restored") == before


async def test_every_dindex_gone(place: Place) -> None:
    for path in place.volumes("dindex"):
        path.unlink()
    result = await place.restore(place.folder / "restored", lost=True)
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.folder / "restored") == tree(place.source)


async def test_a_volume_with_the_content_of_another(place: Place) -> None:
    first, second = place.volumes("dblock")[:2]
    second.write_bytes(first.read_bytes())
    result = await place.restore(place.folder / "restored")
    assert any(second.name in problem.text for problem in result.errors)
    found = tree(place.folder / "restored")
    wanted = tree(place.source)
    assert all(found[path].content == wanted[path].content for path in found)


@pytest.mark.parametrize("action", ["error-before", "error-during", "error-after", "truncate"])
@pytest.mark.parametrize("kind", ["dblock", "dindex", "dlist"])
async def test_a_failing_download_is_tried_again(kind: str, action: str, place: Place) -> None:
    place.faults = [Fault("get", action, times=2, match=kind)]  # type: ignore[arg-type]  # the parameters are actions
    result = await place.restore(place.folder / "restored", lost=True)
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.folder / "restored") == tree(place.source)


async def test_a_volume_that_never_comes(place: Place) -> None:
    victim = place.volumes("dblock")[0].name
    place.faults = [Fault("get", "error-before", times=99, match=victim)]
    result = await place.restore(place.folder / "restored")
    assert any(victim in problem.text for problem in result.errors)
    assert result.restored_files > 20
    assert result.restored_files + len(result.broken_files) == len(FILES)


async def test_a_list_that_never_comes_ends_a_recreation(place: Place) -> None:
    place.faults = [Fault("get", "error-before", times=99, match="dlist")]
    with pytest.raises(DestinationError, match="dlist"):
        await place.restore(place.folder / "restored", lost=True)


async def test_slowness_is_no_failure(place: Place) -> None:
    place.faults = [Fault("get", "latency", times=99, seconds=0.001)]
    await place.restore(place.folder / "restored", lost=True)
    assert tree(place.folder / "restored") == tree(place.source)


@pytest.mark.parametrize("nth", [1, 2, 4])
async def test_a_cancelled_restore_leaves_no_half_file(nth: int, place: Place) -> None:
    place.faults = []
    with aborted_after(nth, "get", place) as scope:
        await place.restore(place.folder / "restored")
    assert scope.cancelled_caught
    wanted = tree(place.source)
    found = contents(place.folder / "restored")
    assert all(each.content == wanted[path].content for path, each in found.items())
    assert list(place.temporary.iterdir()) == []


async def test_what_a_killed_worker_was_writing_is_removed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is killed cannot tidy up; the file it leaves is known by the mark of its run."""
    target = place.folder / "restored"
    monkeypatch.setattr("triplicati.engine.restore.secrets.token_hex", lambda _: "cafecafe")
    place.faults = [Fault("get", "silence", match="dblock")]
    ours, other = target / ".triplicati-cafecafe-7", target / ".triplicati-0000cafe-7"

    def leave(event: Event) -> None:
        if event.kind == "download":
            ours.write_bytes(b"half")
            other.write_bytes(b"of another run")
            scope.cancel()

    with trio.CancelScope() as scope:
        place.notify = leave
        await place.restore(target)
    assert scope.cancelled_caught
    assert not ours.exists()
    assert other.exists()


async def test_the_wrong_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path, encryption="aes")
    make_tree(place.source, {"a": "one"})
    await place.back_up()
    monkeypatch.setattr("support.engine.PASSPHRASE", "another")
    with pytest.raises(WrongPassphrase):
        await place.restore(tmp_path / "restored", lost=True)
    result = await place.restore(tmp_path / "restored")
    assert "passphrase" in result.errors[0].text


async def test_a_version_in_the_middle_of_a_broken_chain(place: Place) -> None:
    """A missing volume found while it is read, not before."""
    remote = place.connect()
    with pytest.raises(RemoteFileMissing):
        async with remote.fetched("duplicati-b00.dblock.zip"):
            raise AssertionError("there is nothing to give")
