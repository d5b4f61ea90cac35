"""The page in a real browser, just so far that it opens; the rest is in tests/browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect
from support.browsing import chromium, sign_in, watched_context
from support.server_process import server_process


def test_signing_in_leads_to_a_page_that_says_how_it_is(tmp_path: Path) -> None:
    """Nothing is said to the console, and nothing asked of another host."""
    with (
        server_process(tmp_path / "data") as server,
        chromium() as browser,
        watched_context(browser, server.url) as (context, _),
    ):
        page = context.new_page()
        sign_in(page)
        assert "Triplicati" in page.title()
        expect(page.get_by_role("status").first).not_to_be_empty()
