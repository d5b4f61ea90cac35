"""No place of the page has a fault that shuts somebody out, as far as axe-core can judge it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.axe import faults
from support.browsing import ColourScheme, sign_in, watched_context
from support.furnished import OUTSIDE, Furnished, job, opened
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_place_has_a_grave_fault(browser: Browser, furnished: Furnished, scheme: ColourScheme) -> None:
    with watched_context(browser, furnished.server.url, scheme=scheme) as (context, watch):
        page = context.new_page()
        found = {}
        for name, address in OUTSIDE.items():
            page.goto(address)
            page.get_by_role("heading").first.wait_for()
            found[name] = faults(page)
        watch.messages.clear()  # a link that was used up is refused with 401, as it should be
        sign_in(page)
        for name, address in furnished.places.items():
            opened(page, address)
            found[name] = faults(page)
    assert {name: each for name, each in found.items() if each} == {}


def test_an_open_dialog_has_no_grave_fault(browser: Browser, furnished: Furnished) -> None:
    with watched_context(browser, furnished.server.url) as (context, _):
        page = context.new_page()
        sign_in(page)
        opened(page, "new/destination")
        page.get_by_role("button", name="Choose a folder").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert faults(page) == []


def test_a_live_run_has_no_grave_fault(page: Page, server: ServerProcess, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "film.zip").write_bytes(random.Random(5).randbytes(20_000_000))
    with server.signed_in() as client:
        client.patch("/api/v1/serversettings", json={"max-upload-speed": "300KB"})
        backup = client.post("/api/v1/backups", json=job("Films", source, tmp_path / "target")).json()["ID"]
        client.post(f"/api/v1/backup/{backup}/run")
        expect(page.get_by_role("list", name="Stages")).to_be_visible()
        assert faults(page) == []
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert faults(page) == []
        page.get_by_role("button", name="Abort").click()
        expect(page.get_by_role("button", name="Run Films")).to_be_visible()


def test_a_fault_would_be_found(stranger: Page) -> None:
    stranger.set_content('<html lang="en"><title>A</title><main><h1>A</h1><input></main></html>')
    assert any("label" in each for each in faults(stranger))
