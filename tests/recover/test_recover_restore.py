"""Files of a version, from plain volumes alone."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trio
from support.command_line import run_in
from support.engine import Place, contents, make_tree, noise, tree
from support.rescue import Rescue

from triplicati.formats.hashes import b64, hasher
from triplicati.formats.manifest import VolumeFormat
from triplicati.recover.folder import VolumeFolder
from triplicati.recover.main import run
from triplicati.values.stamps import format_local, parse_stamp

SHA = hasher("SHA256")
BOM = b"\xef\xbb\xbf"
MANIFEST = BOM + json.dumps(
    {"Version": 2, "Created": "20240101T000000Z", "Encoding": "utf8", "Blocksize": 1024,
     "BlockHash": "SHA256", "FileHash": "SHA256", "AppVersion": "1"}
).encode()  # fmt: skip


def digest(content: bytes) -> str:
    return b64(SHA(content).digest())


class Forged:
    """A version as nobody's backup would write it."""

    def __init__(self, folder: Path) -> None:
        self.rescue = Rescue(folder)
        self.rescue.plain.mkdir()
        self.blocks: dict[str, bytes] = {}
        self.entries: list[dict[str, Any]] = []  # Any: JSON

    def metadata(self, **values: str) -> dict[str, object]:
        blob = BOM + json.dumps(values).encode()
        self.blocks[digest(blob)] = blob
        return {"metahash": digest(blob), "metasize": len(blob)}

    def file(self, path: str, content: bytes = b"content") -> None:
        self.blocks[digest(content)] = content
        self.entries.append(
            {"type": "File", "path": path, "hash": digest(content), "size": len(content),
             "time": "20240101T000000Z", **self.metadata()}
        )  # fmt: skip

    def folder(self, path: str) -> None:
        self.entries.append({"type": "Folder", "path": path, **self.metadata()})

    def link(self, path: str, target: str) -> None:
        self.entries.append({"type": "Symlink", "path": path, **self.metadata(CoreSymlinkTarget=target)})

    def write(self) -> Rescue:
        plain = self.rescue.plain
        with zipfile.ZipFile(plain / f"duplicati-b{'1' * 32}.dblock.zip", "w") as archive:
            archive.writestr("manifest", MANIFEST)
            for name, content in self.blocks.items():
                archive.writestr(name.replace("+", "-").replace("/", "_"), content)
        with zipfile.ZipFile(plain / "duplicati-20240101T000000Z.dlist.zip", "w") as archive:
            archive.writestr("manifest", MANIFEST)
            archive.writestr("filelist.json", BOM + json.dumps(self.entries).encode())
        return self.rescue


def backed_up(folder: Path, content: dict[Any, Any], *, indexes: bool = False, **changes: Any) -> Rescue:
    """A backup of ours, downloaded, without its database. Any: as in `make_tree` and `Place`."""
    place = Place(folder, **changes)
    make_tree(place.source, content)
    os.symlink("small", place.source / "link")
    trio.run(place.back_up)
    place.lose_database()
    rescue = Rescue(folder, place.passphrase)
    for each in () if indexes else rescue.remotes("dindex"):
        each.unlink()
    assert rescue.download() == 0
    return rescue


# --- hostile lists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/src/../../evil", "/src/a/../evil", "relative/evil", "/src/\x00evil", "\\\\server\\..\\evil"]
)
def test_no_path_leads_out_of_the_target(path: str, tmp_path: Path, capsys: Any) -> None:
    forged = Forged(tmp_path)
    forged.file("/src/fine")
    forged.file(path)
    rescue = forged.write()

    assert rescue.restore() == 200
    assert [path.name for path in tmp_path.rglob("*evil*")] == []
    assert "NOT RESTORED" in capsys.readouterr().out


def test_nothing_is_written_through_a_link_of_the_version(tmp_path: Path) -> None:
    """One entry is a link out of the target, another would lie behind it: the other has a folder then, so the
    link has no place."""
    outside = tmp_path / "outside"
    outside.mkdir()
    forged = Forged(tmp_path)
    forged.link("/src/way", str(outside))
    forged.file("/src/way/evil")
    forged.link("/src/other", str(outside))
    forged.link("/src/other/evil-link", "/etc/passwd")
    rescue = forged.write()

    rescue.restore()

    assert list(outside.iterdir()) == []
    assert (rescue.target / "way" / "evil").read_bytes() == b"content"


