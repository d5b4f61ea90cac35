"""Where restored entries go, what is in the way there, and that none gets out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.engine import Place, contents, make_tree, noise, tree
from support.zips import archive_of

from triplicati.errors import EmptyRestoreOperation, NoVersions, RestoreTargetUnusable
from triplicati.formats.dlist import encode_fileset, encode_list
from triplicati.formats.hashes import entry_name, hasher
from triplicati.formats.manifest import encode_manifest
from triplicati.source.filters import FilterRule

FILES: dict[str | bytes, str | bytes | None] = {
    "a.txt": "alpha",
    ".hidden": "dot",
    "sub/large.bin": noise(9000),
    "sub/plain": "no dot",
    "sub/deep/x": "x",
    "empty": "",
}


@pytest.fixture
async def place(tmp_path: Path) -> Place:
    found = Place(tmp_path)
    make_tree(found.source, FILES)
    (found.source / "link").symlink_to("a.txt")
    await found.back_up()
    return found


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "restored"


def read(folder: Path) -> dict[str, bytes]:
    return {os.fsdecode(path): each.content for path, each in contents(folder).items() if each.kind == "file"}


# --- conflicts -------------------------------------------------------------------------------------------


async def test_other_files_of_the_same_name_stay_and_ours_get_a_date(place: Place, target: Path) -> None:
    make_tree(
        target,
        {"a.txt": "mine", ".hidden": "mine", "sub/large.bin": "mine", "sub/plain": "mine", "empty": "mine"},
    )
    result = await place.restore(target)
    day = time.strftime("%Y-%m-%d", time.localtime(result.version_time))
    found = read(target)
    for name, dated in {
        "a.txt": f"a.{day}.txt",
        ".hidden": f".{day}.hidden",
        "sub/large.bin": f"sub/large.{day}.bin",
        "sub/plain": f"sub/plain.{day}",
        "empty": f"empty.{day}",
    }.items():
        assert found[name] == b"mine"
        expected = FILES[name]
        assert found[dated] == (expected.encode() if isinstance(expected, str) else expected)
    assert (result.errors, result.warnings) == ([], [])

    again = await place.restore(target)
    assert again.restored_files == 0, "the dated ones hold the right content already"
    assert read(target) == found
    (target / f"a.{day}.txt").write_text("changed")
    await place.restore(target)
    assert read(target)[f"a.{day} (0).txt"] == b"alpha"


async def test_a_dated_name_that_another_file_of_the_backup_has(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"a.txt": "plain"})
    day = time.strftime("%Y-%m-%d", time.localtime((await place.back_up()).version_time))
    make_tree(place.source, {f"a.{day}.txt": "dated", f"b.{day}": "x", "b": "y"})
    await place.back_up()
    target = tmp_path / "restored"
    make_tree(target, {"a.txt": "mine", "b": "mine"})
    await place.restore(target)
    found = read(target)
    assert found[f"a.{day}.txt"] == b"dated"
    assert found[f"a.{day} (0).txt"] == b"plain"
    assert found[f"b.{day} (0)"] == b"y"


async def test_an_empty_file_replaces_another_without_metadata_too(place: Place, target: Path) -> None:
    make_tree(target, {"empty": "mine", "a.txt": "mine"})
    await place.restore(target, overwrite=True, skip_metadata=True)
    assert read(target)["empty"] == b""
    assert read(target)["a.txt"] == b"alpha"


async def test_what_is_there_already_is_not_written_again(place: Place, target: Path) -> None:
    await place.restore(target)
    inodes = {path: path.stat().st_ino for path in target.rglob("*") if path.is_file()}
    (target / "a.txt").chmod(0o600)
    os.utime(target / "sub/large.bin", ns=(1, 1))
    result = await place.restore(target)
    assert (result.restored_files, result.unmodified_files) == (0, 6)
    assert {path: path.stat().st_ino for path in target.rglob("*") if path.is_file()} == inodes
    assert tree(target) == tree(place.source), "metadata is put right"


async def test_overwrite(place: Place, target: Path) -> None:
    make_tree(
        target,
        {
            "a.txt": "mine",
            "sub/large.bin": noise(9000, 2),
            "sub/deep/x": "longer than before",
            "other": "stays",
        },
    )
    (target / "a.txt").chmod(0o400)
    (target / "sub").chmod(0o755)
    (target / "link").symlink_to("elsewhere")
    result = await place.restore(target, overwrite=True)
    assert (result.errors, result.warnings) == ([], [])
    (target / "other").unlink()
    found, wanted = tree(target), tree(place.source)
    assert found == wanted


async def test_a_folder_where_a_file_should_be(place: Place, target: Path) -> None:
    make_tree(target, {"a.txt/inside": "x"})
    result = await place.restore(target, overwrite=True)
    assert [path.rsplit("/", 1)[-1] for path in result.broken_files] == ["a.txt"]
    assert read(target)["sub/plain"] == b"no dot"


async def test_a_file_where_a_folder_should_be(place: Place, target: Path) -> None:
    make_tree(target, {"sub": "a file"})
    result = await place.restore(target, overwrite=True)
    assert len(result.errors) >= 3
    assert read(target)["sub"] == b"a file"
    assert read(target)["a.txt"] == b"alpha"


async def test_the_target_is_a_file(place: Place, target: Path) -> None:
    target.write_text("in the way")
    with pytest.raises(RestoreTargetUnusable, match="restored"):
        await place.restore(target)
    assert target.read_text() == "in the way"


async def test_dry_run(place: Place, target: Path) -> None:
    result = await place.restore(target, dry_run=True)
    assert (result.restored_files, result.size_of_restored_files) == (
        6,
        sum(map(len, map(bytes, read(place.source).values()))),
    )
    assert not target.exists()
    target.mkdir()
    (target / "a.txt").write_text("mine")
    await place.restore(target, dry_run=True, control_files=True)
    assert read(target) == {"a.txt": b"mine"}


# --- which and where -------------------------------------------------------------------------------------


async def test_to_the_original_place(place: Place) -> None:
    before = tree(place.source)
    (place.source / "sub/large.bin").unlink()
    (place.source / "sub/deep/x").unlink()
    (place.source / "sub/deep").rmdir()
    (place.source / "a.txt").write_text("spoiled")
    result = await place.restore(None, overwrite=True)
    assert (result.errors, result.warnings) == ([], [])
    assert tree(place.source) == before


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (("*/sub/plain",), {"plain"}),
        (("*/sub/*",), {"large.bin", "plain", "deep/x"}),
        (("*/sub/deep/x", "*/a.txt"), {"a.txt", "sub/deep/x"}),
        (("*.bin",), {"large.bin"}),
    ],
)
async def test_the_largest_common_folder_is_left_out(
    patterns: tuple[str, ...], expected: set[str], place: Place, target: Path
) -> None:
    await place.restore(target, patterns=patterns)
    assert read(target).keys() == expected


async def test_whole_paths_on_request(place: Place, target: Path) -> None:
    await place.restore(target, patterns=("*/sub/plain",), keep_whole_paths=True)
    assert read(target).keys() == {f"{place.source}/sub/plain".lstrip("/")}


async def test_by_a_rule_and_by_size(place: Place, target: Path) -> None:
    await place.restore(target, rules=(FilterRule(False, "*/sub/*"),), largest_file=4)
    assert read(target).keys() == {".hidden", "empty"}


async def test_nothing_matches(place: Place, target: Path) -> None:
    with pytest.raises(EmptyRestoreOperation, match="nowhere"):
        await place.restore(target, patterns=("nowhere",))
    assert not target.exists()


async def test_a_version_that_does_not_exist(place: Place, target: Path) -> None:
    result = await place.restore(target, versions=(7,))
    assert [problem.id for problem in result.warnings] == ["NoMatchingVersion"]
    assert tree(target) == tree(place.source)


async def test_an_empty_database(tmp_path: Path) -> None:
    with pytest.raises(NoVersions):
        await Place(tmp_path).restore(tmp_path / "restored")


async def test_blocks_that_are_on_this_machine_are_not_fetched(place: Place, target: Path) -> None:
    place.faults = []
    make_tree(target, {"sub/large.bin": noise(9000)[:5000] + b"?" * 4000})
    await place.restore(
        target, patterns=("*/sub/large.bin", "*/a.txt"), overwrite=True, local_blocks=True, skip_metadata=True
    )
    assert read(target)["sub/large.bin"] == noise(9000)
    for path in place.volumes("dblock"):
        path.unlink()
    result = await place.restore(
        target / "2", patterns=("*/sub/large.bin",), local_blocks=True, skip_metadata=True
    )
    assert result.errors == []
    assert (target / "2/large.bin").read_bytes() == noise(9000)


async def test_without_permissions_modes_are_the_usual_ones(place: Place, target: Path) -> None:
    (place.source / "a.txt").chmod(0o700)
    (place.source / "sub/large.bin").chmod(0o700)
    await place.back_up()
    await place.restore(target, permissions=False)
    usual = 0o666 & ~_umask()
    assert {(target / name).stat().st_mode & 0o777 for name in ("a.txt", "sub/large.bin", "empty")} == {usual}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# --- hostile ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("overwrite", [False, True])
async def test_planted_links_are_not_followed(
    overwrite: bool, place: Place, target: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    make_tree(outside, {"plain": "not ours", "a": "not ours either"})
    target.mkdir()
    (target / "sub").symlink_to(outside)
    (target / "a.txt").symlink_to(outside / "a")
    (target / "empty").symlink_to(outside / "new")
    before = tree(outside)

    result = await place.restore(target, overwrite=overwrite)

    assert tree(outside) == before
    assert any("sub" in path for path in result.broken_files)
    assert sum(each == b"alpha" for each in read(target).values()) == 1


HOSTILE = [
    "/base/../../escaped",
    "/base/..",
    "/base/x/../../../escaped",
    "relative/escaped",
    "../escaped",
    "/base/nul\x00escaped",
    "C:\\base\\..\\..\\escaped",
    "\\\\server\\share\\..\\escaped",
    "/base//escaped",
    "/base/./escaped",
]


def craft(place: Place, paths: list[str], *, links: dict[str, str] | None = None) -> None:
    """A destination with one version of one-block files, by hand."""
    place.remote.mkdir(parents=True)
    blob = b"\xef\xbb\xbf{}"
    blocks = {hasher("SHA256")(data).digest(): data for data in (blob, b"content")}
    elements = []
    for path in paths:
        digest, metadata = hasher("SHA256")(b"content").digest(), hasher("SHA256")(blob).digest()
        elements.append(_element(path, digest, metadata, len(blob)))
    for path, lead in (links or {}).items():
        text = b'\xef\xbb\xbf{"CoreSymlinkTarget":"' + lead.encode() + b'"}'
        digest = hasher("SHA256")(text).digest()
        blocks[digest] = text
        elements.append(_link(path, digest, len(text)))
    manifest = encode_manifest(place.form, 0)
    entries = {entry_name(digest).decode(): data for digest, data in blocks.items()}
    lists = {"fileset": encode_fileset(full=True), "filelist.json": b"".join(encode_list(iter(elements)))}
    (place.remote / f"duplicati-b{'1' * 32}.dblock.zip").write_bytes(
        archive_of({"manifest": manifest, **entries})
    )
    (place.remote / "duplicati-20240101T000000Z.dlist.zip").write_bytes(
        archive_of({"manifest": manifest, **lists})
    )


async def test_nothing_is_written_behind_a_link_of_the_same_version(
    tmp_path: Path,
) -> None:
    """A forged list has a link out of the target, and links that would lie behind it: one that was made after
    it stood outside of the target."""
    place, target = Place(tmp_path), tmp_path / "restored"
    outside = tmp_path / "outside"
    outside.mkdir()
    links = {
        "/base/other": str(outside),
        "/base/other/evil-link": "/etc/passwd",
        "/base/to-folder/": str(outside),
        "/base/to-folder/deep/evil-link": "/etc/passwd",
    }
    craft(place, ["/base/fine", "/base/other/evil"], links=links)

    result = await place.restore(target, lost=True)

    assert list(outside.iterdir()) == []
    assert (target / "fine").read_bytes() == b"content"
    assert (target / "other" / "evil").read_bytes() == b"content"
    assert os.readlink(target / "other" / "evil-link") == "/etc/passwd"
    assert os.readlink(target / "to-folder" / "deep" / "evil-link") == "/etc/passwd"
    assert sorted(result.broken_files) == ["/base/other", "/base/to-folder/"]


def _element(path: str, digest: bytes, metadata: bytes, metasize: int) -> bytes:
    from triplicati.formats.dlist import encode_content_fields, encode_file, encode_metadata_fields

    fields = encode_metadata_fields(metadata, metasize, metadata, (), always_blockhash=False)
    return encode_file(path, digest, 7, 0, fields, encode_content_fields(digest, 7, digest, ()))


def _link(path: str, digest: bytes, size: int) -> bytes:
    from triplicati.formats.dlist import encode_metadata_fields, encode_other

    return encode_other(
        "Symlink", path, encode_metadata_fields(digest, size, digest, (), always_blockhash=True)
    )


@pytest.mark.parametrize(
    "prepare", [lambda _: None, lambda target: make_tree(target, {"there": "x"})], ids=["fresh", "used"]
)
@pytest.mark.parametrize("path", HOSTILE)
async def test_paths_that_would_leave_the_folder(
    path: str, prepare: Callable[[Path], None], tmp_path: Path
) -> None:
    place = Place(tmp_path / "deep" / "deeper")
    place.folder.mkdir(parents=True)
    craft(place, ["/base/good", path])
    target = place.folder / "restored"
    prepare(target)
    outside = {each for each in tmp_path.rglob("*") if target not in each.parents}

    await place.restore(target, lost=True)

    assert b"content" in read(target).values()
    left = {each for each in tmp_path.rglob("*") if target not in each.parents} - outside
    assert {each.name for each in left} <= {"restored", "temporary", "other"}


async def test_a_backup_that_brings_its_own_link(tmp_path: Path) -> None:
    """A link and a file below it, so that the file would be written through the link."""
    place = Place(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    craft(place, ["/base/good", "/base/way/file"], links={"/base/way": str(outside)})
    result = await place.restore(tmp_path / "restored", lost=True)
    assert list(outside.iterdir()) == []
    assert read(tmp_path / "restored")["way/file"] == b"content"
    assert result.broken_files == ["/base/way"]
    await place.restore(tmp_path / "restored", lost=True, overwrite=True)
    assert list(outside.iterdir()) == []


async def test_metadata_is_applied_in_batches_without_loss(
    place: Place, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch was cut off one entry too late: each lost one folder's time, or one file's time and mode whose
    metadata lay in another volume than its content."""
    monkeypatch.setattr("triplicati.engine.restore_work._BATCH", 2)
    for number in range(9):
        make_tree(place.source, {f"many/{number}/same": "shared content", f"many/{number}/own": str(number)})
        os.utime(place.source / "many" / str(number) / "same", (0, 1_000_000 + number))
        os.utime(place.source / "many" / str(number), (0, 2_000_000 + number))
    await place.back_up()
    await place.restore(target, permissions=True)
    assert tree(target) == tree(place.source)
