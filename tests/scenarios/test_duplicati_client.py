"""PyPI's duplicati-client, the old protocol's client, as its users run it (spec/server.md 11.1).

Its own console script cannot be started, since its modules import each other as top-level names: its main
file is run, as its users do.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.server_process import PASSWORD, ServerProcess, server_process


class _Client:
    def __init__(self, home: Path, server: ServerProcess) -> None:
        found = importlib.util.find_spec("duplicati_client")
        assert found is not None
        assert found.submodule_search_locations is not None
        self._program = Path(next(iter(found.submodule_search_locations))) / "duplicati_client.py"
        self._home = home
        self.server = server
        (home / ".config" / "duplicati-client").mkdir(parents=True)

    def __call__(self, *words: object, code: int = 0) -> str:
        run = subprocess.run(
            [sys.executable, "-W", "ignore", str(self._program), *map(str, words)],
            cwd=self._home,
            env={**os.environ, "HOME": str(self._home), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in run.stderr, run.stderr
        assert run.returncode == code, run.stdout + run.stderr
        return run.stdout

    def parsed(self, *words: object) -> Any:  # Any: what YAML holds
        return yaml.safe_load(self(*words))

    def login(self, password: str = PASSWORD) -> str:
        return self("login", self.server.url, "--password", password, "--script")

    def until_idle(self) -> None:
        deadline = time.monotonic() + 60
        with self.server.signed_in() as client:
            while client.get("/api/v1/tasks").json():
                assert time.monotonic() < deadline
                time.sleep(0.05)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[_Client]:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.txt").write_text("hello")
    home = tmp_path / "home"
    home.mkdir()
    with server_process(tmp_path / "data") as server:
        yield _Client(home, server)


def _job(tmp_path: Path, name: str = "Docs") -> Path:
    whole = {
        "CreatedByVersion": "2.0.8.1",
        "Schedule": {
            "ID": 1,
            "Tags": ["ID=1"],
            "Time": "2040-01-01T00:00:00Z",
            "Repeat": "1D",
            "LastRun": "0001-01-01T00:00:00Z",
            "Rule": "AllowedWeekDays=Monday",
            "AllowedDays": ["mon"],
        },
        "Backup": {
            "ID": "1",
            "Name": name,
            "Description": "",
            "Tags": [],
            "TargetURL": (tmp_path / f"target-{name}").as_uri(),
            "DBPath": None,
            "Sources": [f"{tmp_path / 'source'}/"],
            "Settings": [
                {"Filter": "", "Name": "encryption-module", "Value": "aes", "Argument": None},
                {"Filter": "", "Name": "passphrase", "Value": "very secret", "Argument": None},
            ],
            "Filters": [],
            "Metadata": {},
            "IsTemporary": False,
        },
        "DisplayNames": {},
    }
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(whole))
    return path


def test_a_job_from_its_making_to_its_end(client: _Client, tmp_path: Path) -> None:
    assert "Login successful" in client.login()
    client("list", "backups", code=2)  # there is none yet
    assert "Backup job created" in client("create", "backup", _job(tmp_path))
    (listed,) = client.parsed("list", "backups")
    assert listed["Docs"]["ID"] == "1"
    client("run", 1)
    client.until_idle()
    (listed,) = client.parsed("list", "backups")
    assert "very secret" not in client("describe", "backup", 1)
    (database,) = client.parsed("list", "databases")
    assert database["Exists"] is True
    assert "Running" in client("status")
    assert '"AddedFiles": 1' in client("logs", "backup", "--id", 1).replace("\\", "")
    assert "dblock" in client("logs", "backup", "--id", 1, "--remote", "--all")
    assert "CompletedOperation" in client("logs", "information")
    client("logs", "stored")
    client("repair", 1)
    client.until_idle()
    client("delete", "database", 1, "--confirm")
    (database,) = client.parsed("list", "databases")
    assert database["Exists"] is False
    client("delete", "backup", 1, "--confirm")
    client.until_idle()
    client("list", "backups", code=2)


def test_export_and_import_and_update(client: _Client, tmp_path: Path) -> None:
    client.login()
    client("create", "backup", _job(tmp_path))
    out = tmp_path / "out"
    out.mkdir()
    client("export", 1, "--output", "json", "--output-path", out)
    (exported,) = out.iterdir()
    whole = json.loads(exported.read_text())
    assert whole["Backup"]["Name"] == "Docs"
    assert {"passphrase": "very secret"}.items() <= {
        each["Name"]: each["Value"] for each in whole["Backup"]["Settings"]
    }.items()
    whole["Backup"]["Description"] = "of the office"
    exported.write_text(json.dumps(whole))
    client("update", "backup", 1, exported)
    assert "of the office" in client("describe", "backup", 1)
    client("create", "backup", _job(tmp_path, "Other"))
    assert len(client.parsed("list", "backups")) == 2


def test_pause_settings_notifications_and_password(client: _Client, tmp_path: Path) -> None:
    client.login()
    client("pause", "--duration", "5m")
    assert "Paused" in client("status")
    client("resume")
    assert "Paused" not in client("status")
    client("list", "serversettings")
    client("list", "systeminfo")
    job = json.loads(_job(tmp_path).read_text())
    job["Backup"]["Sources"] = [str(tmp_path / "absent") + "/"]
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(job))
    client("create", "backup", path)
    client("run", 1)
    client.until_idle()
    assert "Error while running Docs" in client("list", "notifications")
    client("dismiss", "all")
    client("list", "notifications", code=2)
    client("set", "password", "--password", "another one", "--script")
    client("logout")
    old = ("login", client.server.url, "--password", PASSWORD, "--script")
    assert "Login successful" not in client(*old, code=2)
    assert "Login successful" in client.login("another one")