def test_nothing_is_written_through_a_link_that_is_in_the_target(tmp_path: Path, capsys: Any) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    forged = Forged(tmp_path)
    forged.file("/src/way/file")
    forged.file("/src/fine")
    rescue = forged.write()
    rescue.target.mkdir()
    (rescue.target / "way").symlink_to(outside)

    assert rescue.restore() == 200
    assert list(outside.iterdir()) == []
    assert "NOT RESTORED /src/way/file" in capsys.readouterr().out
    assert (rescue.target / "fine").exists()


def test_a_block_that_is_not_what_its_name_says_is_no_content(tmp_path: Path, capsys: Any) -> None:
    forged = Forged(tmp_path)
    forged.file("/src/good", b"good")
    forged.file("/src/bad", b"right")
    forged.blocks[digest(b"right")] = b"wrong"
    rescue = forged.write()

    assert rescue.restore() == 200
    assert [path.name for path in rescue.target.iterdir()] == ["good"]
    assert "NOT RESTORED /src/bad: 5 of 5 bytes are missing" in capsys.readouterr().out


def test_another_copy_of_a_damaged_block_is_taken(tmp_path: Path) -> None:
    forged = Forged(tmp_path)
    forged.file("/src/file", b"right")
    forged.blocks[digest(b"right")] = b"wrong"
    rescue = forged.write()
    forged.blocks[digest(b"right")] = b"right"
    (rescue.plain / f"duplicati-b{'1' * 32}.dblock.zip").rename(
        rescue.plain / f"duplicati-b{'0' * 32}.dblock.zip"
    )
    forged.write()

    assert rescue.restore() == 0
    assert (rescue.target / "file").read_bytes() == b"right"


def test_blocks_that_are_right_and_a_file_that_is_not(tmp_path: Path, capsys: Any) -> None:
    """The hash of the whole file has the last word, unless that is not wanted."""
    forged = Forged(tmp_path)
    forged.file("/src/file", b"one")
    forged.file("/src/other", b"two")
    forged.entries[0].update(hash=digest(b"three"), blockhash=digest(b"one"), blocksize=3)
    rescue = forged.write()

    assert rescue.restore() == 200
    assert "the hash differs" in capsys.readouterr().out
    assert not (rescue.target / "file").exists()
    assert rescue.restore("--disable-file-verify") == 0
    assert (rescue.target / "file").read_bytes() == b"one"


def test_an_entry_that_makes_no_sense_is_left_out(tmp_path: Path, capsys: Any) -> None:
    forged = Forged(tmp_path)
    forged.file("/src/odd")
    forged.file("/src/fine")
    forged.entries[0]["hash"] = "short"
    rescue = forged.write()

    assert rescue.restore() == 200
    assert (rescue.target / "fine").exists()
    assert "1 entries of the list make no sense" in capsys.readouterr().out


# --- trees -----------------------------------------------------------------------------------------------

TREE = {
    "small": "a few letters", "empty": "", "folder/one block": noise(1024), "folder/two": noise(1025, 2),
    "folder/deep/er/large": noise(70_000, 3), "zeros": bytes(40_000), "hollow": None, "ü/名": "name",
}  # fmt: skip


@pytest.mark.parametrize("form", [VolumeFormat(1024), VolumeFormat(2048, "SHA512", "SHA1")], ids=str)
def test_a_tree_with_files_of_several_blocklists(form: VolumeFormat, tmp_path: Path) -> None:
    """A blocklist of 1 KiB has 32 hashes, so the largest file needs three."""
    rescue = backed_up(tmp_path, TREE, encryption="aes", form=form)

    assert rescue.restore() == 0
    assert tree(rescue.target) == tree(tmp_path / "source")


def test_few_open_volumes_and_the_same_files(tmp_path: Path) -> None:
    rescue = backed_up(tmp_path, TREE)

    assert rescue.restore("--reduce-memory-use", "--max-open-archives=1") == 0
    assert contents(rescue.target) == contents(tmp_path / "source")


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    rescue = backed_up(tmp_path, {b"caf\xe9": "coffee"})

    assert rescue.restore() == 0
    assert (Path(os.fsdecode(bytes(rescue.target) + b"/caf\xe9"))).read_text() == "coffee"


