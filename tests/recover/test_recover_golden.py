"""Destinations of real Duplicati, without any index volume, restored without a database."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.golden import CASES, GoldenCase
from support.rescue import Rescue, cut, flip, golden_rescue

METADATA = ("time of", "mode of", "owner of", "attributes of", "missing symlink")
THREE_KINDS = ["b-aes", "d-lookup", "j-gpg"]


def number(case: GoldenCase, version: int) -> str:
    return str(len(case.versions) - case.versions.index(version) - 1)


def kept_and_lost(case: GoldenCase, version: int, rescue: Rescue) -> tuple[int, list[str]]:
    """How many files are there, and what differs but for files that are missing."""
    differences = case.differences(version, rescue.target)
    there = sum(path.is_file() and not path.is_symlink() for path in rescue.target.rglob("*"))
    return there, [each for each in differences if not each.startswith("missing file")]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_version(case: GoldenCase, tmp_path: Path) -> None:
    rescue = golden_rescue(case, tmp_path)

    assert rescue.download() == 0
    for version in case.versions:
        rescue.folder = tmp_path / str(version)
        rescue.folder.mkdir()
        (rescue.folder / "plain").symlink_to(tmp_path / "plain")

        assert rescue.restore(number(case, version)) == 0
        assert case.differences(version, rescue.target) == []


def test_no_index_volume_is_left_in_these_tests(tmp_path: Path) -> None:
    rescue = golden_rescue(CASES["b-aes"], tmp_path)

    assert rescue.remotes("dindex") == []
    assert len(rescue.remotes("dblock")) == 5


@pytest.mark.parametrize("name", THREE_KINDS)
def test_an_upload_that_broke_off_still_gives_its_first_blocks(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    rescue = golden_rescue(case, tmp_path)
    largest = max(rescue.remotes("dblock"), key=lambda path: path.stat().st_size)
    cut(largest, 0.7)

    assert rescue.download() == 200
    assert f"{largest.name}: DAMAGED" in capsys.readouterr().out
    assert (rescue.damaged / largest.name).read_bytes() == largest.read_bytes()
    assert rescue.restore(number(case, case.versions[-1])) == 200
    there, different = kept_and_lost(case, case.versions[-1], rescue)
    assert there > 0
    assert [each for each in different if not each.startswith(METADATA)] == []

    # The same without what could be saved.
    without = Rescue(tmp_path / "without", case.passphrase)
    without.folder.mkdir()
    (without.folder / "plain").symlink_to(rescue.plain)
    (rescue.plain / largest.name.partition(".zip")[0]).with_suffix(".dblock.zip").unlink()
    assert without.restore(number(case, case.versions[-1])) == 200
    assert kept_and_lost(case, case.versions[-1], without)[0] < there


def test_one_block_that_was_altered_costs_its_files_only(tmp_path: Path) -> None:
    """The authentication code of the whole volume is wrong then; each block has a hash of its own."""
    case = CASES["b-aes"]
    rescue = golden_rescue(case, tmp_path)
    largest = max(rescue.remotes("dblock"), key=lambda path: path.stat().st_size)
    flip(largest, 0.5)

    assert rescue.download() == 200
    assert rescue.restore("0") == 200
    there, different = kept_and_lost(case, 3, rescue)
    assert there >= 88  # of 92
    assert different == []


def test_a_missing_volume_is_no_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = CASES["b-aes"]
    rescue = golden_rescue(case, tmp_path)
    rescue.remotes("dblock")[0].unlink()

    assert rescue.download() == 0
    assert rescue.restore("0") == 200
    lost = [line for line in capsys.readouterr().out.splitlines() if line.startswith("NOT RESTORED")]
    assert lost
    assert all(" bytes are missing" in line or "lost" in line for line in lost)
    assert kept_and_lost(case, 3, rescue)[0] > 20


@pytest.mark.parametrize("name", ["b-aes", "d-lookup"])
def test_a_list_that_cannot_be_read_leaves_the_other_versions(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    rescue = golden_rescue(case, tmp_path)
    newest = rescue.remotes("dlist")[-1]
    newest.write_bytes(bytes(newest.stat().st_size))

    assert rescue.download() == 200
    assert (rescue.damaged / newest.name).exists()
    assert len(rescue.plains("dlist")) == 2
    assert rescue.restore() == 0
    assert case.differences(case.versions[1], rescue.target) == []


def test_a_list_that_breaks_off_gives_its_first_entries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES["d-lookup"]
    rescue = golden_rescue(case, tmp_path)
    for each in rescue.remotes("dlist")[:-1]:
        each.unlink()
    cut(rescue.remotes("dlist")[0], 0.8)

    assert rescue.download() == 200
    capsys.readouterr()
    assert rescue.list() == 0
    assert capsys.readouterr().out.endswith(" (partial)\n")
    assert rescue.restore() == 0
    there, different = kept_and_lost(case, 3, rescue)
    assert there > 20
    assert different == []


def test_a_list_whose_directory_is_lost_is_whole_nevertheless(tmp_path: Path) -> None:
    """Only the end of the file is missing, and the list stands before it."""
    case = CASES["d-lookup"]
    rescue = golden_rescue(case, tmp_path)
    newest = rescue.remotes("dlist")[-1]
    newest.write_bytes(newest.read_bytes()[:-30])

    assert rescue.download() == 200
    assert rescue.restore() == 0
    assert case.differences(3, rescue.target) == []


def test_a_wrong_passphrase_is_told_before_anything_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rescue = golden_rescue(CASES["b-aes"], tmp_path)
    rescue.passphrase = "correct horse battery stapler"

    assert rescue.download() == 100
    assert "ErrorID: WrongPassphrase" in capsys.readouterr().err
    assert not rescue.damaged.exists()


def test_a_wrong_passphrase_of_gpg(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rescue = golden_rescue(CASES["j-gpg"], tmp_path)
    rescue.passphrase = "silver"

    assert rescue.download() == 100
    assert "ErrorID: WrongPassphrase" in capsys.readouterr().err


def test_no_passphrase(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rescue = golden_rescue(CASES["b-aes"], tmp_path)
    rescue.passphrase = None

    assert rescue.download() == 100
    assert "ErrorID: PassphraseNeeded" in capsys.readouterr().err


def test_volumes_with_another_passphrase_are_left_for_another_run(tmp_path: Path) -> None:
    """A folder may hold volumes of several passphrases: each run opens those that its own fits."""
    rescue = golden_rescue(CASES["b-aes"], tmp_path)
    for volume in CASES["j-gpg"].remote.glob("*dblock*"):
        (rescue.remote / volume.name).write_bytes(volume.read_bytes())

    assert rescue.download() == 200
    assert len(rescue.plains("dblock")) == 5
    rescue.passphrase = "gold"
    assert rescue.download() == 0
    assert len(rescue.plains("dblock")) == 6
    assert list(rescue.damaged.iterdir()) == []
