"""index.txt: made from the volumes, searched where it lies."""

from __future__ import annotations

import errno
import tempfile
import zipfile
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from support.engine import Place, make_tree, noise
from support.rescue import Rescue, cut

from triplicati.formats.hashes import b64
from triplicati.recover.index import BlockIndex

digests = st.binary(min_size=32, max_size=32)
volumes = st.sampled_from(["a.zip", "b.zip", "a name, with a comma.zip"])


def written(folder: Path, lines: list[str], ending: str = "\n") -> BlockIndex:
    path = folder / "index.txt"
    path.write_bytes("".join(f"{line}{ending}" for line in sorted(lines)).encode())
    return BlockIndex(path)


@given(st.dictionaries(digests, st.sets(volumes, min_size=1), max_size=40), st.lists(digests, max_size=5))
def test_each_block_is_found_and_no_other(blocks: dict[bytes, set[str]], others: list[bytes]) -> None:
    lines = [f"{b64(digest)}, {name}" for digest, names in blocks.items() for name in names]
    with tempfile.TemporaryDirectory() as folder:
        index = written(Path(folder), lines)
        for digest in [*blocks, *others]:
            assert set(index.volumes_of(digest)) == blocks.get(digest, set())
        index.close()


def test_an_index_from_windows_and_one_without_a_last_line_end(tmp_path: Path) -> None:
    one, two = bytes(32), bytes([255] * 32)
    index = written(tmp_path, [f"{b64(one)}, a.zip", f"{b64(two)}, b.zip"], "\r\n")
    assert (list(index.volumes_of(one)), list(index.volumes_of(two))) == (["a.zip"], ["b.zip"])
    index.close()
    cut(tmp_path / "index.txt", 1 - 1e-9)
    (tmp_path / "index.txt").write_bytes((tmp_path / "index.txt").read_bytes().rstrip())

    index = BlockIndex(tmp_path / "index.txt")

    assert list(index.volumes_of(two)) == ["b.zip"]
    index.close()


@pytest.fixture
def plain(tmp_path: Path) -> Rescue:
    place = Place(tmp_path)
    make_tree(place.source, {f"file{number}": noise(9_000, number) for number in range(6)})
    trio.run(place.back_up)
    rescue = Rescue(tmp_path)
    assert rescue.download() == 0
    return rescue


def test_every_block_of_every_volume_is_in_it_and_it_is_sorted(plain: Rescue) -> None:
    assert plain.index() == 0

    text = (plain.plain / "index.txt").read_text()
    lines = text.splitlines()
    expected = {
        f"{name.replace('-', '+').replace('_', '/')}, {path.name}"
        for path in plain.plains("dblock") for name in zipfile.ZipFile(path).namelist() if name != "manifest"
    }  # fmt: skip
    assert set(lines) == expected
    assert lines == sorted(lines)
    assert len(plain.plains("dblock")) > 1


def test_a_volume_that_was_put_there_by_hand_is_read_as_far_as_it_goes(plain: Rescue) -> None:
    """Not by `download`, which would have made a sound one of it."""
    plain.index()
    whole = len((plain.plain / "index.txt").read_text().splitlines())
    cut(plain.plains("dblock")[0], 0.5)

    assert plain.index() == 0
    assert 0 < len((plain.plain / "index.txt").read_text().splitlines()) < whole


def test_a_volume_that_cannot_be_read_is_named(plain: Rescue, capsys: pytest.CaptureFixture[str]) -> None:
    volume = plain.plains("dblock")[0]
    volume.write_bytes(b"nothing of a zip")

    assert plain.index() == 200
    assert f"{volume.name}: cannot be read" in capsys.readouterr().out


def test_a_restore_makes_the_index_that_is_missing_or_too_old(plain: Rescue) -> None:
    """A volume was put into the folder later than the index was made."""
    last = plain.plains("dblock")[-1]
    aside = last.rename(plain.folder / last.name)
    plain.index()
    aside.rename(last)
    assert last.stat().st_mtime_ns < (plain.plain / "index.txt").stat().st_mtime_ns

    assert plain.restore() == 0


def test_an_index_elsewhere(plain: Rescue) -> None:
    elsewhere = f"--indexfile={plain.folder / 'blocks.txt'}"

    assert plain.index(elsewhere) == 0
    assert plain.restore(elsewhere) == 0
    assert not (plain.plain / "index.txt").exists()


def test_a_folder_that_cannot_be_written_to(
    plain: Rescue, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a destination that is mounted read-only."""

    def refused(*rest: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("triplicati.recover.index.build_index", refused)

    assert plain.index() == 100
    assert "with --indexfile=<file> the index goes elsewhere" in capsys.readouterr().err


def test_what_the_index_says_leads_nowhere_else(plain: Rescue) -> None:
    """Whoever wrote the index has no say in which files are opened."""
    last = plain.plains("dblock")[-1]
    outside = plain.folder / f"evil-{last.name}"
    plain.index()
    index = plain.plain / "index.txt"
    index.write_text(index.read_text().replace(last.name, f"../{outside.name}"))
    last.rename(outside)

    assert plain.restore() == 200