def test_a_copy_of_a_blocklist_in_an_index_volume_is_enough(tmp_path: Path, capsys: Any) -> None:
    """No dblock has the lists of the large file any more."""
    large = noise(70_000, 3)
    rescue = backed_up(tmp_path, {"large": large}, indexes=True)
    names = [name for each in rescue.plains("dindex") for name in zipfile.ZipFile(each).namelist()]
    lists = {name.removeprefix("list/") for name in names if name.startswith("list/")}
    assert len(lists) == 3
    for each in rescue.plains("dblock"):
        without(each, lists)

    assert rescue.restore() == 0
    assert (rescue.target / "large").read_bytes() == large
    for each in rescue.plains("dindex"):
        each.unlink()
    (rescue.target / "large").unlink()
    capsys.readouterr()
    assert rescue.restore() == 200
    assert "70000 of 70000 bytes are missing" in capsys.readouterr().out


def without(archive: Path, names: set[str]) -> None:
    with zipfile.ZipFile(archive) as old:
        kept = {name: old.read(name) for name in old.namelist() if name not in names}
    with zipfile.ZipFile(archive, "w") as new:
        for name, content in kept.items():
            new.writestr(name, content)


def test_holes_of_a_file_that_cannot_be_whole(tmp_path: Path, capsys: Any) -> None:
    large = noise(70_000, 3)
    rescue = backed_up(tmp_path, {"large": large, "small": "x"})
    lost = hasher("SHA256")(large[5 * 1024 : 6 * 1024]).digest()
    for each in rescue.plains("dblock"):
        without(each, {b64(lost).replace("+", "-").replace("/", "_")})

    assert rescue.restore("--partial") == 200
    assert "NOT RESTORED" in capsys.readouterr().out
    assert not (rescue.target / "large").exists()
    assert (rescue.target / "small").read_text() == "x"
    expected = large[: 5 * 1024] + bytes(1024) + large[6 * 1024 :]
    assert (rescue.target / "large.partial").read_bytes() == expected


def test_lost_metadata_costs_no_content(tmp_path: Path, capsys: Any) -> None:
    forged = Forged(tmp_path)
    forged.file("/src/file")
    forged.entries[0]["metahash"] = digest(b"lost")
    rescue = forged.write()

    assert rescue.restore() == 0
    assert (rescue.target / "file").read_bytes() == b"content"
    assert "Of 1 entries the times" in capsys.readouterr().out


def test_a_backup_of_windows(tmp_path: Path) -> None:
    forged = Forged(tmp_path)
    forged.folder("C:\\data\\")
    forged.file("C:\\data\\one.txt", b"1")
    forged.file("C:\\data\\sub\\two.txt", b"2")
    rescue = forged.write()

    assert rescue.restore() == 0
    assert contents(rescue.target).keys() == {b"one.txt", b"sub", b"sub/two.txt"}


def test_a_link_whose_target_is_lost_is_named(tmp_path: Path, capsys: Any) -> None:
    forged = Forged(tmp_path)
    forged.link("/src/link", "somewhere")
    forged.file("/src/file")
    forged.entries[0]["metahash"] = digest(b"lost")
    rescue = forged.write()

    assert rescue.restore() == 200
    out = capsys.readouterr().out
    assert "NOT RESTORED /src/link: where the link leads to is lost" in out
    assert "Of 1 entries the times" in out
    assert (rescue.target / "file").exists()


def test_ctrl_c_at_any_moment_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """One that came when a file just had its place was lost, and the run went on."""
    forged = Forged(tmp_path)
    forged.file("/src/a")
    forged.file("/src/b")
    rescue = forged.write()
    replace = os.replace

    def interrupted(source: bytes, target: bytes) -> None:
        replace(source, target)
        if os.path.basename(target) == b"a":
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)

    assert rescue.restore() == 100
    assert "the same command goes on from there" in capsys.readouterr().err
    assert contents(rescue.target).keys() == {b"a"}


# --- choices ---------------------------------------------------------------------------------------------


def test_another_file_is_not_replaced_unless_that_is_wanted(tmp_path: Path) -> None:
    forged = Forged(tmp_path)
    forged.file("/src/file.txt")
    forged.file("/src/same")
    rescue = forged.write()
    make_tree(rescue.target, {"file.txt": "mine", "same": "content"})

    assert rescue.restore() == 0
    assert contents(rescue.target).keys() == {b"file.txt", b"same", b"file.2024-01-01.txt"}
    assert (rescue.target / "file.txt").read_text() == "mine"
    assert rescue.restore("--overwrite") == 0
    assert (rescue.target / "file.txt").read_text() == "content"


