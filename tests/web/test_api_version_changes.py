"""What changed between two versions, added up by folders, over the API."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

_COMPARE = "/api/v2/backup/1/compare"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebDaemon]:
    """Two versions: files come, grow, go, and one only gets another mode."""
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path, passphrase=None)
        source = tmp_path / "source"
        shutil.rmtree(source)
        for name, size in {"old/goes": 100, "old/stays": 7, "grows": 10, "deep/er/mode": 3}.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(b"a" * size)
        await web.daemon.store.add_backup(backup)
        await web.ended(await web.post("backup/1/run"))
        (source / "old" / "goes").unlink()
        (source / "grows").write_bytes(b"b" * 30)
        (source / "deep" / "er" / "mode").chmod(0o600)
        for at in range(3):
            (source / "new" / str(at)).mkdir(parents=True)
            (source / "new" / str(at) / "file").write_bytes(bytes(1000 * (at + 1)))
        await web.ended(await web.post("backup/1/run"))
        yield web


def numbers(tally: dict[str, Any]) -> tuple[int, ...]:
    names = ("Added", "Modified", "Deleted", "AddedBytes", "ModifiedBytes", "DeletedBytes", "Growth")
    return tuple(tally[name] for name in names)


async def compared(web: WebDaemon, **wanted: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await web.post(_COMPARE, wanted))["Data"]
    return found


async def test_all_that_changed_by_folder(web: WebDaemon, tmp_path: Path) -> None:
    found = await compared(web)
    assert found["Folder"] == f"{tmp_path}/source/"
    assert numbers(found["Whole"]) == (3, 2, 1, 6000, 30, 100, 5920)
    assert (found["Base"]["Version"], found["Target"]["Version"]) == (1, 0)
    parts = {each["Path"].removeprefix(found["Folder"]): each for each in found["Parts"]}
    assert list(parts) == ["new/", "old/", "grows", "deep/"]
    assert numbers(parts["new/"]) == (3, 0, 0, 6000, 0, 0, 6000)
    assert numbers(parts["old/"]) == (0, 0, 1, 0, 0, 100, -100)
    assert numbers(parts["deep/"]) == (0, 1, 0, 0, 0, 0, 0)
    assert [each["IsFolder"] for each in parts.values()] == [True, True, False, True]


async def test_one_folder_and_the_rest_of_it_together(web: WebDaemon, tmp_path: Path) -> None:
    folder = f"{tmp_path}/source/new/"
    found = await compared(web, Folder=folder, Limit=1)
    assert numbers(found["Whole"]) == (3, 0, 0, 6000, 0, 0, 6000)
    largest, rest = found["Parts"]
    assert (largest["Path"], largest["AddedBytes"]) == (f"{folder}2/", 3000)
    assert (rest["Path"], rest["Parts"], rest["AddedBytes"]) == ("", 2, 3000)


async def test_the_other_way_round(web: WebDaemon) -> None:
    found = await compared(web, Base=0, Target=1)
    assert numbers(found["Whole"]) == (1, 2, 3, 100, 10, 6000, -5920)


async def test_a_version_that_is_not_there(web: WebDaemon) -> None:
    answer = await web.post(_COMPARE, {"Base": 7})
    assert "no version 7" in answer["Error"]


async def test_one_version_has_nothing_to_compare_with(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
        await web.ended(await web.post("backup/1/run"))
        assert "only one version" in (await web.post(_COMPARE, {}))["Error"]
