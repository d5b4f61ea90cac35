"""Upkeep on the page: tidying up, damaged files, files and versions that are to go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.api_client import ran, versions_apart
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser


@pytest.fixture
def kept(server: ServerProcess, tmp_path: Path) -> str:
    """Two versions: the second has one file more."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "letter.txt").write_text("Dear reader")
    (source / "film.iso").write_bytes(bytes(range(256)) * 1000)
    backup = {
        "Name": "Documents",
        "TargetURL": f"file://{tmp_path / 'target'}",
        "Sources": [str(source)],
        "Settings": [{"Name": "no-encryption", "Value": "true"}],
    }
    with server.signed_in() as client:
        answer = client.post("/api/v1/backups", json={"Backup": backup, "Schedule": None})
        identity = str(answer.json()["ID"])
        ran(client, identity)
        (source / "later.txt").write_text("later")
        versions_apart(client, identity)
        ran(client, identity)
    return identity


def lists(tmp_path: Path) -> int:
    return len(list((tmp_path / "target").glob("*.dlist.*")))


def test_tasks_are_started_and_told(page: Page, server: ServerProcess, kept: str) -> None:
    page.goto(f"/#/backup/{kept}/upkeep")
    for name in ("Repair now", "Compact now", "Shrink now"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_text("It runs, or waits for its turn.")).to_be_visible()
        expect(page.get_by_role("button", name=name)).to_be_enabled()
    page.get_by_role("link", name="History").first.click()
    for word in ("Repair", "Compact", "Shrink the database"):
        expect(page.get_by_role("row", name=word).first).to_be_visible()


def test_damaged_files_are_found_and_taken_out(
    page: Page, server: ServerProcess, kept: str, tmp_path: Path
) -> None:
    page.goto(f"/#/backup/{kept}/upkeep")
    page.get_by_role("button", name="Look for damaged files").click()
    expect(page.get_by_text("Every file of every version can be restored")).to_be_visible()
    smallest = min((tmp_path / "target").glob("*.dblock.*"), key=lambda path: path.stat().st_size)
    smallest.unlink()
    page.get_by_role("button", name="Look for damaged files").click()
    expect(page.get_by_text(re.compile("1 version has files that cannot be restored"))).to_be_visible()
    page.locator("summary", has_text="cannot be restored").click()
    expect(page.get_by_text("later.txt")).to_be_visible()
    page.get_by_role("button", name="Take them out of the versions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Take them out of the versions").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Compact now")).to_be_enabled()
    page.get_by_role("button", name="Look for damaged files").click()
    expect(page.get_by_text("Every file of every version can be restored")).to_be_visible()


def test_files_are_purged_after_a_look(page: Page, server: ServerProcess, kept: str, tmp_path: Path) -> None:
    page.goto(f"/#/backup/{kept}/upkeep")
    page.get_by_label("Which files").fill("*.nothing")
    page.get_by_role("button", name="Show what would go").click()
    expect(page.get_by_text("No version has such a file.")).to_be_visible()
    page.get_by_label("Which files").fill("*/later.txt")
    page.get_by_role("button", name="Show what would go").click()
    expect(page.get_by_text(re.compile("1 entry would go"))).to_be_visible()
    page.get_by_role("button", name="Take them out for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert lists(tmp_path) == 2
    page.get_by_role("button", name="Take them out for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Take them out for good").click()
    expect(page.get_by_role("button", name="Compact now")).to_be_enabled()
    page.get_by_role("button", name="Show what would go").click()
    expect(page.get_by_text("No version has such a file.")).to_be_visible()


def test_a_version_is_deleted_by_its_time(page: Page, kept: str, tmp_path: Path) -> None:
    page.goto(f"/#/backup/{kept}/versions")
    buttons = page.get_by_role("button", name="Delete", exact=True)
    expect(buttons).to_have_count(2)
    buttons.nth(1).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(buttons).to_have_count(1)
    assert lists(tmp_path) == 1


def test_a_backup_gets_another_passphrase(page: Page, kept: str, tmp_path: Path) -> None:
    page.goto(f"/#/backup/{kept}/upkeep")
    page.get_by_role("button", name="Change…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("The new passphrase", exact=True).fill("correct horse")
    dialog.get_by_label("The new passphrase again").fill("correct hose")
    expect(dialog.get_by_text("The two differ.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Encrypt anew")).to_be_disabled()
    dialog.get_by_label("The new passphrase again").fill("correct horse")
    dialog.get_by_role("button", name="Encrypt anew").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Compact now")).to_be_enabled(timeout=20_000)
    assert {path.suffix for path in (tmp_path / "target").iterdir() if path.is_file()} == {".aes"}
    page.get_by_role("button", name="Run", exact=False).first.click()
    page.get_by_role("link", name="History").first.click()
    expect(page.get_by_role("row", name="Backup")).to_have_count(3)
