"""The preview of filters counts what a backup then takes."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.messages.previews import FiltersInput
from triplicati.messages.saved import SavedFilter, Setting
from triplicati.runner.filters_preview import previewed_filters

_PREVIEW = "/api/v2/filters/preview"


def tree(tmp_path: Path) -> str:
    """Gives the folder of the sources with its separator."""
    source = tmp_path / "source"
    for name, size in (
        ("top.txt", 3),
        ("one/a.txt", 10),
        ("one/b.tmp", 20),
        ("one/deep/c.txt", 40),
        ("two/large.bin", 5000),
        ("cache/x", 1),
        ("cache/y", 1),
    ):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    return f"{source}{os.sep}"


async def taken(web: WebDaemon) -> tuple[int, int]:
    """(files, bytes) that a run of the backup looks at."""
    await web.ended(await web.post("backup/1/run"))
    numbers = (await web.get("/api/v2/backup/1/runs"))["Data"][0]["Numbers"]
    return numbers["ExaminedFiles"], numbers["SizeOfExaminedFiles"]


@pytest.mark.parametrize(
    ("filters", "options", "count"),
    [
        ([], {}, 7),
        (["-*.tmp", "-*/cache/"], {}, 4),
        (["+*.txt", "+*/", "-*"], {}, 3),
        ([], {"skip-files-larger-than": "1kb"}, 6),
        (["-*/c.txt"], {"--exclude-empty-folders": "true"}, 6),
    ],
)
async def test_a_run_takes_the_same(
    tmp_path: Path, filters: list[str], options: dict[str, str], count: int
) -> None:
    source = tree(tmp_path)
    async with a_web_daemon(tmp_path / "data") as web:
        wanted = {"Sources": [source], "Filters": filters, "Options": options}
        told = (await web.post(_PREVIEW, wanted))["Data"]
        assert (told["Finished"], told["Files"]) == (True, count)
        backup = a_backup(tmp_path)
        settings = [Setting(f"--{name.removeprefix('--')}", text) for name, text in options.items()]
        rules = [SavedFilter(at, each[0] == "+", each[1:]) for at, each in enumerate(filters)]
        await web.daemon.store.add_backup(
            msgspec.structs.replace(backup, settings=(*backup.settings, *settings), filters=tuple(rules))
        )
        assert (await web.post(_PREVIEW, {"BackupId": "1"}))["Data"] | {"Seconds": 0} == told | {"Seconds": 0}
        assert await taken(web) == (told["Files"], told["Bytes"])


async def test_counts_by_folder_and_reasons(tmp_path: Path) -> None:
    source = tree(tmp_path)
    async with a_web_daemon(tmp_path / "data") as web:
        wanted = {"Sources": [source], "Filters": ["-*.tmp", "-*/cache/"], "Limit": 1}
        told = (await web.post(_PREVIEW, wanted))["Data"]
        assert {each["Path"]: (each["Files"], each["Bytes"]) for each in told["Folders"]} == {
            source: (1, 3),
            f"{source}one/": (2, 50),
            f"{source}two/": (1, 5000),
        }
        assert told["LeftOut"] == {"ExcludingPathFromFilter": 2}
        assert len(told["Sample"]) == 1
        assert told["Sample"][0]["Id"] in told["LeftOut"]


async def test_what_is_its_own_is_left_out(tmp_path: Path) -> None:
    tree(tmp_path)
    async with a_web_daemon(tmp_path / "data") as web:
        inside = msgspec.structs.replace(a_backup(tmp_path), target_url=(tmp_path / "source/two").as_uri())
        await web.daemon.store.add_backup(inside)
        told = (await web.post(_PREVIEW, {"BackupId": "1"}))["Data"]
        assert told["Files"] == 6
        assert f"{tmp_path}/source/two/" not in {each["Path"] for each in told["Folders"]}


async def test_options_that_are_given_replace_the_saved_ones(tmp_path: Path) -> None:
    tree(tmp_path)
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path)
        settings = (*backup.settings, Setting("--skip-files-larger-than", "1kb"))
        await web.daemon.store.add_backup(msgspec.structs.replace(backup, settings=settings))
        assert (await web.post(_PREVIEW, {"BackupId": "1"}))["Data"]["Files"] == 6
        assert (await web.post(_PREVIEW, {"BackupId": "1", "Options": {}}))["Data"]["Files"] == 7


async def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    source = tree(tmp_path)
    async with a_web_daemon(tmp_path / "data") as web:
        told = (await web.post(_PREVIEW, {"Sources": [source, f"{source}none/"]}))["Data"]
        assert told["Files"] == 7
        assert [each.rstrip("/") for each in told["Missing"]] == [f"{source}none"]
        assert told["Warnings"] == [f"The source {told['Missing'][0]} does not exist and is left out."]


async def test_out_of_time(tmp_path: Path) -> None:
    source = tree(tmp_path)
    async with a_web_daemon(tmp_path / "data") as web:
        told = await previewed_filters(web.daemon, FiltersInput(sources=[source], seconds=0.0))
        assert not told.finished
        assert told.files < 7


async def test_the_end_of_the_question_ends_the_walk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tree(tmp_path)
    looked: list[str] = []
    begun, go_on = threading.Event(), threading.Event()
    scandir = os.scandir

    def held(path: str) -> Any:
        if str(path).startswith(source.rstrip("/")):
            looked.append(str(path))
            begun.set()
            go_on.wait(10)
        return scandir(path)

    async with a_web_daemon(tmp_path / "data") as web:
        monkeypatch.setattr(os, "scandir", held)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(previewed_filters, web.daemon, FiltersInput(sources=[source]))
            await trio.to_thread.run_sync(begun.wait, 10)
            nursery.cancel_scope.cancel()
        before = threading.active_count()
        go_on.set()
        with trio.move_on_after(0.3):
            while threading.active_count() >= before:
                await trio.sleep(0.01)
    # Of five folders the walk was in the first when nobody wanted it any more.
    assert len(looked) < 4


@pytest.mark.parametrize(
    ("wanted", "identity"),
    [
        ({"Sources": ["{source}"], "Filters": ["*.tmp"]}, "InvalidFilter"),
        ({"Sources": ["{source}"], "Filters": ["-[(]"]}, "InvalidFilter"),
        ({"Sources": ["{source}none"]}, "NoSources"),
        ({"Sources": []}, "NoSources"),
        ({"BackupId": "9"}, "BackupNotFound"),
    ],
)
async def test_what_cannot_be_tried(tmp_path: Path, wanted: dict[str, Any], identity: str) -> None:
    source = tree(tmp_path)
    if "Sources" in wanted:
        wanted = wanted | {"Sources": [each.format(source=source) for each in wanted["Sources"]]}
    async with a_web_daemon(tmp_path / "data") as web:
        found = await web.post(_PREVIEW, wanted)
        assert (found["Success"], found["StatusCode"]) == (False, identity)
