"""Further destinations of a backup on the command line: what they get and when, how they help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.engine import noise
from support.far import FarDestination
from support.in_process import Cli

from triplicati.storage.destination import Destination, RemoteFile
from triplicati.storage.kinds.file import LocalFolder
from triplicati.values.urls import DestinationUrl

OPTION = "--remote-sync-json-config="


class Copies:
    """Of the backup of `cli`: folders ``copy1`` ..."""

    def __init__(self, cli: Cli, count: int = 1) -> None:
        self.cli = cli
        self.folders = [cli.folder / f"copy{number + 1}" for number in range(count)]

    @property
    def option(self) -> str:
        return OPTION + json.dumps({"destinations": [{"url": folder.as_uri()} for folder in self.folders]})

    def held(self, number: int = 1) -> dict[str, bytes]:
        return volumes(self.folders[number - 1])


def volumes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def copies(cli: Cli) -> Copies:
    cli.make({f"f{number}": noise(300_000, number) for number in range(8)})
    return Copies(cli)


def backup(copies: Copies, *options: str, code: int = 0) -> str:
    done = copies.cli.backup(copies.option, "--dblock-size=1mb", "--blocksize=50kb", *options, code=code)
    return done.out + done.err


def test_what_was_lost_comes_back_from_a_copy(copies: Copies) -> None:
    backup(copies)
    before = volumes(copies.cli.dest)
    for kind in ("dblock", "dindex", "dlist"):
        copies.cli.volumes(kind)[0].unlink()
    shown = copies.cli("repair", str(copies.cli.dest), "--no-encryption", copies.option)
    assert shown.code == 0
    assert "Brought back from a copy: 3 volume(s)." in shown.out
    assert volumes(copies.cli.dest) == before
    assert copies.cli("test", str(copies.cli.dest), "all", "--no-encryption").code == 0


def test_what_was_spoiled_comes_back_too(copies: Copies) -> None:
    backup(copies)
    before = volumes(copies.cli.dest)
    volume = copies.cli.volumes("dblock")[0]
    volume.write_bytes(bytes(len(before[volume.name])))
    assert copies.cli("test", str(copies.cli.dest), "all", "--no-encryption").code == 3
    shown = copies.cli("repair", str(copies.cli.dest), "--no-encryption", copies.option)
    assert (shown.code, volumes(copies.cli.dest)) == (0, before)


def test_a_destination_that_was_emptied_is_filled_again(copies: Copies) -> None:
    backup(copies)
    before = volumes(copies.cli.dest)
    for path in copies.cli.dest.iterdir():
        path.unlink()
    shown = copies.cli("repair", str(copies.cli.dest), "--no-encryption", copies.option)
    assert (shown.code, volumes(copies.cli.dest)) == (0, before)


def test_a_backup_takes_what_was_lost_from_a_copy_before_it_gives_it_up(copies: Copies) -> None:
    backup(copies)
    before = volumes(copies.cli.dest)
    copies.cli.volumes("dblock")[0].unlink()
    (copies.cli.source / "f0").unlink()  # nothing here has its data any more
    shown = backup(copies)
    assert "1 volume(s) were brought back from a copy." in shown
    assert before.items() <= volumes(copies.cli.dest).items()
    assert volumes(copies.cli.dest) == copies.held()


def test_a_spoiled_copy_brings_nothing_back(copies: Copies) -> None:
    backup(copies)
    volume = copies.cli.volumes("dblock")[0]
    copy = copies.folders[0] / volume.name
    copy.write_bytes(bytes(copy.stat().st_size))
    volume.unlink()
    shown = copies.cli("repair", str(copies.cli.dest), "--no-encryption", copies.option)
    assert f"{volume.name} is damaged at" in shown.out
    assert not volume.exists()


def test_while_versions_are_damaged_a_copy_loses_nothing(copies: Copies) -> None:
    """It may hold what the destination lost."""
    backup(copies)
    lost = copies.cli.volumes("dblock")[0]
    lost.unlink()
    for path in copies.cli.source.iterdir():  # whatever was in it cannot be stored again
        path.unlink()
    copies.cli.make({"another": "one"})
    copies.cli.backup(code=2)  # without the copy: what is lost is given up
    backup(copies, code=2)
    assert lost.name in copies.held()


def test_use_copy(copies: Copies) -> None:
    """Everything that reads can take a copy instead, also when nothing is left of the destination."""
    backup(copies)
    for path in copies.cli.dest.iterdir():
        path.unlink()
    words = (str(copies.cli.dest), "--no-encryption", copies.option, "--use-copy=1")
    assert "f3" in copies.cli("list", *words, "0").out
    back = copies.cli.folder / "back"
    assert copies.cli("restore", *words, f"--restore-path={back}").code == 0
    assert {path.name for path in back.rglob("f*")} == {f"f{number}" for number in range(8)}
    assert copies.cli("test", *words, "all").code == 0
    spoiled = next(copies.folders[0].glob("*.dblock.*"))
    spoiled.write_bytes(bytes(spoiled.stat().st_size))
    shown = copies.cli("test", *words, "all")
    told = shown.out + shown.err
    assert (shown.code, "--verify-contents" in told, "affected" in told) == (3, True, False), shown
    writing = ("backup", str(copies.cli.dest), str(copies.cli.source), *words[1:])
    for refused in (("compact", *words), writing):
        shown = copies.cli(*refused)
        assert (shown.code, "--use-copy is for commands that" in shown.out) == (200, True), shown
    for number in (2, -1):
        shown = copies.cli("list", *words[:-1], f"--use-copy={number}")
        assert f"There is no further destination {number}" in shown.out


def test_a_test_of_a_copy_says_nothing_about_the_destination(copies: Copies) -> None:
    backup(copies)
    spoiled = next(copies.folders[0].glob("*.dblock.*"))
    spoiled.write_bytes(bytes(spoiled.stat().st_size))
    words = (str(copies.cli.dest), "--no-encryption", copies.option)
    assert copies.cli("test", *words, "--use-copy=1", "all").code == 3
    shown = backup(copies, code=1)
    assert "damaged" not in shown


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> list[FarDestination]:
    """Every destination is at the other end of a line; in the order in which they were opened."""
    opened: list[FarDestination] = []

    def connect(url: DestinationUrl, options: object) -> Destination:
        opened.append(FarDestination(LocalFolder(Path(url.path))))
        return opened[-1]

    monkeypatch.setattr("triplicati.storage.kinds.file.connect", connect)
    return opened


def test_volumes_are_made_once_and_sent_to_each(copies: Copies, far: list[FarDestination]) -> None:
    copies.folders.append(copies.cli.folder / "copy2")
    backup(copies)
    assert volumes(copies.cli.dest) == copies.held(1) == copies.held(2)
    primary = far[0]
    fetched = [name for operation, name in primary.calls if operation == "get" and "dlist" not in name]
    # Beside the lists only what the test after the backup looks at is fetched.
    assert len([name for name in fetched if "dblock" in name]) <= 3
    assert len(copies.cli.volumes("dblock")) >= 3
    lists = [
        [name for operation, name in each.calls if operation == "put" and "dlist" in name] for each in far
    ]
    assert sum(map(bool, lists)) == 3  # each place got it, once
    for each in far:
        puts = [name for operation, name in each.calls if operation == "put"]
        if puts and "dlist" in puts[-1]:
            assert not any("dlist" in name for name in puts[:-1])


def test_a_copy_that_fails_does_not_fail_the_backup(
    copies: Copies, far: list[FarDestination], monkeypatch: pytest.MonkeyPatch
) -> None:
    copies.folders.append(copies.cli.folder / "copy2")
    copies.folders[0].write_text("no folder")
    shown = backup(copies, code=2)
    assert "The backup is stored, but could not be copied to" in shown
    assert volumes(copies.cli.dest) == copies.held(2)
    assert len(far) >= 3


def test_a_copy_that_fails_in_a_way_that_nobody_expected(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an error ended the backup, which was stored already, and left the other copies without it."""
    copies.folders.append(copies.cli.folder / "copy2")
    real = LocalFolder.list

    async def listed(self: LocalFolder) -> list[RemoteFile]:
        if "copy1" in self.display:
            raise ValueError("nobody expected this")
        return await real(self)

    monkeypatch.setattr(LocalFolder, "list", listed)
    shown = backup(copies, code=2)
    assert "could not be copied to" in shown
    assert "ValueError: nobody expected this" in shown
    assert volumes(copies.cli.dest) == copies.held(2)


def test_another_backup_at_a_copy_is_left_alone(copies: Copies, far: list[FarDestination]) -> None:
    other = copies.folders[0]
    other.mkdir()
    (other / "duplicati-20200101T000000Z.dlist.zip").write_bytes(b"another's")
    shown = backup(copies, code=2)
    assert "could not be copied" in shown
    assert [path.name for path in other.iterdir()] == ["duplicati-20200101T000000Z.dlist.zip"]
    assert far
