"""The page against addresses that mean harm, answers that are none, and hasty clicks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from support.browsing import Watch
from support.furnished import job
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser
API = re.compile(r"/api/v\d/")
NOWHERE = ("%E0%A4%A", "constructor", "__proto__", "toString/x", "%")
_TWICE = "(button) => { button.click(); button.click(); }"


def fails(route: Route) -> None:
    route.fulfill(status=500, content_type="application/json", body='{"Error": "Out of order", "Code": 500}')


def is_cut_off(route: Route) -> None:
    route.fulfill(status=200, content_type="application/json", body='{"Data": [{"Na')


def is_a_page(route: Route) -> None:
    route.fulfill(status=200, content_type="text/html", body="<h1>Welcome to the hotel</h1>")


def saved(server: ServerProcess, folder: Path) -> str:
    (folder / "to").mkdir()
    with server.signed_in() as client:
        return str(client.post("/api/v1/backups", json=job("Letters", folder, folder / "to")).json()["ID"])


@pytest.mark.parametrize("address", NOWHERE)
def test_no_address_takes_the_page_away(page: Page, address: str) -> None:
    unknown = page.get_by_role("heading", name="There is no such place.")
    page.evaluate("(address) => { location.hash = address; }", f"#/{address}")
    expect(unknown).to_be_visible()
    page.reload()
    expect(unknown).to_be_visible()


def test_words_that_every_object_knows_are_no_views(
    page: Page, server: ServerProcess, tmp_path: Path
) -> None:
    backup = saved(server, tmp_path)
    for address, heading in (
        ("settings/constructor", "Settings"),
        (f"restore/{backup}/toString/x", "Restore"),
    ):
        page.goto(f"/#/{address}")
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
        expect(page.get_by_text("could not be shown")).to_have_count(0)
        expect(page.get_by_text("[object")).to_have_count(0)


@pytest.mark.parametrize("answer", [fails, is_cut_off, is_a_page])
def test_what_cannot_be_read_is_told_and_read_again(
    page: Page, console: Watch, server: ServerProcess, tmp_path: Path, answer: Callable[[Route], None]
) -> None:
    backup = saved(server, tmp_path)
    places = {
        "settings/running": "Speed",
        "new/name": "New backup",
        f"edit/{backup}/name": "Edit Letters",
        f"backup/{backup}/log": "It has not run yet",
        f"backup/{backup}/options": "dblock-size",
        f"restore/{backup}": "Restore from Letters",
    }
    for address, shown in places.items():
        page.goto("/#/nowhere")
        expect(page.get_by_text("There is no such place.")).to_be_visible()
        page.route(API, answer)
        page.goto(f"/#/{address}")
        again = page.get_by_role("button", name="Try again")
        expect(again).to_be_visible()
        expect(page.get_by_text("There is no such backup.")).to_have_count(0)
        page.unroute(API)
        again.click()
        expect(page.get_by_text(shown).first).to_be_visible()
        expect(again).to_have_count(0)
    if answer is fails:
        console.expect("500")


def test_a_second_click_starts_nothing_twice(page: Page, server: ServerProcess, tmp_path: Path) -> None:
    page.goto("/#/settings/tokens")
    page.get_by_label("What it is for").fill("nightly")
    page.get_by_role("button", name="Make a token").evaluate(_TWICE)
    expect(page.get_by_role("button", name="Revoke nightly")).to_have_count(1)
    file = tmp_path / "job.json"
    file.write_text(json.dumps(job("Letters", tmp_path, tmp_path / "to")))
    page.goto("/#/add")
    page.get_by_label("Job file").set_input_files(file)
    page.get_by_role("button", name="Import").evaluate(_TWICE)
    expect(page.get_by_role("heading", name="Letters")).to_be_visible()
    with server.signed_in() as client:
        assert len(client.get("/api/v1/backups").json()) == 1
        assert len(client.get("/api/v2/auth/tokens").json()["Data"]) == 1


@pytest.mark.parametrize(
    "address",
    [
        "ftp://me:CANARY@host/x",
        "ftp://me:p@CANARY@host/x",
        "ftp://me:p/CANARY@host/x",
        "ftp://host:21/x?auth-password=CANARY",
    ],
)
def test_no_password_of_an_address_is_kept_by_the_browser(page: Page, address: str) -> None:
    page.goto("/#/new/name")
    expect(page.get_by_role("heading", name="New backup")).to_be_visible()
    kept = page.evaluate(
        """async (address) => {
            const { change } = await import("./wizard/store.mjs");
            change((draft) => ({ ...draft, Backup: { ...draft.Backup, TargetURL: address } }));
            return JSON.stringify(sessionStorage) + JSON.stringify(localStorage);
        }""",
        address,
    )
    assert "host" in kept
    assert "CANARY" not in kept
