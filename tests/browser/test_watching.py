"""The watch over the other tests here sees what it is there for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from support.browsing import Watch

pytestmark = pytest.mark.browser


def test_a_message_an_error_and_a_request_elsewhere_are_seen(stranger: Page, console: Watch) -> None:
    stranger.goto("/health")
    stranger.evaluate("console.info('said')")
    with stranger.expect_event("pageerror"):
        stranger.evaluate("setTimeout(() => { throw new Error('thrown') })")
    stranger.goto("about:blank")
    stranger.set_content('<img src="http://elsewhere.example/x.png">')
    stranger.wait_for_load_state("networkidle")
    assert console.requests == ["http://elsewhere.example/x.png"]
    for wanted in ("said", "uncaught: thrown"):
        console.expect(wanted)
    with pytest.raises(AssertionError, match="Nobody said"):
        console.expect("nothing of this")
    with pytest.raises(AssertionError):
        console.check()
    console.messages.clear()
    console.requests.clear()
