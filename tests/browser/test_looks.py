"""Each place in both colours, wide and narrow: pictures to look at, and no page wider than its window."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browsing import ColourScheme, sign_in, watched_context
from support.furnished import OUTSIDE, Furnished, opened
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser
# Names in the bar of places that are wider than their room.
_CUT = """[...document.querySelectorAll(".side a > span")]
  .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)"""
SIZES = ((1200, 800), (360, 740))


@pytest.mark.parametrize("scheme", get_args(ColourScheme))
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_pictures_of_every_place(
    browser: Browser,
    furnished: Furnished,
    screenshots: Path,
    scheme: ColourScheme,
    width: int,
    height: int,
) -> None:
    ending = f"{scheme}-{width}.png"
    url = furnished.server.url
    with watched_context(browser, url, width=width, height=height, scheme=scheme) as (context, watch):
        page = context.new_page()
        for name, address in OUTSIDE.items():
            page.goto(address)
            page.get_by_role("heading").first.wait_for()
            _look(page, screenshots / f"{name}-{ending}")
        watch.messages.clear()  # a link that was used up is refused with 401, as it should be
        sign_in(page)
        for name, address in furnished.places.items():
            opened(page, address)
            _look(page, screenshots / f"{name}-{ending}")


def test_pictures_of_an_empty_server(browser: Browser, server: ServerProcess, screenshots: Path) -> None:
    for scheme in get_args(ColourScheme):
        for width, height in SIZES:
            watched = watched_context(browser, server.url, width=width, height=height, scheme=scheme)
            with watched as (context, _):
                page = context.new_page()
                sign_in(page)
                for name in ("", "restore", "activity", "proof"):
                    opened(page, name)
                    _look(page, screenshots / f"empty-{name or 'home'}-{scheme}-{width}.png")


def test_german_fits_a_narrow_window(browser: Browser, furnished: Furnished, screenshots: Path) -> None:
    with watched_context(browser, furnished.server.url, width=360, height=740) as (context, _):
        page = context.new_page()
        sign_in(page)
        page.evaluate("localStorage.setItem('triplicati:language', 'de')")
        page.reload()
        for name, address in furnished.places.items():
            opened(page, address)
            loading = page.get_by_text("Wird geladen…", exact=True)
            expect(loading.filter(visible=True)).to_have_count(0)
            _look(page, screenshots / f"{name}-de-360.png")
            assert page.evaluate(_CUT) == []


def _look(page: Page, picture: Path) -> None:
    page.wait_for_load_state()
    page.screenshot(path=picture, full_page=True)
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], f"{picture.stem} is wider than its window"
