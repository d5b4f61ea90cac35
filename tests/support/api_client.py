"""What a client of the API does, in few words."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx

PASSPHRASE = "a passphrase"


def job(tmp_path: Path, name: str = "Docs", **options: str) -> dict[str, Any]:
    """From the folder `source` below `tmp_path` to one named after the job."""
    advanced = {f"--{key.replace('_', '-')}": value for key, value in options.items()}
    settings = {"passphrase": PASSPHRASE} | advanced
    return {
        "Name": name,
        "TargetURL": (tmp_path / f"target-{name}").as_uri(),
        "Sources": [f"{tmp_path / 'source'}/"],
        "Settings": [{"Name": key, "Value": value} for key, value in settings.items()],
    }


def add(client: httpx.Client, backup: dict[str, Any], schedule: dict[str, Any] | None = None) -> str:
    """The id of the new backup."""
    answer = client.post("/api/v1/backups", json={"Backup": backup, "Schedule": schedule})
    assert answer.status_code == 200, answer.text
    identity = answer.json()["ID"]
    assert isinstance(identity, str)
    return identity


def start(client: httpx.Client, path: str, body: object = None) -> int:
    """The id of the task that a request begins."""
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    number = answer.json()["ID"]
    assert isinstance(number, int)
    return number


def ended(client: httpx.Client, task: int, seconds: float = 60) -> dict[str, Any]:
    """The task, when it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = client.get(f"/api/v1/task/{task}").json()
        if found["Status"] in ("Completed", "Failed"):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def ran(client: httpx.Client, backup: str) -> dict[str, Any]:
    """The task of a run of a backup, when it has ended."""
    return ended(client, start(client, f"/api/v1/backup/{backup}/run"))


def versions_apart(client: httpx.Client, backup: str) -> None:
    """Waits for the second after its last version: versions are named by their second."""
    last = client.post("/api/v2/backup/list-filesets", json={"BackupId": backup}).json()["Data"][0]["Time"]
    while time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) <= last[:19]:
        time.sleep(0.05)


def idle(client: httpx.Client, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while client.get("/api/v1/tasks").json():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def under_way(client: httpx.Client, seconds: float = 60) -> dict[str, Any]:
    """The progress of a task that has read something."""
    deadline = time.monotonic() + seconds
    while True:
        answer = client.get("/api/v1/progressstate")
        if answer.status_code == 200 and answer.json()["ProcessedFileSize"]:
            found: dict[str, Any] = answer.json()
            return found
        assert time.monotonic() < deadline
        time.sleep(0.02)
