"""A real browser on a real server: what all tests here share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from support.browsing import Watch, chromium, sign_in, watched_context
from support.furnished import Furnished, furnished_server
from support.server_process import ServerProcess, server_process


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """One for all tests of a module, which leave it as it is."""
    with furnished_server(tmp_path_factory.mktemp("furnished")) as furnished:
        yield furnished


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """With an empty data folder; the password is `support.server_process.PASSWORD`."""
    with server_process(tmp_path / "data") as server:
        assert server.port
        yield server


@pytest.fixture
def profile(browser: Browser, server: ServerProcess) -> Iterator[tuple[BrowserContext, Watch]]:
    with watched_context(browser, server.url) as both:
        yield both


@pytest.fixture
def console(profile: tuple[BrowserContext, Watch]) -> Watch:
    """What the pages said and asked elsewhere, which is checked at the end: nothing at all, but for what the
    test took out by `Watch.expect`."""
    return profile[1]


@pytest.fixture
def stranger(profile: tuple[BrowserContext, Watch]) -> Page:
    """A page of somebody who has not signed in, and nothing opened yet."""
    return profile[0].new_page()


@pytest.fixture
def page(stranger: Page) -> Page:
    """Signed in, at home. 1200 pixels wide, light."""
    sign_in(stranger)
    return stranger
