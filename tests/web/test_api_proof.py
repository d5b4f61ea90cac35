"""Testing volumes over the API, and what is proven afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trio
from support.daemons import a_backup, at_speed, finished
from support.engine import noise
from support.live_sockets import live_socket
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.client.events import Event, decoded
from triplicati.messages.live import LiveProgress
from triplicati_web.live import SOCKETS

_PROOF, _VERIFY = "/api/v2/backup/1/proof", "/api/v2/backup/1/verify"


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[WebDaemon]:
    """One version in several volumes of each kind but lists, which were not tested."""
    async with a_web_daemon(tmp_path / "data", sockets=SOCKETS) as web:
        backup = a_backup(
            tmp_path, passphrase=None, blocksize="10kb", dblock_size="1mb", backup_test_samples="0"
        )
        for number in range(4):
            (tmp_path / "source" / f"{number}").write_bytes(noise(900_000, number))
        await web.daemon.store.add_backup(backup)
        assert (await web.ended(await web.post("backup/1/run"))).parsed == "Success"
        yield web


async def proof(web: WebDaemon, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await web.get(_PROOF, **query))["Data"]
    return found


async def tested(web: WebDaemon, **wanted: Any) -> Any:
    answer = await web.post(_VERIFY, wanted)
    return await web.ended(answer["Data"])


def target(tmp_path: Path, kind: str) -> list[Path]:
    return sorted(tmp_path.glob(f"*/duplicati-*.{kind}.zip*"))


def sums(found: dict[str, Any]) -> tuple[int, int, int]:
    return found["Volumes"], found["Checked"], found["Damaged"]


async def test_before_and_after(web: WebDaemon, tmp_path: Path) -> None:
    files = [path for kind in ("dlist", "dindex", "dblock") for path in target(tmp_path, kind)]
    before = await proof(web)
    assert sums(before) == (len(files), 0, 0)
    assert before["Bytes"] == sum(path.stat().st_size for path in files)
    assert (before["CheckedBytes"], before["Oldest"], before["Newest"]) == (0, None, None)
    assert {each["Name"] for each in before["Cells"]} == {path.name for path in files}
    assert all(each["Oldest"] is None and each["Checked"] == 0 for each in before["Cells"])

    assert (await tested(web, Samples=1, Depth="hash")).parsed == "Success"
    some = await proof(web)
    assert sums(some) == (len(files), 3, 0)
    assert {each["Kind"] for each in some["Cells"] if each["Checked"]} == {"dlist", "dindex", "dblock"}

    assert (await tested(web, Samples=None, Depth="content")).parsed == "Success"
    after = await proof(web)
    assert sums(after) == (len(files), len(files), 0)
    assert after["CheckedBytes"] == after["Bytes"]
    oldest, newest = (datetime.fromisoformat(after[name]) for name in ("Oldest", "Newest"))
    assert timedelta() <= newest - oldest <= datetime.now(UTC) - oldest < timedelta(minutes=2)


async def test_as_many_cells_as_are_wanted(web: WebDaemon) -> None:
    whole = await proof(web)
    few = await proof(web, cells=2)
    assert len(few["Cells"]) == 2
    assert [each["Name"] for each in few["Cells"]] == ["", ""]
    assert sum(each["Volumes"] for each in few["Cells"]) == len(whole["Cells"]) == whole["Volumes"]
    assert sum(each["Bytes"] for each in few["Cells"]) == whole["Bytes"]
    assert (await web.get(_PROOF, cells=0))["StatusCode"] == "InvalidQuery"


async def test_damage_is_shown(web: WebDaemon, tmp_path: Path) -> None:
    victim = target(tmp_path, "dblock")[0]
    content = bytearray(victim.read_bytes())
    content[5000] ^= 1
    victim.write_bytes(content)
    missing = target(tmp_path, "dindex")[0]
    missing.unlink()
    assert (await tested(web, Samples=None)).parsed == "Error"
    found = await proof(web)
    assert found["Damaged"] == 2
    assert {each["Name"] for each in found["Cells"] if each["Damaged"]} == {victim.name, missing.name}
    (run, *_) = (await web.get("/api/v2/backup/1/runs"))["Data"]
    assert (run["Operation"], run["Parsed"]) == ("Verify", "Error")
    problems = (await web.get(f"/api/v2/run/{run['ID']}/problems"))["Data"]
    assert {each["ID"] for each in problems} == {"DamagedVolume", "MissingVolume"}


async def test_after_a_lost_database_nothing_is_proven(web: WebDaemon) -> None:
    await tested(web, Samples=None)
    await web.post("backup/1/deletedb")
    gone = await proof(web)
    assert (sums(gone), gone["Cells"]) == ((0, 0, 0), [])
    await web.ended(await web.post("backup/1/repair"))
    assert sums(await proof(web))[1] == 0
    await web.post("backup/1/deletedb")
    assert (await tested(web, Samples=None, Depth="hash")).parsed == "Success"
    volumes, checked, _ = sums(await proof(web))
    assert checked == volumes > 0


async def test_the_route_of_duplicati(web: WebDaemon) -> None:
    task = await web.ended(await web.post("backup/1/verify"))
    assert (task.operation, task.parsed, task.error) == ("Verify", "Success", "")
    (entry, *_) = await web.get("backup/1/log")
    assert '"MainOperation": "Test"' in entry["Message"]
    assert '"VerificationsActualLength": 3' in entry["Message"]
    assert (await web.get("progressstate"))["OverallProgress"] == 1


async def test_progress_and_stages(web: WebDaemon) -> None:
    frames: list[Event] = []
    async with live_socket(web, "/api/v2/events") as socket:
        task = await web.daemon.start("1", "Verify", paths=("all",))
        await finished(task)
        with trio.fail_after(10):
            while not frames or frames[-1].topic != "run-ended":
                message = await socket.socket.get_message()
                assert isinstance(message, str)
                frames.append(decoded(message))
    last = [each.value for each in frames if each.topic == "progress"][-1]
    assert isinstance(last, LiveProgress)
    assert last.phase == "Verify_Running"
    fetch, check = (each for each in last.stages if each.unit)  # the others count nothing
    assert (fetch.name, check.name) == ("fetch", "check")
    assert fetch.done == fetch.total == (await proof(web))["Volumes"]
    assert check.done == check.total == (await proof(web))["Bytes"]


@pytest.mark.parametrize(
    ("path", "parsed"), [("backup/1/abort", "Stopped"), ("/api/v2/task/{task}/stop-now", "Success")]
)
async def test_ended_within_two_seconds(web: WebDaemon, path: str, parsed: str) -> None:
    await at_speed(web.daemon, download="100KB")  # a volume takes ten seconds
    task = await web.daemon.start("1", "Verify", paths=("all",))
    with trio.fail_after(20):
        while task.report is None or not task.report.progress.volumes_total:
            await trio.sleep(0.02)
    with trio.fail_after(2):
        await web.post(path.format(task=task.id))
        await finished(task)
    assert task.parsed == parsed
    volumes, checked, damaged = sums(await proof(web))
    assert checked < volumes
    assert damaged == 0


async def test_what_it_takes(web: WebDaemon) -> None:
    for wrong in ({"Samples": 0}, {"Depth": "deep"}):
        await web.post(_VERIFY, wrong, 400)
    assert (await web.post("/api/v2/backup/99/verify", {}))["Success"] is False
    assert (await web.get("/api/v2/backup/99/proof"))["Success"] is False


async def test_of_all_backups_at_once(web: WebDaemon, tmp_path: Path) -> None:
    (tmp_path / "unread").mkdir()
    await web.daemon.store.add_backup(a_backup(tmp_path / "unread", name="Never ran", passphrase=None))
    assert (await tested(web, Samples=None)).parsed == "Success"
    whole = await proof(web)
    found = (await web.get("/api/v2/proof"))["Data"]
    assert found == [
        {
            "BackupID": "1",
            "Bytes": whole["Bytes"],
            "CheckedBytes": whole["Bytes"],
            "Damaged": 0,
        },
        {"BackupID": "2", "Bytes": 0, "CheckedBytes": 0, "Damaged": 0},
    ]
