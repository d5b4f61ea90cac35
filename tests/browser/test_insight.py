"""What changed, what went wrong, what ran and what is proven, on the page with real backups."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from support.api_client import ran, versions_apart
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser


def saved(client: httpx.Client, name: str, *sources: Path, schedule: dict[str, Any] | None = None) -> str:
    options = {"no-encryption": "true", "dblock-size": "5mb", "backup-test-samples": "0"}
    settings = [{"Name": name, "Value": value} for name, value in options.items()]
    target = sources[0].parent / f"target of {name}"
    backup = {
        "Name": name,
        "TargetURL": f"file://{target}",
        "Sources": [str(each) for each in sources],
        "Settings": settings,
    }
    answer = client.post("/api/v1/backups", json={"Backup": backup, "Schedule": schedule})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name, size in (("films", 400_000), ("letters", 30_000), ("old", 90_000)):
        (folder / name).mkdir(parents=True)
        (folder / name / "first.bin").write_bytes(name.encode() * (size // len(name)))
    (folder / "letter.txt").write_text("Dear reader")
    return folder


@pytest.fixture
def compared(server: ServerProcess, source: Path) -> str:
    """Two versions: in ``films`` something came, ``letter.txt`` changed, ``old`` went."""
    with server.signed_in() as client:
        backup = saved(client, "Documents", source)
        ran(client, backup)
        (source / "films" / "second.bin").write_bytes(bytes(range(256)) * 2000)
        (source / "letter.txt").write_text("Dear reader, there is more to say.")
        shutil.rmtree(source / "old")
        versions_apart(client, backup)
        ran(client, backup)
    return backup


def changes(server: ServerProcess, backup: str) -> dict[str, Any]:
    with server.signed_in() as client:
        answer = client.post(f"/api/v2/backup/{backup}/compare", json={"Base": 1, "Target": 0})
    found: dict[str, Any] = answer.json()["Data"]
    return found


def test_two_versions_are_compared_by_keyboard(
    page: Page, server: ServerProcess, source: Path, compared: str
) -> None:
    page.goto(f"/#/backup/{compared}")
    page.get_by_role("link", name="Versions", exact=True).click()
    rows = page.get_by_role("list", name="Versions").get_by_role("listitem")
    expect(rows).to_have_count(2)
    rows.first.get_by_role("link", name="What changed").click()
    whole = changes(server, compared)["Whole"]
    assert (whole["Added"], whole["Modified"], whole["Deleted"]) == (1, 1, 1)
    expect(page.get_by_role("heading", name="1 file came, 1 changed, 1 went; it grew by")).to_be_visible()
    table = page.get_by_role("table", name="Changes")
    expect(table.get_by_role("row")).to_have_count(1 + len(changes(server, compared)["Parts"]))
    expect(table.get_by_role("row", name="old")).to_contain_text("87.9 KiB")
    picture = page.get_by_role("list", name="Changes as areas")
    largest = picture.get_by_role("link", name="films: 1 file came")
    largest.focus()
    page.keyboard.press("ArrowRight")
    expect(picture.get_by_role("link", name="old: 1 went")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(picture.get_by_role("link", name="second.bin: 1 file came")).to_be_visible()
    assert page.url.endswith("source%2Ffilms%2F")
    page.reload()
    page.get_by_role("navigation", name="The folders above").get_by_role("link", name="source").click()
    expect(picture.get_by_role("link", name="letter.txt: 1 changed")).to_be_visible()


def test_what_grew_is_left_out_from_now_on(
    page: Page, server: ServerProcess, source: Path, compared: str
) -> None:
    page.goto(f"/#/backup/{compared}/compare")
    page.get_by_role("button", name="Leave out films").click()
    dialog = page.get_by_role("dialog", name="Leave this out of the backup?")
    dialog.get_by_role("button", name="Keep as it is").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Leave out films").click()
    dialog.get_by_role("button", name="Leave it out").click()
    expect(page.get_by_text("It is left out from the next run on.")).to_be_visible()
    with server.signed_in() as client:
        filters = client.get(f"/api/v1/backup/{compared}").json()["Backup"]["Filters"]
        assert filters == [{"Order": 0, "Include": False, "Expression": f"{source}/films/"}]
        versions_apart(client, compared)
        ran(client, compared)
        changed = changes(server, compared)
    assert (changed["Whole"]["Deleted"], changed["Whole"]["Added"]) == (2, 0)


def test_a_missing_source_is_explained_and_taken_out(page: Page, server: ServerProcess, source: Path) -> None:
    gone = source.parent / "gone"
    with server.signed_in() as client:
        backup = saved(client, "Documents", source, gone)
        ran(client, backup)
    page.goto(f"/#/backup/{backup}/log")
    page.get_by_role("row", name="Backup").get_by_role("link").click()
    problem = page.get_by_role("list", name="What went wrong").get_by_role("listitem").first
    expect(problem).to_contain_text("1 warning")
    expect(problem).to_contain_text("If you deleted or moved them, take them out of the backup.")
    problem.get_by_role("button", name=f"Take out {gone}").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it out").click()
    expect(problem.get_by_text("taken out")).to_be_visible()
    with server.signed_in() as client:
        assert client.get(f"/api/v1/backup/{backup}").json()["Backup"]["Sources"] == [str(source)]
    problem.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("status").first).to_have_text("ok")


def test_the_log_of_a_run_is_searched_and_its_calls_are_told(
    page: Page, server: ServerProcess, source: Path
) -> None:
    with server.signed_in() as client:
        backup = saved(client, "Documents", source, source.parent / "gone")
        ran(client, backup)
        run = client.get(f"/api/v2/backup/{backup}/runs").json()["Data"][0]["ID"]
    page.goto(f"/#/backup/{backup}/log/{run}")
    lines = page.get_by_role("list", name="Log").get_by_role("listitem")
    expect(lines.filter(has_text="The operation Backup has started")).to_have_count(1)
    page.get_by_label("Show").select_option("warnings and errors")
    expect(lines).to_have_count(1)
    page.get_by_label("With these words").fill("nothing of that kind")
    expect(lines).to_have_count(0)
    page.get_by_text("What the destination was asked").click()
    calls = page.get_by_role("table", name="What the destination was asked")
    expect(calls.get_by_role("row", name="upload")).to_have_count(3)


def test_runs_are_charted_and_filtered_by_the_address(
    page: Page, server: ServerProcess, compared: str
) -> None:
    page.goto(f"/#/backup/{compared}/log")
    chart = page.get_by_role("img", name="Duration of each run")
    expect(chart.locator("canvas")).to_be_visible()
    page.get_by_label("Result").focus()
    page.get_by_label("Result").select_option("failed")
    expect(page.get_by_text("None of the runs shown here is like that.")).to_be_visible()
    assert page.url.endswith("/log/all/failed")
    expect(page.get_by_label("Result")).to_be_focused()
    page.goto(f"/#/backup/{compared}/log/Backup/ok")
    expect(page.get_by_role("row", name="Backup")).to_have_count(2)


def test_the_live_log_follows_and_is_held(page: Page, server: ServerProcess, source: Path) -> None:
    with server.signed_in() as client:
        backup = saved(client, "Documents", source)
        page.goto("/#/activity/log")
        page.get_by_label("How much").select_option("everything")
        expect(page.get_by_text("Nothing has been written yet at this level.")).to_be_visible()
        ran(client, backup)
        lines = page.get_by_role("list", name="Live log")
        expect(lines).to_contain_text("The operation Backup has completed")
        page.get_by_role("button", name="Hold").click()
        expect(page.get_by_text("Held: new lines are not shown.")).to_be_visible()


def test_the_calendar_shows_what_ran_and_will(page: Page, server: ServerProcess, source: Path) -> None:
    rule = {"Time": "2036-01-07T12:30:00Z", "Repeat": "1D"}
    with server.signed_in() as client:
        backup = saved(client, "Documents", source, schedule=rule)
        ran(client, backup)
    page.goto("/#/activity")
    page.get_by_role("link", name="Calendar").click()
    expect(page.locator("[aria-current=date]")).to_be_visible()
    # Not by the day of today: midnight may have come since it ran.
    page.get_by_role("link", name=re.compile(": 1 ok$")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="Documents").get_by_text("1 run,")).to_be_visible()
    page.goto("/#/activity/calendar/2036-01")
    page.get_by_role("link", name="Tuesday, January 8: 1 planned").click()
    expect(page.get_by_role("listitem").filter(has_text="Documents").get_by_text("planned")).to_be_visible()


def test_only_what_was_read_back_is_proven(page: Page, server: ServerProcess, compared: str) -> None:
    page.get_by_role("link", name="Proof").click()
    page.get_by_role("listitem").get_by_role("link", name="Documents").click()
    expect(page.get_by_role("status").first).to_have_text("Nothing of Documents has been verified yet.")
    cells = page.get_by_role("group", name="Proof of Documents").get_by_role("img")
    expect(cells).to_have_count(6)
    expect(cells.and_(page.get_by_role("img", name="not verified yet"))).to_have_count(6)
    page.get_by_role("button", name="Verify all").click()
    expect(page.get_by_role("status").first).to_contain_text("100 % of the data of Documents was read back")
    expect(cells.and_(page.get_by_role("img", name="read back and good"))).to_have_count(6)
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    told = cells.nth(1).get_attribute("aria-label")
    assert told is not None
    expect(page.get_by_text(told, exact=True)).to_be_visible()
    with server.signed_in() as client:
        held = client.get(f"/api/v2/backup/{compared}/proof").json()["Data"]
    assert (held["Volumes"], held["Checked"], held["Damaged"]) == (6, 6, 0)


def test_versions_of_one_minute_are_told_apart_by_their_seconds(page: Page) -> None:
    words = """async () => {
        const { clock, crowded } = await import("./format.mjs");
        const times = [7205, 7201, 7140, 3600];
        const close = crowded(times);
        return times.map((each) => clock(new Date(each * 1000), close.has(each)).length);
    }"""
    assert page.evaluate(words) == [8, 8, 5, 5]
