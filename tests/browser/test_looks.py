"""Each page in both colours, wide and narrow: pictures to look at, and no page wider than its window."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browsing import ColourScheme, sign_in, watched_context
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser
SIZES = ((1200, 800), (360, 740))
# Name of the picture and address, of pages that need nobody signed in and of those that do.
OUTSIDE = {"login": "/login.html"}
INSIDE = {
    "home": "/",
    "activity": "/#/activity",
    "settings": "/#/settings",
    "import": "/#/add",
    "restore": "/#/restore",
    "restore-open": "/#/restore/open",
    "new": "/#/new",
    "new-destination": "/#/new/destination",
    "new-sources": "/#/new/sources",
    "new-schedule": "/#/new/schedule",
    "new-options": "/#/new/options",
    "new-review": "/#/new/review",
    "new-sheet": "/#/new/sheet",
}


@pytest.mark.parametrize("scheme", get_args(ColourScheme))
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_pictures_of_every_page(
    browser: Browser,
    server: ServerProcess,
    screenshots: Path,
    scheme: ColourScheme,
    width: int,
    height: int,
) -> None:
    ending = f"{scheme}-{width}.png"
    with watched_context(browser, server.url, width=width, height=height, scheme=scheme) as (context, _):
        page = context.new_page()
        for name, address in OUTSIDE.items():
            page.goto(address)
            _look(page, screenshots / f"{name}-{ending}")
        sign_in(page)
        for name, address in INSIDE.items():
            page.goto(address)
            page.get_by_role("status").first.wait_for()
            _look(page, screenshots / f"{name}-{ending}")


def _look(page: Page, picture: Path) -> None:
    page.wait_for_load_state()
    expect(page.get_by_text("Loading…", exact=True)).to_have_count(0)
    page.screenshot(path=picture, full_page=True)
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], f"{picture.stem} is wider than its window"
