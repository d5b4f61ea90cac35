"""The few pages of our own."""

from __future__ import annotations

import re

from support.web_server import web_server

from triplicati_web.settings import WebSettings

STATIC = WebSettings().static
PAGES = sorted(each.name for each in STATIC.glob("*.html"))


async def test_health() -> None:
    async with web_server() as server, server.client() as client:
        answer = await client.get("/health")
        assert (answer.status_code, answer.content) == (200, b"Healthy")
        assert answer.headers["content-type"].startswith("text/plain")
        assert (await client.head("/health")).status_code == 200


def test_no_page_has_what_its_policy_forbids() -> None:
    assert PAGES == ["index.html", "login.html", "signin.html"]
    for name in PAGES:
        text = (STATIC / name).read_text()
        assert re.search(r"<script(?![^>]* src=)", text) is None
        assert re.search(r"\son\w+=|style=|<style|javascript:|https?:", text) is None


async def test_pages_and_what_they_load_are_served_with_their_type() -> None:
    kinds = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
    async with web_server() as server, server.client() as client:
        loaded = {
            each
            for path in STATIC.iterdir()
            for each in re.findall(r"(?:src|href)=\"([\w.]+)\"|from \"\./([\w.]+)\"", path.read_text())
            for each in each
            if each
        }
        assert {"style.css", "login.js", "session.js", "login.html"} <= loaded
        for name in sorted(loaded | {each.name for each in STATIC.iterdir()}):
            answer = await client.get(f"/{name}", headers={"Accept": "text/html"})
            assert answer.status_code == 200, name
            assert answer.content == (STATIC / name).read_bytes()
            assert answer.headers["content-type"].startswith(kinds[f".{name.rpartition('.')[2]}"])


async def test_pages_are_never_kept_and_run_only_scripts_of_this_server() -> None:
    async with web_server() as server, server.client() as client:
        for name in PAGES:
            answer = await client.get(f"/{name}", headers={"Accept": "text/html"})
            assert answer.headers["cache-control"] == "no-store"
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy


async def test_no_file_outside_is_served() -> None:
    async with web_server() as server, server.client() as client:
        for path in ("/../settings.py", "/%2e%2e/settings.py", "/..%2fsettings.py", "/static/login.html"):
            assert (await client.get(path)).status_code == 404


async def test_without_pages_there_is_only_the_api() -> None:
    async with web_server(settings=WebSettings(pages=False)) as server, server.client() as client:
        assert (await client.get("/", headers={"Accept": "text/html"})).status_code == 404
        assert (await client.get("/login.html")).status_code == 404
        assert (await client.get("/health")).status_code == 200
