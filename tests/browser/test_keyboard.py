"""The page without a mouse: everything is reached, seen, and left again."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browsing import sign_in, watched_context
from support.furnished import Furnished, opened

pytestmark = pytest.mark.browser
# All that takes the focus by Tab and is in sight. Of radio buttons of one name only one does.
_REACHABLE = """() => {
  const kinds = "a[href], button, input, select, textarea, summary, [tabindex]";
  const seen = new Set();
  const wanted = [...document.querySelectorAll(kinds)].filter((each) => {
    const shown = each.checkVisibility({ checkVisibilityCSS: true });
    if (each.disabled || each.tabIndex < 0 || !shown) return false;
    if (each.type !== "radio") return true;
    if (seen.has(each.name)) return false;
    return Boolean(seen.add(each.name));
  });
  return wanted.map((each) => each.outerHTML.slice(0, 160));
}"""
_FOCUSED = """() => {
  const here = document.activeElement;
  if (here === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(here);
  return [here.outerHTML.slice(0, 160), outlineStyle !== "none" && parseFloat(outlineWidth) > 0];
}"""
# The browser's own buttons count as the page's body.
_INSIDE = """[document.body, ...document.querySelectorAll("dialog, dialog *")]
  .includes(document.activeElement)"""
_HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4")].filter((each) => each.checkVisibility())
  .map((each) => Number(each.tagName[1]))"""


def walked(page: Page) -> list[tuple[str, bool]]:
    """What the focus goes through by Tab, from the top of the page until it comes round."""
    found: list[tuple[str, bool]] = []
    page.locator(".skip").focus()
    while len(found) < 300:
        here = page.evaluate(_FOCUSED)
        if here is None or (found and here[0] == found[0][0]):
            break
        found.append((here[0], here[1]))
        page.keyboard.press("Tab")
    return found


def test_every_control_is_reached_by_tab_and_seen(browser: Browser, furnished: Furnished) -> None:
    with watched_context(browser, furnished.server.url) as (context, _):
        page = context.new_page()
        sign_in(page)
        for name, address in furnished.places.items():
            opened(page, address)
            wanted = page.evaluate(_REACHABLE)
            found = walked(page)
            unseen = [text for text, is_seen in found if not is_seen]
            assert unseen == [], f"{name}: nobody sees that these have the focus"
            assert len(found) >= len(wanted), f"{name}: {set(wanted) - {text for text, _ in found}}"


def test_headings_are_in_order(browser: Browser, furnished: Furnished) -> None:
    with watched_context(browser, furnished.server.url) as (context, _):
        page = context.new_page()
        sign_in(page)
        for name, address in furnished.places.items():
            opened(page, address)
            levels = page.evaluate(_HEADINGS)
            assert levels[:1] == [1], f"{name}: {levels}"
            jumps = [later for one, later in pairwise(levels) if later > one + 1]
            assert jumps == [], f"{name}: {levels}"


def test_the_first_tab_skips_to_the_content(page: Page) -> None:
    page.reload()
    page.get_by_role("heading", name="There is no backup yet.").wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_dialog_keeps_the_focus_until_escape_and_gives_it_back(page: Page) -> None:
    page.goto("/#/new/destination")
    opener = page.get_by_role("button", name=re.compile("Choose a folder"))
    opener.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(_INSIDE)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_menu_closes_by_escape_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/#/settings/running")
    opener = page.get_by_label("Pause everything")
    opener.press("Enter")
    first = page.get_by_role("button", name="For 15 minutes")
    expect(first).to_be_visible()
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    expect(opener).to_be_focused()
