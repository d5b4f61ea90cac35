"""A restore for trial, from the place Proof."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.api_client import ran
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser


def test_some_files_are_restored_for_trial(page: Page, server: ServerProcess, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(3):
        (source / f"letter {number}.txt").write_text(f"Dear reader {number}")
    backup = {
        "Name": "Documents",
        "TargetURL": f"file://{tmp_path / 'target'}",
        "Sources": [str(source)],
        "Settings": [{"Name": "no-encryption", "Value": "true"}],
    }
    with server.signed_in() as client:
        identity = str(client.post("/api/v1/backups", json={"Backup": backup, "Schedule": None}).json()["ID"])
        ran(client, identity)
    page.goto(f"/#/proof/{identity}")
    expect(page.get_by_text("No version was restored for trial yet.")).to_be_visible()
    page.get_by_role("button", name="Restore some files for trial").click()
    expect(page.get_by_text("Files of 1 of 1 versions were restored for trial.")).to_be_visible()
    expect(page.get_by_text("all as recorded")).to_be_visible()
    expect(page.get_by_text("3 files")).to_be_visible()
    shortened = next((tmp_path / "target").glob("*.dblock.*"))
    shortened.write_bytes(shortened.read_bytes()[:-20])
    page.get_by_role("button", name="Restore some files for trial").click()
    expect(page.get_by_text("3 files did not come back")).to_be_visible()
