"""Duplicati's own page, or another one built like it, below /ngclient/."""

from __future__ import annotations

import base64
import hashlib
import html
import ipaddress
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.browsing import chromium, watched_context
from support.server_process import server_process
from support.web_server import web_server

from triplicati_web.face import patched
from triplicati_web.settings import WebSettings

_INDEX = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Another face</title>
<base href="/"><link rel="stylesheet" href="styles-ABCD1234.css" media="print" onload="this.media='all'">
<script>document.documentElement.dataset.inline = "ran";</script>
<script type="module" src="main-EFGH5678.js"></script></head><body><p role="status"></p></body></html>
"""
_MAIN = b"""const where = document.querySelector("[role=status]");
const health = await fetch("../health");
where.textContent = `${location.pathname} ${await health.text()}`;
"""
_FILES = {
    "index.html": _INDEX,
    "main-EFGH5678.js": _MAIN,
    "chunk.mjs": b"export {};",
    "styles-ABCD1234.css": b"p { color: rgb(1, 2, 3); }",
    "media/font-ABCDEFGH.woff2": b"wOF2",
    "assets/i18n/de.json": b"{}",
    "assets/logo.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "assets/lib.wasm": b"\0asm",
}
_TYPES = {
    "main-EFGH5678.js": "text/javascript; charset=utf-8",
    "chunk.mjs": "text/javascript; charset=utf-8",
    "styles-ABCD1234.css": "text/css; charset=utf-8",
    "media/font-ABCDEFGH.woff2": "font/woff2",
    "assets/i18n/de.json": "application/json",
    "assets/logo.svg": "image/svg+xml",
    "assets/lib.wasm": "application/wasm",
}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    for name, content in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "secret.txt").write_text("not for the page")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


async def test_every_place_of_the_page_is_its_index(bundle: Path) -> None:
    async with web_server(settings=WebSettings(face=bundle)) as server, server.client() as client:
        for path in ("", "/", "/index.html", "/backup/5/log", "/login", "/deep/index.html"):
            answer = await client.get(f"/ngclient{path}")
            assert answer.status_code == 200, path
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["cache-control"] == "no-store"
            assert '<base href="/ngclient/">' in answer.text
            assert '<base href="/">' not in answer.text
            assert '<meta name="duplicati-proxy-config" content="/"></head>' in answer.text


async def test_files_have_their_type_and_are_kept_when_named_after_their_content(bundle: Path) -> None:
    async with web_server(settings=WebSettings(face=bundle)) as server, server.client() as client:
        for name, kind in _TYPES.items():
            answer = await client.get(f"/ngclient/{name}")
            assert (answer.status_code, answer.content) == (200, _FILES[name])
            assert answer.headers["content-type"] == kind
            hashed = name in ("main-EFGH5678.js", "styles-ABCD1234.css", "media/font-ABCDEFGH.woff2")
            expected = "public, max-age=604800" if hashed else "no-cache"
            assert answer.headers["cache-control"] == expected, name
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["absent.js", "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "assets//logo.svg", "link.txt"],
)
async def test_nothing_else_is_served(bundle: Path, path: str) -> None:
    async with web_server(settings=WebSettings(face=bundle)) as server, server.client() as client:
        assert (await client.get(f"/ngclient/{path}")).status_code == 404


async def test_its_policy_allows_the_scripts_that_are_in_it_and_no_other(bundle: Path) -> None:
    async with web_server(settings=WebSettings(face=bundle)) as server, server.client() as client:
        policy = (await client.get("/ngclient/")).headers["content-security-policy"]
        own = (await client.get("/", headers={"Accept": "text/html"})).headers["content-security-policy"]
    inline = base64.b64encode(hashlib.sha256(b'document.documentElement.dataset.inline = "ran";').digest())
    scripts = re.findall(r"script-src ([^;]*)", policy)[0].split()
    assert scripts[0] == "'self'"
    assert f"'sha256-{inline.decode()}'" in scripts
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    assert "'wasm-unsafe-eval'" in scripts
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in own


async def test_only_a_trusted_proxy_says_where_the_page_is(bundle: Path) -> None:
    everything = {"X-Forwarded-Prefix": "/nas", "X-Forwarded-Prefix-Ngclient": "/ui"}
    trusting = WebSettings(face=bundle, trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),))
    async with web_server(settings=trusting) as server, server.client() as client:
        text = (await client.get("/ngclient/", headers={"X-Forwarded-Prefix": "/nas"})).text
        assert '<base href="/nas/ngclient/">' in text
        assert 'name="duplicati-proxy-config" content="/nas/"' in text
        text = (await client.get("/ngclient/", headers=everything)).text
        assert '<base href="/ui/">' in text
        assert 'content="/nas/"' in text
        bad = {"X-Forwarded-Prefix-Ngclient": '/"><script>', "X-Forwarded-Prefix": "//elsewhere.example"}
        text = (await client.get("/ngclient/", headers=bad)).text
        assert '<base href="/ngclient/">' in text
    async with web_server(settings=WebSettings(face=bundle)) as server, server.client() as client:
        assert '<base href="/ngclient/">' in (await client.get("/ngclient/", headers=everything)).text


async def test_without_the_option_or_with_the_api_alone_there_is_none(bundle: Path) -> None:
    for settings in (WebSettings(), WebSettings(face=bundle, pages=False)):
        async with web_server(settings=settings) as server, server.client() as client:
            assert (await client.get("/ngclient/")).status_code == 404
            assert (await client.get("/ngclient/main-EFGH5678.js")).status_code == 404


@given(st.from_regex(r"(/[A-Za-z0-9._~-]{1,8}){0,3}", fullmatch=True), st.booleans())
def test_a_page_without_a_base_gets_one(prefix: str, has_base: bool) -> None:
    index = b"<HTML><HEAD lang=x>" + (b'<BASE  href="/a">' if has_base else b"") + b"<title>x</title></HEAD>"
    text = html.unescape(patched(index, prefix, "").decode())
    assert text.lower().count("<base") == 1
    assert f'<base href="{prefix}/ngclient/">' in text
    assert text.endswith(f'<meta name="duplicati-proxy-config" content="{prefix}/"></HEAD>')


def test_a_browser_runs_it_under_its_policy(bundle: Path, tmp_path: Path) -> None:
    with (
        server_process(tmp_path / "data", f"--webui-dir={bundle}") as server,
        chromium() as browser,
        watched_context(browser, server.url) as (context, _),
    ):
        page = context.new_page()
        page.goto("/ngclient/backup/5")
        status = page.get_by_role("status")
        status.get_by_text("/ngclient/backup/5 Healthy").wait_for()
        assert page.locator("html").get_attribute("data-inline") == "ran"
        assert status.evaluate("each => getComputedStyle(each).color") == "rgb(1, 2, 3)"