def test_patterns_and_rules(tmp_path: Path) -> None:
    forged = Forged(tmp_path)
    for name in ("a.txt", "b.txt", "c.jpg", "sub/d.txt"):
        forged.file(f"/src/{name}", name.encode())
    rescue = forged.write()

    assert rescue.restore("0", "*.txt") == 0
    assert contents(rescue.target).keys() == {b"a.txt", b"b.txt", b"sub", b"sub/d.txt"}
    rescue.folder = tmp_path / "second"
    rescue.folder.mkdir()
    (rescue.folder / "plain").symlink_to(tmp_path / "plain")
    assert rescue.restore("--exclude=*/b.txt", "--include=*.txt", "--exclude=*") == 0
    assert contents(rescue.target).keys() == {b"a.txt", b"sub", b"sub/d.txt"}


def test_a_pattern_that_nothing_matches(tmp_path: Path, capsys: Any) -> None:
    forged = Forged(tmp_path)
    forged.file("/src/file")
    rescue = forged.write()

    assert rescue.restore("0", "no-such-name") == 100
    assert "Nothing in the version 0 matches" in capsys.readouterr().err
    assert not rescue.target.exists()


def three_versions(folder: Path) -> Rescue:
    forged = Forged(folder)
    forged.file("/src/file")
    rescue = forged.write()
    first = rescue.plain / "duplicati-20240101T000000Z.dlist.zip"
    for stamp in ("20240201T000000Z", "20240301T120000Z"):
        (rescue.plain / f"duplicati-{stamp}.dlist.zip").write_bytes(first.read_bytes())
    return rescue


@pytest.mark.parametrize(
    ("wanted", "stamp"),
    [
        ("0", "20240301T120000Z"), ("2", "20240101T000000Z"), ("20240220T000000Z", "20240301T120000Z"),
        ("20240214T000000Z", "20240201T000000Z"), ("2000-01-01", "20240101T000000Z"),
        ("duplicati-20240201T000000Z.dlist.zip.aes", "20240201T000000Z"),
        ("some/where/duplicati-20240201T000000Z.dlist.zip", "20240201T000000Z"),
    ],
)  # fmt: skip
def test_a_version_by_number_time_and_name(wanted: str, stamp: str, tmp_path: Path) -> None:
    three_versions(tmp_path)

    found = VolumeFolder(tmp_path / "plain").version(wanted, datetime(2024, 6, 1, tzinfo=UTC))

    assert found.name == f"duplicati-{stamp}.dlist.zip"


@pytest.mark.parametrize("wanted", ["3", "no such time"])
def test_a_version_that_is_not_there(wanted: str, tmp_path: Path, capsys: Any) -> None:
    assert three_versions(tmp_path).restore(wanted) == 100
    assert f"There is no version {wanted}" in capsys.readouterr().err


def test_lists_of_versions_and_of_entries(tmp_path: Path, capsys: Any) -> None:
    rescue = three_versions(tmp_path)

    assert rescue.list() == 0
    versions = capsys.readouterr().out.splitlines()
    assert rescue.list("1") == 0

    assert [line.partition(": ")[0] for line in versions] == ["0", "1", "2"]
    assert format_local(parse_stamp("20240301T120000Z")) in versions[0]
    assert capsys.readouterr().out == "/src/file (7 bytes)\n"


def test_a_folder_with_encrypted_volumes_says_what_to_do_first(tmp_path: Path, capsys: Any) -> None:
    rescue = Rescue(tmp_path)
    rescue.plain.mkdir()
    (rescue.plain / "duplicati-20240101T000000Z.dlist.zip.aes").write_bytes(b"AES")

    assert rescue.list() == 100
    assert 'Run "triplicati recover download' in capsys.readouterr().err


def test_volumes_of_two_backups_in_one_folder(tmp_path: Path, capsys: Any) -> None:
    rescue = three_versions(tmp_path)
    one = rescue.plain / "duplicati-20240101T000000Z.dlist.zip"
    (rescue.plain / "other-20240101T000000Z.dlist.zip").write_bytes(one.read_bytes())

    assert rescue.list() == 100
    assert "duplicati, other" in capsys.readouterr().err
    assert rescue.list("--prefix=other") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("words", [[], ["no-such-command"], ["restore"], ["restore", "x"], ["index"]])
def test_words_that_make_no_sense(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        run(words, {})

    assert ending.value.code == 100


def test_the_program_itself(tmp_path: Path) -> None:
    """As a user starts it, with a home that may not be touched."""
    rescue = three_versions(tmp_path)
    before = sorted(tmp_path.rglob("*"))

    done = run_in(tmp_path, "recover", "list", str(rescue.plain), program="main")

    assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (0, 3, "")
    assert sorted(tmp_path.rglob("*")) == before
