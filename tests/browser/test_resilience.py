"""The whole page against what the world does to it: names that mean harm, ends of the server, other tabs."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect
from support.browsing import Watch, sign_in, watched_context
from support.furnished import Furnished, job, opened
from support.server_process import ServerProcess, server_process

pytestmark = pytest.mark.browser
WORDS = Path(__file__).parents[2] / "web" / "triplicati_web" / "static" / "words"
_LABELS = "[...document.querySelectorAll('[aria-label]')].map((each) => each.ariaLabel)"
FIRST_VIEW = 300 * 1024
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "\u202egnp.exe \u2066mixed\u2069",
    "n" * 1000,
    "<script>alert(2)</script>${alert(3)}",
    "javascript:alert(4)",
)


def saved(client: httpx.Client, name: str, folder: Path) -> str:
    answer = client.post("/api/v1/backups", json=job(name, folder, folder / "target"))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


def test_the_first_view_is_small_and_other_places_come_when_opened(page: Page) -> None:
    answers: list[Response] = []

    def came(answer: Response) -> None:
        answers.append(answer)

    page.on("response", came)
    page.reload(wait_until="networkidle")
    expect(page.get_by_role("heading", name="There is no backup yet.")).to_be_visible()
    asked = [each.url for each in answers]
    assert sum(each.request.sizes()["responseBodySize"] for each in answers) <= FIRST_VIEW
    later = ("wizard/", "restore/", "settings/", "activity/", "proof/", "compare/", "uplot", "words/de")
    assert [url for url in asked if any(f"/{each}" in url for each in later)] == []
    page.goto("/#/settings")
    page.get_by_role("navigation", name="Sections").wait_for()
    assert any("/settings/" in each.url for each in answers)


@pytest.mark.parametrize("width", [1200, 360])
def test_hostile_names_do_nothing_and_break_no_layout(
    browser: Browser, server: ServerProcess, tmp_path: Path, width: int
) -> None:
    with server.signed_in() as client:
        numbers = [saved(client, name, tmp_path) for name in HOSTILE]
    with watched_context(browser, server.url, width=width) as (context, _):
        page = context.new_page()
        page.on("dialog", lambda dialog: pytest.fail(f"It ran: {dialog.message}"))
        sign_in(page)
        places = ["", "restore", "activity", "proof", "javascript:alert(5)"]
        places.append("%3Cimg src=x onerror=alert(6)%3E")
        tabs = ("", "/versions", "/log", "/options", "/delete")
        places += [f"backup/{number}{tab}" for number in numbers for tab in tabs]
        places += [f"edit/{number}/review" for number in numbers]
        for address in places:
            opened(page, address)
            wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert wide[0] <= wide[1], f"{address} is wider than its window"
            assert page.locator("a[href^='javascript:'], img[src='x'], main script").count() == 0


def test_a_place_is_there_again_after_the_server_was_killed(
    stranger: Page, console: Watch, server: ServerProcess
) -> None:
    sign_in(stranger)
    opened(stranger, "settings/running")
    stranger.get_by_label("Upload at most", exact=True).fill("250")
    stranger.evaluate("window.sameDocument = true")
    port = server.port
    server.stop(signal.SIGKILL)
    expect(stranger.get_by_text("The server does not answer.")).to_be_visible()
    with stranger.expect_event("console"):
        pass
    with server_process(server.folder, port=port):
        expect(stranger.get_by_text("The server does not answer.")).to_be_hidden(timeout=20_000)
        expect(stranger.get_by_label("Upload at most", exact=True)).to_have_value("250")
        stranger.get_by_role("button", name="Save").click()
        expect(stranger.get_by_text("Saved.")).to_be_visible()
        assert stranger.evaluate("window.sameDocument") is True
        console.expect("ERR_CONNECTION_REFUSED")
        stranger.close()


def test_two_tabs_see_the_same(
    page: Page, profile: tuple[BrowserContext, Watch], server: ServerProcess, tmp_path: Path
) -> None:
    other = profile[0].new_page()
    opened(other, "")
    with server.signed_in() as client:
        backup = saved(client, "Seen by both", tmp_path)
    for each in (page, other):
        expect(each.get_by_role("heading", name="Seen by both", exact=True)).to_be_visible()
    opened(other, f"backup/{backup}/delete")
    other.get_by_role("button", name="Delete the backup").click()
    for each in (page, other):
        expect(each.get_by_role("heading", name="There is no backup yet.")).to_be_visible()


def test_no_place_shows_english_in_german(browser: Browser, furnished: Furnished) -> None:
    english, german = (texts(language) for language in ("en", "de"))
    # Short words are words of German too, or parts of names.
    foreign = {text for text in english.values() if len(text) > 6 and "{" not in text} - set(german.values())
    with watched_context(browser, furnished.server.url) as (context, _):
        page = context.new_page()
        sign_in(page)
        page.evaluate("localStorage.setItem('triplicati:language', 'de')")
        page.reload()
        found = {}
        for name, address in furnished.places.items():
            opened(page, address)
            lines = {line.strip() for line in page.locator("body").inner_text().splitlines()}
            labels = page.evaluate(_LABELS)
            found[name] = (lines | set(labels)) & foreign
    assert {name: each for name, each in found.items() if each} == {}


def texts(language: str) -> dict[str, str]:
    pairs = re.findall(r'^ {2}(".*?"): (".*"),$', (WORDS / f"{language}.mjs").read_text(), re.MULTILINE)
    return {json.loads(key): json.loads(text) for key, text in pairs}


def test_an_imported_schedule_starts_off_unless_it_is_wanted(
    page: Page, server: ServerProcess, tmp_path: Path
) -> None:
    file = tmp_path / "job.json"
    for name, wanted in (("Quiet", False), ("Awake", True)):
        file.write_text(json.dumps(job(name, tmp_path, tmp_path / name, repeat="1D")))
        opened(page, "add")
        page.get_by_label("Job file").set_input_files(file)
        box = page.get_by_label("Turn its schedule on")
        expect(box).not_to_be_checked()
        box.set_checked(wanted)
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    with server.signed_in() as client:
        due = client.get("/api/v2/schedule").json()["Data"]["Proposed"]
    assert len(due) == 1
