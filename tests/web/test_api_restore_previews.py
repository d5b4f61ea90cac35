"""The preview of a restore over the API says what the restore then does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

_PREVIEW = "/api/v2/backup/1/restore/preview"


async def backed_up(web: WebDaemon, tmp_path: Path, **options: Any) -> None:
    """``a.txt``, ``sub/b.bin`` of several blocks, ``sub/c.txt``."""
    backup = a_backup(tmp_path, blocksize="1kb", **options)
    (tmp_path / "source" / "sub" / "c.txt").write_text("third")
    await web.daemon.store.add_backup(backup)
    await web.ended(await web.post("backup/1/run"))


async def restored(web: WebDaemon, wanted: dict[str, Any]) -> dict[str, Any]:
    """The result of that restore."""
    task = await web.ended(await web.post("backup/1/restore", wanted))
    assert task.parsed in ("Success", "Warning"), task.error
    run = (await web.get("/api/v2/backup/1/runs"))["Data"][0]
    found: dict[str, Any] = (await web.get(f"/api/v2/run/{run['ID']}"))["Data"]["Result"]
    return found


@pytest.mark.parametrize("paths", [None, ["*/a.txt"], ["sub"]])
async def test_to_a_new_folder(tmp_path: Path, paths: list[str] | None) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        source = f"{tmp_path}/source/"
        given = None if paths is None else [f"{source}sub/" if each == "sub" else each for each in paths]
        wanted = {"paths": given, "restore_path": str(tmp_path / "out")}
        told = (await web.post(_PREVIEW, wanted))["Data"]
        assert not (tmp_path / "out").exists()
        done = await restored(web, wanted)
        assert (told["Files"], told["Bytes"]) == (done["RestoredFiles"], done["SizeOfRestoredFiles"])
        written = [each for each in (tmp_path / "out").rglob("*") if each.is_file()]
        assert told["Files"] == len(written) > 0
        assert told["Bytes"] == sum(each.stat().st_size for each in written)
        assert told["Conflicts"] == told["BrokenFiles"] == []
        volumes = list((tmp_path / "destination-Docs").glob("*.dblock.*"))
        assert (told["Volumes"], told["VolumeBytes"]) == (1, sum(each.stat().st_size for each in volumes))
        room = told["Room"]
        assert all(each["Enough"] for each in room)
        assert sum(each["Needed"] for each in room) >= told["Bytes"]


@pytest.mark.parametrize("overwrite", [False, True])
async def test_conflicts(tmp_path: Path, overwrite: bool) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        out = tmp_path / "out"
        (out / "sub").mkdir(parents=True)
        (out / "a.txt").write_text("HELLO")
        (out / "sub" / "c.txt").write_text("third")
        wanted = {"restore_path": str(out), "overwrite": overwrite}
        told = (await web.post(_PREVIEW, wanted))["Data"]
        met = {each["Path"].removeprefix(f"{tmp_path}/source/"): each for each in told["Conflicts"]}
        assert met["sub/c.txt"]["What"] == "same"
        assert met["a.txt"]["What"] == ("replaced" if overwrite else "renamed")
        assert (told["Same"], told["Replaced"], told["Renamed"]) == (1, int(overwrite), int(not overwrite))
        assert (out / "a.txt").read_text() == "HELLO"
        few = (await web.post(_PREVIEW, wanted | {"limit": 1}))["Data"]
        assert len(few["Conflicts"]) == 1
        assert few["Same"] + few["Replaced"] + few["Renamed"] == 2
        done = await restored(web, wanted)
        assert (told["Files"], told["Bytes"]) == (done["RestoredFiles"], done["SizeOfRestoredFiles"])
        assert Path(met["a.txt"]["Target"]).read_text() == "hello"
        assert (out / "a.txt").read_text() == ("hello" if overwrite else "HELLO")


async def test_volumes_are_those_that_are_fetched(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        (tmp_path / "source" / "d.txt").write_text("of a volume of its own")
        await web.ended(await web.post("backup/1/run"))
        whole = (await web.post(_PREVIEW, {"restore_path": str(tmp_path / "out")}))["Data"]
        one = {"restore_path": str(tmp_path / "out"), "paths": ["*/d.txt"], "skip_metadata": True}
        part = (await web.post(_PREVIEW, one))["Data"]
        assert (whole["Volumes"], part["Volumes"]) == (2, 1)
        # The other one is not needed: without it the restore is whole.
        volumes = list((tmp_path / "destination-Docs").glob("*.dblock.*"))
        volumes.sort(key=lambda each: each.stat().st_mtime_ns)
        volumes[0].unlink()
        assert volumes[1].stat().st_size == part["VolumeBytes"]
        done = await restored(web, one)
        assert (part["Files"], part["Bytes"]) == (1, 22)
        assert (done["RestoredFiles"], done["SizeOfRestoredFiles"]) == (1, 22)


async def test_what_cannot_be(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        (tmp_path / "file").write_text("")
        for wanted, identity in (
            ({"restore_path": str(tmp_path / "file")}, "RestoreTargetUnusable"),
            ({"restore_path": "@file:///nowhere"}, "OptionNotBuilt"),
            ({"paths": ["*/nothing"], "restore_path": str(tmp_path / "out")}, "EmptyRestoreOperation"),
            ({"time": "x"}, "InvalidValue"),
        ):
            refused = await web.post(_PREVIEW, wanted)
            assert (refused["Success"], refused["StatusCode"]) == (False, identity)
        missing = await web.post("/api/v2/backup/9/restore/preview", {})
        assert missing["StatusCode"] == "BackupNotFound"
        assert "secret" not in json.dumps(missing)
