"""Volumes on their way from a destination into a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from support.engine import PASSPHRASE, Place, make_tree, noise
from support.rescue import Rescue, cut

from triplicati.engine.opening import Keys
from triplicati.engine.remote import Remote, RetryRule
from triplicati.errors import NothingToRecover, RecoveryFolderUnusable
from triplicati.formats.names import VolumeName
from triplicati.messages.progress import Report
from triplicati.recover.download import Downloaded, download
from triplicati.recover.plain import Made, make_plain
from triplicati.recover.record import NAME, read_record
from triplicati.storage.destination import Destination, RemoteFile
from triplicati.storage.faults import Fault, FaultyDestination
from triplicati.storage.kinds.file import LocalFolder


@pytest.fixture
async def backup(tmp_path: Path) -> Place:
    """Of some volumes, encrypted."""
    place = Place(tmp_path, "aes")
    make_tree(place.source, {f"file{number}": noise(9_000, number) for number in range(6)})
    await place.back_up()
    return place


@pytest.fixture
def backup_folder(tmp_path: Path) -> Rescue:
    """The same, for the program itself, which runs trio on its own."""
    place = Place(tmp_path)
    make_tree(place.source, {f"file{number}": noise(9_000, number) for number in range(6)})
    trio.run(place.back_up)
    return Rescue(tmp_path)


class Fetching:
    """Downloads by a destination whose calls are counted."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.lines: list[str] = []

    async def __call__(self, *faults: Fault, destination: Destination | None = None) -> Downloaded:
        self.used = FaultyDestination(LocalFolder(self.place.remote), faults)
        remote = Remote(destination or self.used, "", Keys(), Report(), RetryRule(2, 0.0))
        return await download(
            remote, self.place.folder / "plain", lambda _: Keys(PASSPHRASE), self.lines.append
        )

    @property
    def fetched(self) -> list[str]:
        return sorted(name for operation, name in self.used.calls if operation == "get")


async def test_all_volumes_come_as_plain_zips(backup: Place) -> None:
    fetching = Fetching(backup)

    result = await fetching()

    names = sorted(path.name for path in backup.remote.iterdir() if path.is_file())
    assert result.whole
    assert fetching.fetched == names
    plain = sorted(path.name for path in (backup.folder / "plain").glob("*.zip"))
    assert plain == [name.removesuffix(".aes") for name in names]
    assert all((backup.folder / "plain" / name).read_bytes()[:2] == b"PK" for name in plain)


async def test_what_is_there_is_not_fetched_again(backup: Place) -> None:
    fetching = Fetching(backup)
    await fetching()

    result = await fetching()

    assert (result.volumes, result.kept) == (len(fetching.fetched) + result.kept, result.volumes)
    assert fetching.fetched == []


async def test_a_run_that_was_killed_goes_on(backup: Place) -> None:
    """The record ends in the middle of a line, one volume has not its size, and one is gone."""
    fetching = Fetching(backup)
    await fetching()
    plain = backup.folder / "plain"
    short, gone = sorted(plain.glob("*.dblock.zip"))[:2]
    cut(short, 0.5)
    gone.unlink()
    record = (plain / NAME).read_bytes().rstrip(b"\n")
    last = record.splitlines()[-1]
    (plain / NAME).write_bytes(record[:-5])

    result = await fetching()

    assert result.whole
    expected = {f"{short.name}.aes", f"{gone.name}.aes"} | {
        name for name in read_record(plain) if name.encode() in last
    }
    assert set(fetching.fetched) == expected
    assert not [path for path in plain.iterdir() if path.name.startswith(".")]


async def test_a_volume_that_changed_at_the_destination_is_fetched_again(backup: Place) -> None:
    fetching = Fetching(backup)
    await fetching()
    dblocks = backup.volumes("dblock")
    cut(dblocks[0], 0.5)

    result = await fetching()

    assert fetching.fetched == [dblocks[0].name]
    assert list(result.salvaged) == [dblocks[0].name]


async def test_transfers_are_tried_again(backup: Place) -> None:
    fetching = Fetching(backup)
    name = backup.volumes("dblock")[0].name

    result = await fetching(Fault("get", "error-during", match=name), Fault("list", "error-before"))

    assert result.whole
    assert fetching.fetched.count(name) == 2


