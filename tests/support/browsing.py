"""Debian's chromium, and what it is not to do on the pages of a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from support.server_process import PASSWORD

ColourScheme = Literal["light", "dark"]
# Names of no page: what a page makes by itself.
_WITHOUT_HOST = ("data", "blob", "about")


class Watch:
    """What pages said and asked for. `messages` are those of the console and uncaught errors, `requests` the
    addresses asked for on other hosts and ports than the server's; none of these is ever let through."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.messages: list[str] = []
        self.requests: list[str] = []
        self._server = urlsplit(url).netloc
        context.on("console", self._said)
        context.on("weberror", lambda failed: self.messages.append(f"uncaught: {failed.error}"))
        context.on("request", self._asked)
        context.route(self._is_elsewhere, lambda route: route.abort())

    def expect(self, wanted: str) -> None:
        """Takes the messages with that text out, of which there must be at least one."""
        others = [each for each in self.messages if wanted not in each]
        assert len(others) < len(self.messages), f'Nobody said "{wanted}", but: {self.messages}'
        self.messages = others

    def check(self) -> None:
        assert self.messages == [], f"The console is not clean: {self.messages}"
        assert self.requests == [], f"Something was asked of another host: {self.requests}"

    def _said(self, message: ConsoleMessage) -> None:
        if str(message.type) == "verbose":
            return  # chromium's own advice, which its console hides
        self.messages.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        if self._is_elsewhere(request.url):
            self.requests.append(request.url)

    def _is_elsewhere(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme not in _WITHOUT_HOST and parts.netloc != self._server


@contextmanager
def chromium() -> Iterator[Browser]:
    """One at a time: playwright's synchronous interface holds the thread's asyncio loop while it is open."""
    found = shutil.which("chromium")
    assert found is not None, "chromium is not installed; tools/test installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()


@contextmanager
def watched_context(
    browser: Browser, url: str, *, width: int = 1200, height: int = 800, scheme: ColourScheme = "light"
) -> Iterator[tuple[BrowserContext, Watch]]:
    """A user's profile of its own, in English and without motion, whose pages are opened below `url`. At the
    end of a test that went well its `Watch` is checked."""
    context = browser.new_context(
        base_url=url,
        color_scheme=scheme,
        locale="en-GB",
        reduced_motion="reduce",
        viewport={"width": width, "height": height},
    )
    context.set_default_timeout(10_000)
    watch = Watch(context, url)
    try:
        yield context, watch
        watch.check()
    finally:
        context.close()


def sign_in(page: Page, password: str = PASSWORD) -> None:
    """By the form; ends when the page of somebody signed in is there."""
    page.goto("/login.html")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: not urlsplit(url).path.endswith("/login.html"))
    page.get_by_role("status").first.wait_for()
