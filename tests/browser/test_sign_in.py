"""Who gets in, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from support.browsing import Watch
from support.server_process import PASSWORD, ServerProcess

from triplicati.client import local_server

pytestmark = pytest.mark.browser
_LOGIN = re.compile(r"/login\.html$")


def test_who_is_not_signed_in_is_led_to_the_form(stranger: Page) -> None:
    stranger.goto("/")
    stranger.wait_for_url(_LOGIN)
    expect(stranger.get_by_label("Password")).to_be_focused()


def test_a_wrong_password_is_told_and_the_right_one_let_in(stranger: Page, console: Watch) -> None:
    stranger.goto("/login.html")
    stranger.get_by_label("Password").fill("wrong")
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("alert")).not_to_be_empty()
    console.expect("401")
    stranger.get_by_label("Password").fill(PASSWORD)
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_role("status").first).to_be_visible()
    expect(stranger).not_to_have_url(_LOGIN)


def test_a_reload_asks_for_no_password(page: Page) -> None:
    page.reload()
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page).not_to_have_url(_LOGIN)


def test_leaving_while_the_session_is_renewed_keeps_it(page: Page, console: Watch) -> None:
    """The cookie of the new session is there already, its nonce has not been read yet."""
    page.route("**/auth/refresh", lambda route: (route.fetch(), route.abort()))
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/auth/refresh")):
        page.reload()
    page.unroute("**/auth/refresh")
    page.reload()
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page).not_to_have_url(_LOGIN)
    console.expect("auth/refresh")


def test_a_link_signs_in_and_leads_to_its_place(stranger: Page, server: ServerProcess) -> None:
    token = local_server(server.folder).sign_in_token()
    stranger.goto(f"/signin.html?token={token}#/activity")
    stranger.wait_for_url(re.compile(r"/#/activity$"))
    expect(stranger.get_by_role("heading").first).to_be_visible()
