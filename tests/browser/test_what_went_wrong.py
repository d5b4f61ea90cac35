"""From what went wrong to what to do about it, as somebody finds it who knows nothing of the program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browsing import Watch, sign_in, watched_context
from support.furnished import Furnished, job, opened
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser
MANY = 40


@pytest.fixture
def seen(browser: Browser, furnished: Furnished) -> Iterator[Page]:
    with watched_context(browser, furnished.server.url) as (context, _):
        page = context.new_page()
        sign_in(page)
        yield page


def test_a_failure_is_explained_by_its_cause_and_counted_once(seen: Page) -> None:
    """Every failed run stood under the same id without an explanation, and its error was counted twice."""
    seen.get_by_role("link", name="See what went wrong").click()
    problem = seen.get_by_role("list", name="What went wrong").get_by_role("listitem").first
    expect(problem).to_contain_text("1 error")
    expect(problem).to_contain_text("The destination could not do what was asked of it.")
    expect(seen.get_by_role("button", name="Test the destination")).to_be_visible()
    expect(seen.get_by_text("0 / 1", exact=True)).to_be_visible()


def test_the_overview_and_the_notification_lead_to_the_run(seen: Page, furnished: Furnished) -> None:
    opened(seen, furnished.places["backup-failed"])
    seen.get_by_role("link", name="What went wrong").click()
    expect(seen).to_have_url(re.compile(r"/log/\d+$"))
    opened(seen, "activity")
    expect(seen.get_by_text("Photos failed")).to_be_visible()
    seen.get_by_role("link", name="See the log").click()
    expect(seen).to_have_url(re.compile(r"/log/\d+$"))


def test_a_whole_line_of_the_log_is_read(seen: Page, furnished: Furnished) -> None:
    """A long one is cut off in the list; without a mouse there was no way to its end."""
    opened(seen, furnished.places["backup-failed-run"])
    seen.get_by_role("list", name="Log").get_by_role("listitem").last.click()
    expect(seen.get_by_text(re.compile(r"-FailedOperation\]: "))).to_be_visible()


def test_a_backup_that_never_ran_has_nothing_to_restore(seen: Page) -> None:
    """The missing folder of its destination stood there as an error."""
    seen.get_by_role("link", name="Music", exact=True).click()
    address = seen.url.replace("/backup/", "/restore/")
    seen.goto(address)
    expect(seen.get_by_text("This backup has not run here yet")).to_be_visible()


def test_the_moment_of_a_version_is_read_on_a_phone(browser: Browser, furnished: Furnished) -> None:
    """Only its beginning had room beside what can be done."""
    with watched_context(browser, furnished.server.url, width=360, height=740) as (context, _):
        page = context.new_page()
        sign_in(page)
        opened(page, furnished.places["backup-versions"])
        times = page.get_by_role("list", name="Versions").locator("b")
        expect(times).to_have_count(2)
        cut = "all => all.filter((each) => each.scrollWidth > each.clientWidth).length"
        assert times.evaluate_all(cut) == 0


def test_many_backups_are_asked_for_at_once(
    page: Page, server: ServerProcess, console: Watch, tmp_path: Path
) -> None:
    """One request each made Home slow, and each run asked all of them again."""
    with server.signed_in() as client:
        for number in range(MANY):
            name = f"Client {number}"
            assert client.post("/api/v1/backups", json=job(name, tmp_path, tmp_path / name)).is_success
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.get_by_role("status")).to_have_text(f"{MANY} backups have never run.")
    expect(page.get_by_role("link", name="Client 0", exact=True)).to_have_count(2)
    expect(page.get_by_text(f"and {MANY - 3} more")).to_be_visible()
    page.get_by_role("img", name="Last 30 days").last.scroll_into_view_if_needed()
    assert [each for each in asked if "/runs?" in each] == []


def test_home_says_what_is_proven_and_what_is_damaged(
    page: Page, server: ServerProcess, tmp_path: Path
) -> None:
    """All was said to be well after a verification had found damage."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "letter.txt").write_text("Dear reader")
    with server.signed_in() as client:
        made = job("Letters", tmp_path / "source", tmp_path / "target")
        made["Backup"]["Settings"].append({"Name": "backup-test-samples", "Value": "0"})
        saved = client.post("/api/v1/backups", json=made)
        backup = saved.json()["ID"]
        client.post(f"/api/v1/backup/{backup}/run")
        expect(page.get_by_role("status")).to_have_text("Everything is backed up.")
        expect(page.get_by_role("link", name="nothing read back yet")).to_be_visible()
        client.post(f"/api/v2/backup/{backup}/verify", json={"Samples": None})
        expect(page.get_by_role("link", name="100 % read back and good")).to_be_visible()
        (volume,) = (tmp_path / "target").glob("*.dblock.*")
        volume.write_bytes(b"?" * volume.stat().st_size)
        client.post(f"/api/v2/backup/{backup}/verify", json={"Samples": None})
        expect(page.get_by_role("status")).to_have_text("1 volume of Letters is damaged.")
    page.get_by_role("link", name="See what can be done").click()
    expect(page.get_by_text("Run the backup again: ")).to_be_visible()
