"""A server with backups in several states, and the addresses of everything that its page can show of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import Page, expect

from support.api_client import ran, versions_apart
from support.server_process import ServerProcess, server_process

# Of pages that need nobody signed in.
OUTSIDE = {"login": "/login.html", "signin-refused": "/signin.html?token=none"}
_STEPS = ("name", "destination", "sources", "schedule", "options", "review", "sheet")
_SECTIONS = ("look", "running", "notifications", "options", "sign-in", "access", "tokens", "about")


@dataclass(frozen=True)
class Furnished:
    """`places`: the address behind the ``#`` of each place and state, by a name for it. `backup` has two
    versions of `source` and a copy of them, another one failed, a third never ran."""

    server: ServerProcess
    backup: str
    source: Path
    places: dict[str, str]


@contextmanager
def furnished_server(folder: Path) -> Iterator[Furnished]:
    source = folder / "source"
    (source / "Letters").mkdir(parents=True)
    (source / "Photos").mkdir()
    (source / "Letters" / "aunt.txt").write_text("Dear aunt,\nall is well.\n")
    (source / "Photos" / "beach.raw").write_bytes(bytes(range(256)) * 4000)
    with server_process(folder / "data") as server, server.signed_in() as client:
        documents = _saved(
            client, "Documents", source, folder / "target", repeat="1D", copy=folder / "copy"
        )
        ran(client, documents)
        versions_apart(client, documents)
        (source / "Letters" / "aunt.txt").write_text("Dear aunt,\nall is still well.\n")
        (source / "Letters" / "uncle.txt").write_text("Dear uncle")
        ran(client, documents)
        broken = _saved(client, "Photos", source, folder / "no-folder")
        (folder / "no-folder").write_text("in the way")
        ran(client, broken)
        _saved(client, "Music", source, folder / "music")
        places = _places(client, documents, source / "Letters" / "aunt.txt", broken)
        yield Furnished(server, documents, source, places)


def opened(page: Page, address: str) -> None:
    """Opens a place, and waits until it has said what it has to."""
    page.goto(f"/#/{address}")
    page.get_by_role("heading").first.wait_for()
    for word in ("Loading…", "Counting…"):
        expect(page.get_by_text(word, exact=True).filter(visible=True)).to_have_count(0)


def job(name: str, source: Path, target: Path, repeat: str = "") -> dict[str, Any]:
    settings = {"no-encryption": "true", "dblock-size": "5mb", "number-of-retries": "0"}
    named = [{"Name": name, "Value": value} for name, value in settings.items()]
    backup = {"Name": name, "TargetURL": f"file://{target}", "Sources": [str(source)], "Settings": named}
    due = {"Repeat": repeat, "Time": "2040-01-01T02:00:00Z", "AllowedDays": []}
    return {"Backup": backup, "Schedule": due if repeat else None}


def _saved(
    client: httpx.Client, name: str, source: Path, target: Path, repeat: str = "", copy: Path | None = None
) -> str:
    made = job(name, source, target, repeat)
    made["Backup"]["AdditionalTargetURLs"] = [] if copy is None else [{"TargetUrl": copy.as_uri()}]
    answer = client.post("/api/v1/backups", json=made)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


def _places(client: httpx.Client, backup: str, file: Path, broken: str) -> dict[str, str]:
    versions = client.post("/api/v2/backup/list-filesets", json={"BackupId": backup}).json()["Data"]
    new, old = (int(datetime.fromisoformat(each["Time"]).timestamp()) for each in versions)
    runs = (client.get(f"/api/v2/backup/{each}/runs").json()["Data"] for each in (backup, broken))
    run, failed = (each[0]["ID"] for each in runs)
    found = {
        "home": "",
        "unknown": "nowhere",
        "import": "add",
        "backup": f"backup/{backup}",
        "backup-versions": f"backup/{backup}/versions",
        "backup-history": f"backup/{backup}/log",
        "backup-run": f"backup/{backup}/log/{run}",
        "backup-failed-run": f"backup/{broken}/log/{failed}",
        "backup-upkeep": f"backup/{backup}/upkeep",
        "backup-options": f"backup/{backup}/options",
        "backup-delete": f"backup/{backup}/delete",
        "backup-failed": f"backup/{broken}",
        "backup-gone": "backup/999",
        "compare": f"backup/{backup}/compare/{old}/{new}",
        "restore": "restore",
        "restore-open": "restore/open",
        "restore-find": f"restore/{backup}/find/aunt",
        "restore-version": f"restore/{backup}/v/{new}/{quote(str(file.parent), safe='')}",
        "restore-file": f"restore/{backup}/file/{quote(str(file), safe='')}",
        "activity": "activity",
        "activity-calendar": "activity/calendar",
        "activity-log": "activity/log",
        "proof": "proof",
        "proof-backup": f"proof/{backup}",
        "settings": "settings",
        "edit-destination": f"edit/{backup}/destination",
        "edit-review": f"edit/{backup}/review",
    }
    found |= {f"new-{step}": f"new/{step}" for step in _STEPS}
    return found | {f"settings-{section}": f"settings/{section}" for section in _SECTIONS}
