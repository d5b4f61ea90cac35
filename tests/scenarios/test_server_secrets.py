"""No secret is in an answer, a log, a database in clear, or the list of processes."""

from __future__ import annotations

import base64
import os
import re
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
from support.api_client import add, ended, idle, job, start, under_way
from support.server_process import ServerProcess, server_process
from support.streams import decrypted

_PASSWORD = "canary-of-the-server-0"
_SECRETS = {
    "passphrase": "canary-of-the-backup-1",
    "target": "canary-of-the-target-2",
    "mail": "canary-of-the-mail-3",
    "default": "canary-of-all-jobs-4",
    "connection": "canary-of-a-connection-5",
    "key": "canary-of-the-settings-6",
    "report": "canary-of-the-report-7",
}
_ALL = (_PASSWORD, *_SECRETS.values())


def _found_in(content: bytes) -> list[str]:
    """In clear, quoted in an address, or in base64 at any offset."""
    found = []
    for secret in _ALL:
        forms = [secret.encode(), secret.replace("-", "%2D").encode()]
        forms += [base64.b64encode(b"x" * at + secret.encode())[4:-4] for at in range(3)]
        found += [secret for form in forms if form in content]
    return found


def _job(tmp_path: Path) -> dict[str, Any]:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.bin").write_bytes(os.urandom(3_000_000))
    settings = {
        "passphrase": _SECRETS["passphrase"],
        "--send-mail-password": _SECRETS["mail"],
        "--send-http-url": f"http://127.0.0.1:9/?token={_SECRETS['report']}",
        "--dblock-size": "2mb",
    }
    return {
        "Name": "Docs",
        "TargetURL": f"{(tmp_path / 'target').as_uri()}?auth-password={_SECRETS['target']}",
        "Sources": [f"{source}/"],
        "Settings": [{"Name": name, "Value": value} for name, value in settings.items()],
    }


def _command_lines(server: ServerProcess) -> bytes:
    process = psutil.Process(server.process.pid)
    lines = []
    for each in (process, *process.children(recursive=True)):
        path = Path(f"/proc/{each.pid}/cmdline")
        lines.append(path.read_bytes() if path.exists() else b"")
    return b"\n".join(lines)


def _every_get(client: httpx.Client, backup: str, run: int) -> dict[str, bytes]:
    """What every GET of the API answers; exports are asked for without passwords."""
    document = client.get("/api/v2/openapi.json").json()
    answers = {}
    for path, methods in document["paths"].items():
        if "get" not in methods or not path.startswith("/api/"):
            continue
        filled = path.replace("/run/{id}", f"/run/{run}").replace("{id}", backup)
        filled = re.sub(r"\{[^}]*\}", "1", filled)
        answers[path] = client.get(filled, params={"level": "Verbose", "pagesize": "500"}).content
    return answers


def test_secrets_stay_where_they_belong(tmp_path: Path) -> None:
    environment = {"SETTINGS_ENCRYPTION_KEY": _SECRETS["key"]}
    log = tmp_path / "server.log"
    options = (f"--log-file={log}", "--log-level=Profiling", "--log-console")
    with server_process(
        tmp_path / "data", *options, environment=environment, password=_PASSWORD
    ) as server:
        with server.signed_in(_PASSWORD) as client:
            client.get("/api/v1/logdata/poll", params={"level": "Profiling"})  # it tells more from now on
            defaults = {"--send-xmpp-password": _SECRETS["default"], "max-upload-speed": "1MB"}
            assert client.patch("/api/v1/serversettings", json=defaults).status_code == 200
            shared = {"Name": "Shared", "BaseUrl": f"ssh://h/p?auth-password={_SECRETS['connection']}"}
            assert client.post("/api/v2/connection-strings", json=shared).json()["Success"]
            backup = add(client, _job(tmp_path))
            task = start(client, f"/api/v1/backup/{backup}/run")
            under_way(client)
            assert _found_in(_command_lines(server)) == []
            client.patch("/api/v1/serversettings", json={"max-upload-speed": ""})
            assert ended(client, task)["Status"] == "Completed"
            # One that fails with the address and the passphrase at hand.
            body = {"time": "", "restore_path": str(tmp_path / "r"), "passphrase": "canary-not-it"}
            ended(client, start(client, f"/api/v1/backup/{backup}/restore", body))
            idle(client)
            runs = client.get(f"/api/v2/backup/{backup}/runs").json()["Data"]
            answers = _every_get(client, backup, runs[0]["ID"])
            assert len(answers) > 35
            assert {path: _found_in(content) for path, content in answers.items() if _found_in(content)} == {}
            for path in ("export", "export-cmdline", "export-argsonly"):
                content = client.get(f"/api/v1/backup/{backup}/{path}").content
                assert _found_in(content) == [], path
            listed = client.post("/api/v2/backup/list-filesets", json={"BackupId": backup}).content
            assert _found_in(listed) == []
            for bad in (b"{", b'{"Backup": 1}', b"\xff", b'{"Password": ' + _PASSWORD.encode()):
                for path in ("/api/v1/backups", "/api/v1/auth/login", f"/api/v1/backup/{backup}"):
                    assert _found_in(client.request("POST", path, content=bad).content) == []
        time.sleep(0.1)
        server.stop()
        assert _found_in(server.text.encode()) == []
    assert _found_in(log.read_bytes()) == []
    assert log.stat().st_size > 1000
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            assert _found_in(file.read_bytes()) == [], file


def test_the_secret_provider_of_the_server_serves_its_jobs(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.txt").write_text("hello")
    options = ("--secret-provider=env://", "--log-console", "--log-level=Profiling")
    environment = {"BACKUP_KEY": _SECRETS["passphrase"]}
    with (
        server_process(tmp_path / "data", *options, environment=environment) as server,
        server.signed_in() as client,
    ):
        backup = add(client, job(tmp_path, encryption_module="aes") | _passphrase("$BACKUP_KEY"))
        task = ended(client, start(client, f"/api/v1/backup/{backup}/run"))
        assert task["Status"] == "Completed", task
        shown = client.get(f"/api/v1/backup/{backup}").json()
        assert "canary" not in str(shown)
        server.stop()
        assert _found_in(server.text.encode()) == []
    (volume,) = (tmp_path / "target-Docs").glob("*.dlist.zip.aes")
    assert decrypted(volume.read_bytes(), _SECRETS["passphrase"]).startswith(b"PK")


def _passphrase(text: str) -> dict[str, Any]:
    return {"Settings": [{"Name": "passphrase", "Value": text}]}
