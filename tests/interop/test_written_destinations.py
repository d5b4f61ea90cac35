"""What we write is read without a finding by a reader that shares no code with us, and restored by both."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.engine import PASSPHRASE, Content, Place, canonical, contents, make_tree, noise, tree
from support.independent_reader import Destination, read_destination
from support.independent_reader import restore as restore_independently

from triplicati.formats.manifest import VolumeFormat

EVERYTHING: dict[str | bytes, str | bytes | None] = {
    "empty": "",
    "one byte": "x",
    "same as one byte": "x",
    "exactly one block": noise(1024, 2),
    "one more": noise(1025, 3),
    "two blocks": noise(2048, 4),
    "text of several blocks": "All work and no play makes a dull backup. " * 150,
    "two blocklists": noise(40 * 1024 + 17, 5),
    "full blocklists": noise(64 * 1024, 6),
    "repeated": b"R" * 5000,
    "nested/deeper/still/file.txt": "deep",
    "empty folder": None,
    "nested/empty too": None,
    "picture.jpg": noise(3000, 7),
    "names/ä ö ü ß 漢字 🐙": "unicode",
    'names/quote" backslash\\ percent%41 star* question?': "odd",
    "names/new\nline\ttab\x01": "control",
    "names/\u2028separator\u0085": "escaped in JSON",
    "names/.hidden": "dot",
    "names/trailing space ": "space",
    "names/[a-z]{1}": "glob",
}


def make_everything(folder: Path) -> None:
    """Files of none to two blocklists (32 hashes each at 1 KiB), and what else has rules of its own."""
    make_tree(folder, EVERYTHING)
    (folder / "links").mkdir()
    (folder / "links/to file").symlink_to("../empty")
    (folder / "links/to folder").symlink_to("../nested")
    (folder / "links/dangling").symlink_to("/nowhere/at all")
    (folder / "empty").chmod(0o444)
    (folder / "one byte").chmod(0o755)
    (folder / "empty folder").chmod(0o700)
    os.setxattr(folder / "two blocks", "user.note", b"kept \x00 exactly")
    os.setxattr(folder / "empty folder", "user.of.folder", b"too")
    for name in ("nested", "names", "links", "empty folder"):
        os.utime(folder / name, ns=(1_500_000_000_123_456_700, 1_500_000_000_123_456_700))


async def check(place: Place, folder: Path, *, problems: bool = True, unzip: bool = True) -> Destination:
    """Both restores are as the source, and the recreated database is as the lost one."""
    destination = read_destination(place.remote, place.passphrase, place.prefix, unzip_test=unzip)
    assert destination.damage == []
    assert not problems or destination.problems == []
    restore_independently(destination, -1, folder / "independent")
    assert tree(folder / "independent") == tree(place.source)
    result = await place.restore(folder / "ours")
    assert (result.errors, result.warnings) == ([], [])
    assert tree(folder / "ours") == tree(place.source)
    before = await canonical(place.database)
    place.lose_database()
    await place.recreate()
    assert await canonical(place.database) == before
    return destination


PLAIN: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("form", "changes"),
    [
        pytest.param(VolumeFormat(1024), PLAIN, id="plain"),
        pytest.param(VolumeFormat(1024), {"encryption": "aes"}, id="aes"),
        pytest.param(VolumeFormat(1024), {"index_policy": "Lookup"}, id="lookup"),
        pytest.param(VolumeFormat(1024), {"index_policy": "None"}, id="no-dindex"),
        pytest.param(VolumeFormat(1100), PLAIN, id="blocksize-no-multiple-of-the-hash"),
        pytest.param(VolumeFormat(10240), PLAIN, id="blocksize-10k"),
        pytest.param(VolumeFormat(102400), PLAIN, id="blocksize-100k"),
        pytest.param(VolumeFormat(1024, "SHA512", "SHA512"), PLAIN, id="sha512"),
        pytest.param(VolumeFormat(1024, "SHA1", "SHA1"), PLAIN, id="sha1"),
        pytest.param(VolumeFormat(1024, "SHA1", "SHA256"), {"encryption": "aes"}, id="hashes-differ"),
    ],
)
async def test_everything(form: VolumeFormat, changes: dict[str, Any], tmp_path: Path) -> None:
    place = Place(tmp_path, encryption=changes.get("encryption", ""), form=form)
    make_everything(place.source)

    first = await place.back_up(**changes)

    assert (first.errors, first.warnings, first.files_with_error) == ([], [], 0)
    assert first.added_files == sum(data is not None for data in EVERYTHING.values())
    await check(place, tmp_path)
    again = await place.back_up(**changes)
    assert (again.unchanged, again.opened_files, again.bytes_uploaded) == (True, 0, 0)
    assert (again.warnings, again.errors) == ([], [])


@pytest.mark.parametrize("level", [-1, *range(10)])
async def test_every_level_of_compression(level: int, tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"text": "".join(f"line number {n}, and so on\n" for n in range(900))})
    await place.back_up(level=level)
    await check(place, tmp_path)
    size = sum(path.stat().st_size for path in place.volumes("dblock"))
    assert (size > 24_000) == (level == 0)


@pytest.mark.parametrize("method", ["None", "Deflate", "BZip2", "LZMA"])
async def test_the_method_is_the_one_asked_for(method: str, tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"text": "one two three four five six " * 30, "noise": noise(2000)})
    await place.back_up(zip_method=method)
    await check(place, tmp_path, unzip=method != "LZMA")  # which Debian's unzip does not know
    with zipfile.ZipFile(place.volumes("dblock")[0]) as archive:
        text = next(info for info in archive.infolist() if info.file_size == 840)
    expected = {
        "None": 0,
        "Deflate": zipfile.ZIP_DEFLATED,
        "BZip2": zipfile.ZIP_BZIP2,
        "LZMA": zipfile.ZIP_LZMA,
    }
    assert text.compress_type == expected[method]


async def test_metadata_larger_than_a_block(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"small": "s", "large": noise(3000), "empty": "", "folder": None})
    for number, name in enumerate(("small", "large", "empty", "folder")):
        os.setxattr(place.source / name, "user.large", noise(1500, 10 + number))
    await place.back_up()
    destination = await check(place, tmp_path)
    lists = {
        entry.path.rstrip("/").rsplit("/", 1)[-1]: entry.metablocklists
        for entry in destination.versions[0].entries
    }
    assert all(lists[name] for name in ("small", "large", "empty", "folder"))
    assert not lists["source"]


async def test_many_files_by_several_workers(tmp_path: Path) -> None:
    place = Place(tmp_path, encryption="aes")
    make_tree(place.source, {f"d{n % 7}/f{n:04}": noise(n, n) for n in range(600)})
    result = await place.back_up(max_threads=2, volume_size=60 << 10)
    assert result.added_files == 600
    await check(place, tmp_path)


async def test_versions_that_differ(tmp_path: Path) -> None:
    place = Place(tmp_path, encryption="aes")
    expected = []
    make_tree(
        place.source,
        {"stays": noise(5000), "changes": "before", "goes": "gone", "becomes/folder": "x", "mode": "m"},
    )
    await place.back_up()
    expected.append(tree(place.source))
    (place.source / "goes").unlink()
    (place.source / "becomes/folder").unlink()
    (place.source / "becomes").rmdir()
    make_tree(
        place.source, {"changes": "after, and longer", "becomes": "a file now", "new/er": noise(2500, 9)}
    )
    (place.source / "mode").chmod(0o640)
    second = await place.back_up()
    expected.append(tree(place.source))
    counts = (
        second.added_files,
        second.modified_files,
        second.deleted_files,
        second.added_folders,
        second.deleted_folders,
    )
    assert counts == (2, 1, 2, 1, 1)
    (place.source / "stays").rename(place.source / "moved")
    third = await place.back_up()
    expected.append(tree(place.source))
    assert third.bytes_uploaded < 4000, "a moved file is not stored again"

    await check(place, tmp_path)
    for number, wanted in enumerate(reversed(expected)):
        await place.restore(tmp_path / f"v{number}", versions=(number,), lost=number == 1)
        assert tree(tmp_path / f"v{number}") == wanted


@pytest.mark.parametrize("encryption", ["", "aes"])
async def test_after_the_database_was_lost_nothing_is_opened_or_uploaded(
    encryption: str, tmp_path: Path
) -> None:
    place = Place(tmp_path, encryption=encryption)
    make_everything(place.source)
    await place.back_up()
    listed = sorted(os.listdir(place.remote))
    place.lose_database()

    again = await place.back_up()

    assert (again.unchanged, again.opened_files, again.files_uploaded) == (True, 0, 0)
    assert again.added_files == again.modified_files == again.deleted_files == 0
    assert sorted(os.listdir(place.remote)) == listed
    third = await place.back_up()
    assert (third.unchanged, third.opened_files) == (True, 0)


async def test_other_content_of_the_same_size_and_time_is_noticed(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"a": "one", "b": "unchanged"})
    await place.back_up()
    before = (place.source / "a").stat()
    (place.source / "a").write_text("two")
    os.utime(place.source / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    (place.source / "linked").hardlink_to(place.source / "b")
    result = await place.back_up()
    assert (result.modified_files, result.added_files, result.opened_files) == (1, 1, 3)
    await check(place, tmp_path)


async def test_gpg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    place = Place(tmp_path, encryption="gpg")
    make_tree(place.source, {"a": "content of a " * 20, "b/c": noise(3000)})
    (place.source / "b/link").symlink_to("../a")
    await place.back_up()

    await place.restore(tmp_path / "ours", lost=True)
    assert tree(tmp_path / "ours") == tree(place.source)
    opened = tmp_path / "opened"
    opened.mkdir()
    for path in place.remote.iterdir():
        assert path.suffix == ".gpg"
        command = [
            "gpg",
            "--batch",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            PASSPHRASE,
            "--decrypt",
            str(path),
        ]
        (opened / path.stem).write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
        subprocess.run(["unzip", "-tq", str(opened / path.stem)], check=True, capture_output=True)
    assert len(list(opened.glob("*.dlist.zip"))) == 1


# --- links, names, metadata ------------------------------------------------------------------------------


@pytest.fixture
def linked(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    make_tree(place.source, {"a": "shared", "z": "other", "folder/inside": "in"})
    (place.source / "b").hardlink_to(place.source / "a")
    (place.source / "folder/c").hardlink_to(place.source / "a")
    (place.source / "link").symlink_to("z")
    (place.source / "to folder").symlink_to("folder")
    (place.source / "dangling").symlink_to("nothing")
    return place


@pytest.mark.parametrize(
    ("policy", "names"),
    [("All", {b"a", b"b", b"folder/c", b"z"}), ("First", {b"a", b"z"}), ("None", {b"z"})],
)
async def test_hard_links(policy: str, names: set[bytes], linked: Place, tmp_path: Path) -> None:
    await linked.back_up(hardlinks=policy, symlinks="Ignore")
    assert read_destination(linked.remote, None).problems == []
    await linked.restore(tmp_path / "restored")
    files = {path: each for path, each in tree(tmp_path / "restored").items() if each.kind == "file"}
    assert files.keys() == names | {b"folder/inside"}


async def test_links_ignored(linked: Place, tmp_path: Path) -> None:
    await linked.back_up(symlinks="Ignore")
    await linked.restore(tmp_path / "restored")
    assert all(each.kind != "link" for each in tree(tmp_path / "restored").values())
    assert b"link" not in tree(tmp_path / "restored")


async def test_links_followed(linked: Place, tmp_path: Path) -> None:
    (linked.source / "folder/loop").symlink_to("..")
    result = await linked.back_up(symlinks="Follow")
    assert {problem.id for problem in result.warnings} == {"SymlinkLoop", "FileAccessError"}
    assert read_destination(linked.remote, None).problems == []
    await linked.restore(tmp_path / "restored")
    found = contents(tmp_path / "restored")
    assert found[b"link"] == found[b"z"]
    assert found[b"to folder/inside"] == found[b"folder/inside"]
    assert b"dangling" not in found


RAW: dict[bytes, Content] = {
    b"latin-\xe9": "an old name",
    b"latin-%E9": "a file that has the escaped name already",
    b"per%41cent-\xff": "a percent sign in it",
    b"folder-\xfc/inside": "below such a folder",
    b"folder-\xfc/deep-\xfe/\xff": "all of them",
    b"plain%FF": "looks like an escape and is none",
}


@pytest.mark.parametrize("lost", [False, True])
async def test_names_that_are_not_utf8(lost: bool, tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {**RAW, b"usual": "u"})
    os.symlink(b"latin-\xe9", os.fsencode(place.source) + b"/link-\xe9")
    result = await place.back_up()
    assert [problem.id for problem in result.warnings] == ["EscapedName"]
    assert "6 name(s)" in result.warnings[0].text

    destination = read_destination(place.remote, None)
    assert destination.problems == []
    restore_independently(destination, -1, tmp_path / "independent")
    texts = {
        path: each.content for path, each in contents(tmp_path / "independent").items() if each.kind == "file"
    }
    assert sorted(texts.values()) == sorted(str(text).encode() for text in (*RAW.values(), "u"))
    assert texts[b"latin-%E9"] == b"a file that has the escaped name already"
    assert texts[b"per%2541cent-%FF"] == b"a percent sign in it"
    assert texts[b"plain%FF"] == b"looks like an escape and is none"

    await place.restore(tmp_path / "ours", lost=lost)
    assert tree(tmp_path / "ours") == tree(place.source)
    again = await place.back_up()
    assert (again.unchanged, again.opened_files) == (True, 0)


async def test_such_names_survive_a_recreated_database_that_went_on(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, RAW)
    await place.back_up()
    place.lose_database()
    assert (await place.back_up()).unchanged
    await place.restore(tmp_path / "ours")
    assert tree(tmp_path / "ours") == tree(place.source)


async def test_skipped_metadata(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"a": "one", "b/c": noise(2000), "empty": ""})
    await place.back_up(skip_metadata=True)
    destination = read_destination(place.remote, None)
    assert destination.problems == []
    assert {entry.metasize for entry in destination.versions[0].entries} == {5}
    await place.restore(tmp_path / "ours")
    assert contents(tmp_path / "ours") == contents(place.source)
    assert (await place.back_up(skip_metadata=True)).unchanged
    place.lose_database()
    lost = await place.back_up(skip_metadata=True)
    assert (lost.unchanged, lost.opened_files) == (True, 0)


async def test_control_files(tmp_path: Path) -> None:
    place = Place(tmp_path, encryption="aes")
    make_tree(place.source, {"a": "one"})
    (tmp_path / "note.txt").write_text("beside the files")
    await place.back_up(control_files=(tmp_path / "note.txt",))
    assert read_destination(place.remote, PASSPHRASE).problems == []
    await place.restore(tmp_path / "ours", control_files=True)
    assert (tmp_path / "ours/note.txt").read_text() == "beside the files"


async def test_the_verification_file(tmp_path: Path) -> None:
    import hashlib
    import json

    from triplicati.formats.hashes import b64

    place = Place(tmp_path)
    make_tree(place.source, {"a": "one", "b": noise(40_000)})
    await place.back_up(verification_file=True)
    text = (place.remote / "duplicati-verification.json").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    listed = {line["Name"]: (line["Size"], line["Hash"]) for line in json.loads(text[3:])}
    volumes = [path for path in place.remote.iterdir() if path.suffix == ".zip"]
    assert listed == {
        path.name: (path.stat().st_size, b64(hashlib.sha256(path.read_bytes()).digest())) for path in volumes
    }


async def test_a_source_that_is_a_file(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"a": "one", "b": "two", "c/d": "three"})
    await place.back_up(sources=(str(place.source / "a"), str(place.source / "c/d")))
    assert read_destination(place.remote, None).problems == []
    await place.restore(tmp_path / "ours")
    assert sorted(contents(tmp_path / "ours")) == [b"a", b"c", b"c/d"]
