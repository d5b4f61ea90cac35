"""The few pages of our own."""

from __future__ import annotations

import re

from support.web_server import web_server

from triplicati_web.settings import WebSettings

STATIC = WebSettings().static
PAGES = sorted(each.name for each in STATIC.glob("*.html"))
_LOADED = re.compile(
    r"""(?:src=|(?<!<a )href(?:=| = )|from ?|import ?\(?|sheet\()"([\w./-]+\.(?:m?js|css|html))\""""
)


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
    script = "text/javascript"
    kinds = {".html": "text/html", ".js": script, ".mjs": script, ".css": "text/css", ".txt": "text/plain"}
    async with web_server() as server, server.client() as client:
        files = {each.relative_to(STATIC).as_posix() for each in STATIC.rglob("*") if each.is_file()}
        assert {"app.mjs", "tokens.css", "page.css", "home/home.mjs", "vendor/preact.mjs"} <= files
        for name in sorted(files):
            answer = await client.get(f"/{name}", headers={"Accept": "text/html"})
            assert answer.status_code == 200, name
            assert answer.content == (STATIC / name).read_bytes()
            assert answer.headers["content-type"].startswith(kinds[f".{name.rpartition('.')[2]}"])


def test_everything_that_a_file_loads_is_there_and_everything_is_loaded() -> None:
    pages = {STATIC / name for name in PAGES}
    known, open_ends = set(pages), list(pages)
    while open_ends:
        path = open_ends.pop()
        for name in _LOADED.findall(path.read_text()):
            # What a script names without a dot is looked for beside the page.
            found = ((path.parent if name.startswith(".") else STATIC) / name).resolve()
            assert found.is_file(), f"{path.name} loads {name}"
            if found not in known:
                known.add(found)
                open_ends.append(found)
    here = {each.resolve() for each in STATIC.rglob("*") if each.is_file() and each.suffix != ".txt"}
    assert here == known


def test_the_first_view_is_small() -> None:
    """300 KB with everything that is loaded before another place is opened."""
    later = re.compile(r"uplot|rows|^(backup|compare|activity|proof|settings|restore|wizard)/")
    names = (each.relative_to(STATIC).as_posix() for each in STATIC.rglob("*") if each.is_file())
    first = [name for name in names if not later.search(name) and not name.endswith(".txt")]
    assert sum((STATIC / name).stat().st_size for name in first) < 250_000


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
