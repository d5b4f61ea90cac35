"""The server as a process when it is killed, the disk is full, or the clock is set."""

from __future__ import annotations

import random
import sysconfig
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from support.api_client import add, ended, idle, job, start, under_way
from support.server_process import server_process
from support.small_disk import small_disk


def _large(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    content = random.Random(1)
    for number in range(40):
        (source / f"{number:02}.bin").write_bytes(content.randbytes(800_000))


def test_a_backup_that_was_killed_goes_on_at_the_next_start(tmp_path: Path) -> None:
    _large(tmp_path)
    data = tmp_path / "data"
    with server_process(data) as server, server.signed_in() as client:
        slow = {"max-upload-speed": "1MB"}
        assert client.patch("/api/v1/serversettings", json=slow).status_code == 200
        backup = add(client, job(tmp_path, dblock_size="2mb"))
        start(client, f"/api/v1/backup/{backup}/run")
        under_way(client)
        server.process.kill()
        server.wait()
    with server_process(data, "--log-console") as server, server.signed_in() as client:
        server.said("RunResumed")
        client.patch("/api/v1/serversettings", json={"max-upload-speed": ""})
        idle(client)
        runs = client.get(f"/api/v2/backup/{backup}/runs").json()["Data"]
        assert [run["Parsed"] for run in runs] == ["Success", "Stopped"]
        task = start(client, f"/api/v1/backup/{backup}/restore", {"restore_path": str(tmp_path / "restored")})
        assert ended(client, task)["Status"] == "Completed"
    for path in (tmp_path / "source").iterdir():
        assert (tmp_path / "restored" / path.name).read_bytes() == path.read_bytes()


def test_a_full_disk_costs_the_run_and_not_the_server(tmp_path: Path) -> None:
    _large(tmp_path)
    with (
        small_disk(tmp_path / "small") as disk,
        server_process(disk.path / "data") as server,
        server.signed_in() as client,
    ):
        backup = add(client, job(tmp_path, "Full"))
        disk.fill(16 * 1024)
        task = ended(client, start(client, f"/api/v1/backup/{backup}/run"))
        assert task["Status"] == "Failed"
        assert "no room left" in task["ErrorMessage"]
        assert httpx.get(f"{server.url}/health").text == "Healthy"
        disk.clear()
        task = ended(client, start(client, f"/api/v1/backup/{backup}/run"))
        assert task["Status"] == "Completed", task
        assert server.stop() < 5


def test_a_clock_that_is_set_forward_brings_no_burst(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.txt").write_text("hello")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    library = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}/faketime/libfaketimeMT.so.1"
    assert Path(library).exists()
    faked = {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    with server_process(tmp_path / "data", "--log-console", environment=faked) as server:
        with server.signed_in() as client:
            first = datetime.now(UTC) + timedelta(hours=1)
            schedule = {"Time": first.strftime("%Y-%m-%dT%H:%M:%SZ"), "Repeat": "1h"}
            backup = add(client, job(tmp_path), schedule)
            time.sleep(0.5)
            assert client.get("/api/v1/tasks").json() == []
        clock.write_text("+30h")  # thirty due times at once
        with server.signed_in() as client:  # tokens do not last that long
            client.patch("/api/v1/serversettings", json={"startup-delay": "0s"})  # it looks at the clock
            server.said("The clock was set forward")
            deadline = time.monotonic() + 40
            while not client.get(f"/api/v2/backup/{backup}/runs").json()["Data"]:
                assert time.monotonic() < deadline
                time.sleep(0.2)
            idle(client)
            time.sleep(0.5)
            assert len(client.get(f"/api/v2/backup/{backup}/runs").json()["Data"]) == 1
            due = client.get(f"/api/v1/backup/{backup}").json()["Schedule"]["Time"]
            ahead = datetime.fromisoformat(due) - datetime.now(UTC)
            assert timedelta(hours=30) < ahead < timedelta(hours=31, minutes=1)


def test_a_full_disk_at_the_first_start_is_told_in_a_sentence(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small") as disk:
        disk.fill(0)
        with server_process(disk.path / "data") as server:
            assert "There is no room left on the disk" in server.said("ErrorID: DiskFull")
            assert server.wait() == 100
            assert "Traceback" not in server.text
        disk.clear()
        with server_process(disk.path / "data") as server:
            assert httpx.get(f"{server.url}/health").text == "Healthy"
