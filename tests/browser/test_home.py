"""Home, a backup and the live events, in a real browser on a real server."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from support.api_client import ran
from support.browsing import Watch, sign_in
from support.server_process import ServerProcess, server_process

pytestmark = pytest.mark.browser
SLOW = "300KB"


def job(name: str, source: Path, target: Path) -> dict[str, Any]:
    settings = [{"Name": "--no-encryption", "Value": "true"}, {"Name": "dblock-size", "Value": "5mb"}]
    backup = {"Name": name, "TargetURL": f"file://{target}", "Sources": [str(source)], "Settings": settings}
    return {"Backup": backup, "Schedule": None}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear reader")
    return folder


def saved(client: httpx.Client, name: str, source: Path) -> str:
    answer = client.post("/api/v1/backups", json=job(name, source, source.parent / f"target of {name}"))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


def test_an_imported_backup_is_run_and_its_log_read(page: Page, source: Path, tmp_path: Path) -> None:
    expect(page.get_by_role("heading", name="There is no backup yet.")).to_be_visible()
    page.get_by_role("link", name="Import a backup").click()
    file = tmp_path / "job.json"
    file.write_text(json.dumps(job("Documents", source, tmp_path / "target")))
    page.get_by_label("Job file").set_input_files(file)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("status")).to_have_text("Documents has never run.")
    page.get_by_role("button", name="Run Documents").click()
    expect(page.get_by_role("status")).to_have_text("Everything is backed up.")
    expect(page.get_by_role("img", name="Last 30 days: 1 day ok")).to_be_visible()
    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_role("link", name="History").click()
    page.get_by_role("row", name="Backup").get_by_role("link").click()
    expect(page.get_by_role("list", name="Log")).to_contain_text("The operation Backup has started")


def test_a_run_is_seen_live_and_stopped_by_keyboard(page: Page, server: ServerProcess, source: Path) -> None:
    (source / "film.raw").write_bytes(bytes(range(256)) * 80_000)
    with server.signed_in() as client:
        client.patch("/api/v1/serversettings", json={"max-upload-speed": SLOW})
        backup = saved(client, "Films", source)
        change = with_setting(client, backup, "zip-compression-level", "0")
        client.put(f"/api/v1/backup/{backup}", json=change)
        client.post(f"/api/v1/backup/{backup}/run")
        expect(page.get_by_role("status")).to_have_text("Films is being backed up.")
        expect(page.get_by_role("list", name="Stages").get_by_role("listitem").first).to_contain_text("Scan")
        expect(page.get_by_role("img", name="over the last minute").locator("canvas")).to_be_visible()
        page.get_by_role("button", name="Stop").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="How should it stop?")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("button", name="Stop").press("Enter")
        page.get_by_role("button", name="Abort").press("Enter")
        expect(page.get_by_role("button", name="Run Films")).to_be_visible()


def with_setting(client: httpx.Client, backup: str, name: str, value: str) -> dict[str, Any]:
    found = client.get(f"/api/v1/backup/{backup}").json()
    found["Backup"]["Settings"].append({"Name": f"--{name}", "Value": value})
    return {"Backup": found["Backup"], "Schedule": found["Schedule"]}


def test_what_failed_is_said_first_and_leads_to_its_log(
    page: Page, server: ServerProcess, source: Path
) -> None:
    with server.signed_in() as client:
        saved(client, "Fine", source)
        backup = saved(client, "Broken", source)
        (source.parent / "target of Broken").write_text("This is no folder.")
        client.put(f"/api/v1/backup/{backup}", json=with_setting(client, backup, "number-of-retries", "0"))
        ran(client, backup)
    expect(page.get_by_role("status")).to_have_text("Broken failed.")
    page.get_by_role("link", name="See what went wrong").click()
    expect(page.get_by_role("list", name="What went wrong")).to_contain_text("1 error")


def test_a_restarted_server_is_found_again_without_a_reload(
    stranger: Page, console: Watch, server: ServerProcess, source: Path
) -> None:
    sign_in(stranger)
    stranger.evaluate("window.sameDocument = true")
    port = server.port
    server.stop(signal.SIGKILL)
    expect(stranger.get_by_text("The server does not answer.")).to_be_visible()
    # Chromium itself tells of each attempt that finds nobody.
    with stranger.expect_event("console"):
        pass
    with server_process(server.folder, port=port) as again, again.signed_in() as client:
        saved(client, "Made meanwhile", source)
        made = stranger.get_by_role("heading", name="Made meanwhile", exact=True)
        expect(made).to_be_visible(timeout=20_000)
        expect(stranger.get_by_text("The server does not answer.")).to_be_hidden()
        assert stranger.evaluate("window.sameDocument") is True
        console.expect("ERR_CONNECTION_REFUSED")
        stranger.close()


def test_a_backup_goes_only_after_its_name_was_typed(page: Page, server: ServerProcess, source: Path) -> None:
    with server.signed_in() as client:
        backup = saved(client, "Old", source)
        ran(client, backup)
    page.goto(f"/#/backup/{backup}/delete")
    delete = page.get_by_role("button", name="Delete the backup")
    expect(page.get_by_text("Stays at the destination: 3 files")).to_be_visible()
    page.get_by_label("Delete the backed up data").check()
    expect(delete).to_be_disabled()
    page.get_by_label("Type the name").fill("Old")
    delete.click()
    expect(page.get_by_role("heading", name="There is no backup yet.")).to_be_visible()
    assert list((source.parent / "target of Old").iterdir()) == []


def test_everything_is_paused_and_resumed(page: Page, server: ServerProcess, source: Path) -> None:
    with server.signed_in() as client:
        saved(client, "Documents", source)
    page.get_by_label("Pause everything").click()
    page.get_by_role("button", name="Until I resume").click()
    expect(page.get_by_text("Everything is paused until you resume.")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_label("Pause everything")).to_be_visible()


def test_language_and_theme_are_remembered(page: Page) -> None:
    page.goto("/#/settings")
    page.get_by_label("Theme").select_option("dark")
    page.get_by_label("Language").select_option("de")
    page.reload()
    expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_a_notification_comes_by_itself_and_is_dismissed(page: Page) -> None:
    page.goto("/#/settings/notifications")
    page.get_by_role("button", name="Send a test notification").click()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("This is how a notification looks.")).to_be_visible()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("There is nothing to know.")).to_be_visible()
