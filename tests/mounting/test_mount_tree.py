"""The tree of versions, as the local database has it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from support.engine import Place, make_tree
from support.mounts import mounted

from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.index.database import open_database
from triplicati.index.filesets import add_fileset
from triplicati.index.rows import Row, insert_rows
from triplicati.mounting.entries import FolderNode
from triplicati.mounting.reading import IndexFile
from triplicati.mounting.tree import PIECE, VersionTree

STAMP = 1_700_000_000


def row(path: str, kind: int = FILE, size: int = 3) -> Row:
    return Row(path, kind, size, 0, 0, b"h" if kind == FILE else None, None, None, b"m", 1, None, None)


async def a_tree(folder: Path, rows: Sequence[Row]) -> VersionTree:
    path = folder / "index.sqlite"
    async with open_database(path) as database:

        def fill(connection: object) -> None:
            version = add_fileset(connection, STAMP, complete=True, full=True)  # type: ignore[arg-type]
            insert_rows(connection, version, rows)  # type: ignore[arg-type]

        await database.write(fill)
    return VersionTree(IndexFile(path))


async def names(tree: VersionTree, *path: str) -> list[str]:
    node = await tree.find(path)
    assert isinstance(node, FolderNode)
    found: list[str] = []
    start: str | None = ""
    while start is not None:
        entries, start = await tree.listing(node, start)
        assert len(entries) <= PIECE + 30
        found += [each.name + ("/" if each.folder else "") for each in entries]
    return found


async def test_links_and_names_that_lead_elsewhere_are_left_out(tmp_path: Path) -> None:
    rows = [
        row("/a/", FOLDER, -1), row("/a/../", FOLDER, -1), row("/a/../x"), row("/a//"), row("/a/file"),
        row("/a/link", SYMLINK, -1), row("/a/.hidden"),
    ]  # fmt: skip
    tree = await a_tree(tmp_path, rows)
    assert await names(tree, "latest", "a") == [".hidden", "file"]
    for path in ("a/../x", "a/link", "a/nothing", "a/file/deeper"):
        assert await tree.find(["latest", *path.split("/")]) is None


async def test_folders_without_a_row_of_their_own_are_there(tmp_path: Path) -> None:
    tree = await a_tree(tmp_path, [row("/home/user/file")])
    assert await names(tree, "latest") == ["home/"]
    assert await names(tree, "latest", "home", "user") == ["file"]


async def test_drives_and_shares_of_windows(tmp_path: Path) -> None:
    rows = [
        row("C:\\Users\\", FOLDER, -1), row("C:\\Users\\a.txt"), row("D:\\b.txt"),
        row("\\\\nas\\photos\\c.txt"),
    ]  # fmt: skip
    tree = await a_tree(tmp_path, rows)
    assert sorted(await names(tree, "latest")) == ["C/", "D/", "nas photos/"]
    assert await names(tree, "latest", "C", "Users") == ["a.txt"]
    assert await names(tree, "latest", "nas photos") == ["c.txt"]
    assert await tree.find(["latest", "E"]) is None


async def test_a_large_folder_comes_in_pieces(tmp_path: Path) -> None:
    wanted = [f"{number:05}" for number in range(3 * PIECE + 7)]
    tree = await a_tree(tmp_path, [row(f"/many/{name}") for name in wanted])
    assert await names(tree, "latest", "many") == wanted


async def test_only_chosen_versions_are_shown(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"a": "1"})
    await place.back_up()
    index = IndexFile(place.database)
    assert await names(VersionTree(index, chosen=set())) == []
    assert len(await names(VersionTree(index))) == 2
    assert await VersionTree(index, chosen=set()).find(["latest"]) is None


async def test_a_new_version_appears_by_itself(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"a": "1"})
    await place.back_up()
    async with mounted(place.connect(), place.database) as mount:
        before = await names(mount.tree)
        make_tree(place.source, {"new": "2"})
        await place.back_up()
        assert len(await names(mount.tree)) == len(before) + 1
        found = await mount.find(["latest", *str(place.source).strip("/").split("/"), "new"])
        assert found is not None
