"""Browsing the folders of this machine over HTTP."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.web_daemon import a_web_daemon


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "docs" / "inner").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "a.txt").write_text("hello")
    (root / ".hidden").write_text("")
    (root / "link").symlink_to(root / "docs")
    (root / "nowhere").symlink_to(root / "gone")
    os.mkfifo(root / "pipe")
    return root


async def test_folders_come_first_and_end_with_the_separator(tmp_path: Path, tree: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.post("filesystem", {"path": str(tree)})
    assert [each["text"] for each in found] == ["docs", "empty", "link", "a.txt", "nowhere", "pipe"]
    docs, empty, link, file, nowhere, pipe = found
    assert docs == {
        "text": "docs",
        "id": f"{tree}/docs/",
        "cls": "folder",
        "iconCls": "x-tree-icon-parent",
        "check": False,
        "leaf": False,
        "resolvedpath": None,
        "hidden": False,
        "systemFile": False,
        "temporary": False,
        "symlink": False,
        "fileSize": -1,
    }
    assert empty["leaf"]
    assert (link["symlink"], link["resolvedpath"], link["id"]) == (True, f"{tree}/docs", f"{tree}/link/")
    assert (file["fileSize"], file["leaf"], file["iconCls"]) == (5, True, "x-tree-icon-leaf")
    assert (nowhere["cls"], nowhere["iconCls"]) == ("file", "x-tree-icon-symlink")
    assert pipe["iconCls"] == "x-tree-icon-special"


async def test_only_folders_and_hidden_names_are_chosen(tmp_path: Path, tree: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        folders = await web.post("filesystem", {"path": str(tree)}, onlyFolders="True")
        hidden = await web.post("filesystem", {"path": str(tree)}, showHidden="true")
    assert [each["text"] for each in folders] == ["docs", "empty", "link"]
    assert [each["text"] for each in hidden if each["hidden"]] == [".hidden"]


async def test_the_root_begins_with_folders_that_have_a_name(
    tmp_path: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tree))
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.post("filesystem", {"path": "/"})
        (home,) = [each for each in found if each["id"] == "%HOME%"]
        assert (home["text"], home["resolvedpath"]) == ("Home", str(tree))
        assert {"/tmp/", "/usr/"} <= {each["id"] for each in found}
        below = await web.post("filesystem", {"path": "%HOME%/docs"})
    assert [each["id"] for each in below] == ["%HOME%/docs/inner/"]


async def test_the_old_client_puts_the_path_in_the_query_or_a_form(tmp_path: Path, tree: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        there = await web.client.post("/api/v1/filesystem/validate", params={"path": str(tree)})
        gone = await web.client.post("/api/v1/filesystem/validate", params={"path": f"{tree}/none"})
        assert (there.status_code, gone.status_code) == (200, 404)
        answer = await web.client.post("/api/v1/filesystem", data={"path": str(tree), "onlyfolders": "true"})
        assert answer.json()[0]["text"] == "docs"


@pytest.mark.parametrize("path", ["", "docs/inner", "./x", "a\0b", "/a\0b"])
async def test_what_is_no_whole_path_is_refused(tmp_path: Path, path: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.post("filesystem", {"path": path}, status=400)
        await web.post("filesystem/validate", {"path": path}, status=400)


async def test_a_folder_that_is_not_there_is_not_found(tmp_path: Path, tree: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.post("filesystem", {"path": str(tree / "gone")}, status=404)
        await web.post("filesystem", {"path": str(tree / "a.txt")}, status=404)
        assert await web.post("filesystem/validate", {"path": str(tree / "a.txt")}) is None


async def test_a_name_that_is_no_text_is_shown_escaped(tmp_path: Path, tree: Path) -> None:
    (tree / os.fsdecode(b"bad\xff")).write_text("")
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.post("filesystem", {"path": str(tree)})
    assert "bad%FF" in [each["text"] for each in found]