async def test_a_volume_that_does_not_come_is_no_end(backup: Place) -> None:
    fetching = Fetching(backup)
    name = backup.volumes("dblock")[0].name

    result = await fetching(Fault("get", "error-before", times=99, match=name))

    assert list(result.missing) == [name]
    assert any(name in line and "could not be fetched" in line for line in fetching.lines)
    assert (await fetching()).whole
    assert fetching.fetched == [name]


async def test_what_was_damaged_on_its_way_is_fetched_again_and_replaced(backup: Place) -> None:
    fetching = Fetching(backup)
    name = backup.volumes("dblock")[0].name
    content = (backup.remote / name).read_bytes()
    (backup.remote / name).write_bytes(content[:500] + bytes(100) + content[600:])
    assert list((await fetching()).salvaged) == [name]
    (backup.remote / name).write_bytes(content)

    assert (await fetching()).whole
    assert list((backup.folder / "plain" / "damaged").iterdir()) == []


class Listing(FaultyDestination):
    """A destination that lists what it likes, with the content of one volume behind every name."""

    def __init__(self, inner: Destination, names: list[str], real: str) -> None:
        super().__init__(inner)
        self.names, self.real = names, real

    async def list(self) -> list[RemoteFile]:
        return [RemoteFile(name, -1) for name in self.names]

    async def get(self, name: str, write: Callable[[bytes], object]) -> None:
        await super().get(self.real, write)


async def test_no_name_leads_out_of_the_folder(backup: Place) -> None:
    """The listing is the destination's: whoever holds it may name volumes as they like."""
    guid = "b" + "0" * 32
    hostile = [
        f"../evil-{guid}.dblock.zip.aes", f"/tmp/evil-{guid}.dblock.zip.aes",
        f"..\\evil-{guid}.dblock.zip.aes", f"evil-{guid}.dblock.zip.aes/../../x.aes",
    ]  # fmt: skip
    real = backup.volumes("dblock")[0].name
    destination = Listing(LocalFolder(backup.remote), [*hostile, f"fine-{guid}.dblock.zip.aes"], real)
    before = {path for path in backup.folder.rglob("*") if "evil" in path.name}

    result = await Fetching(backup)(destination=destination)

    assert result.volumes == 1
    assert {path for path in backup.folder.rglob("*") if "evil" in path.name} == before
    assert (backup.folder / "plain" / f"fine-{guid}.dblock.zip").exists()


async def test_nothing_at_the_destination(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.remote.mkdir()
    (place.remote / "readme.txt").write_text("no volume")

    with pytest.raises(NothingToRecover):
        await Fetching(place)()


async def test_the_destination_itself_is_no_folder_to_recover_to(backup: Place) -> None:
    remote = Remote(LocalFolder(backup.remote), "", Keys(), Report())

    with pytest.raises(RecoveryFolderUnusable, match="it is the destination itself"):
        await download(remote, backup.remote, lambda _: Keys(PASSPHRASE), lambda _: None)


def test_somebody_who_does_not_want_to_wait(
    backup_folder: Rescue, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C comes out of trio within a group."""
    made: list[str] = []

    def stop(path: Path, name: VolumeName, *rest: object, **more: object) -> Made:
        made.append(name.name)
        if len(made) == 3:
            raise KeyboardInterrupt
        return make_plain(path, name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("triplicati.recover.download.make_plain", stop)

    assert backup_folder.download("--at-once=1") == 100
    assert "the same command goes on from there" in capsys.readouterr().err
    monkeypatch.undo()
    assert backup_folder.download() == 0
    assert "2 of 9 volumes are there already." in capsys.readouterr().out


def test_an_unknown_option_and_a_word_too_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rescue = Rescue(tmp_path)

    assert rescue.download("--no-such-option=1") == 100
    assert rescue.download("another") == 100
    err = capsys.readouterr().err
    assert "--no-such-option is not known here" in err
    assert 'The word "another" is one too many' in err


def test_options_of_transfers_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Rescue(tmp_path).download("--number-of-retries=0") == 100
    assert "ErrorID: FolderMissing" in capsys.readouterr().err
