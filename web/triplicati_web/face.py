"""Another page below ``/ngclient/``: the built files of Duplicati's own, as its server serves them
(spec/server.md 12.2)."""

from __future__ import annotations

import base64
import hashlib
import html
import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import trio

from triplicati_web.routing import OPEN, Call, Reply, Route

PLACE = "/ngclient"
_TAG = "pages"
_INDEX = "index.html"
# What a system's own table of types may lack or have wrong.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
}
# Named after their content, as builds do, they never change.
_HASHED = re.compile(r"-[A-Z0-9]{8}\.\w+$")
_KEPT = "public, max-age=604800"
_BASE = re.compile(rb"<base\b[^>]*>", re.IGNORECASE)
_HEAD = re.compile(rb"<head\b[^>]*>", re.IGNORECASE)
_HEAD_END = re.compile(rb"</head\s*>", re.IGNORECASE)
_INLINE = re.compile(rb"<script\b(?![^>]*\bsrc\s*=)[^>]*>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_HANDLER = re.compile(rb"\son\w+\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)


def face_routes(folder: Path) -> tuple[Route, ...]:
    """The files are looked up once, so that no path from outside ever names one. `folder` has an index.html.

    A path without an extension is one of the page's own: it gets the index, and the page finds its way.
    """
    files = _files(folder)
    index = (folder / _INDEX).read_bytes()
    policy = _policy(index, wasm=any(name.endswith(".wasm") for name in files))

    def page(call: Call) -> Reply:
        content = patched(index, call.prefix, call.face_prefix)
        return Reply(
            content=content, content_type=_TYPES[".html"], headers={"Content-Security-Policy": policy}
        )

    async def start(call: Call) -> Reply:
        return page(call)

    async def below(call: Call) -> Reply:
        path = PurePosixPath(call.path["path"])
        if not path.suffix or path.name == _INDEX:
            return page(call)
        file = files.get(call.path["path"])
        if file is None:
            return Reply({"Error": "Not found", "Code": 404}, status=404)
        content = await trio.to_thread.run_sync(file.read_bytes)
        headers = {"Content-Security-Policy": policy} if path.suffix == ".html" else {}
        headers["Cache-Control"] = _KEPT if _HASHED.search(path.name) else "no-cache"
        return Reply(content=content, content_type=_type(path), headers=headers)

    return (
        Route("GET", f"{PLACE}/", start, "The other page", _TAG, auth=OPEN, aliases=(PLACE,)),
        Route("GET", f"{PLACE}/{{path:path}}", below, "A file or a place of the other page", _TAG, auth=OPEN),
    )


def patched(index: bytes, prefix: str, face_prefix: str) -> bytes:
    """The page told where it is: `prefix` is put before everything by a proxy, `face_prefix` in place of
    that before the page alone. Both begin with a slash and end with none, or are ""."""
    base = b'<base href="%b/">' % html.escape(face_prefix or prefix + PLACE).encode()
    told = b'<meta name="duplicati-proxy-config" content="%b/">' % html.escape(prefix).encode()
    found, count = _BASE.subn(lambda _: base, index, count=1)
    if count == 0:
        found = _HEAD.sub(lambda head: head[0] + base, found, count=1)
    return _HEAD_END.sub(lambda end: told + end[0], found, count=1)


def _files(folder: Path) -> Mapping[str, Path]:
    root = folder.resolve()
    return {
        each.relative_to(folder).as_posix(): each
        for each in folder.rglob("*")
        if each.is_file() and each.resolve().is_relative_to(root)
    }


def _type(path: PurePosixPath) -> str:
    return _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _policy(index: bytes, *, wasm: bool) -> str:
    """Only what this server has, and of the scripts within the page only those that are there now. Its
    framework writes styles into the page."""
    scripts = ["'self'", *_hashes(_INLINE, index)]
    if handlers := _hashes(_HANDLER, index):
        scripts += ["'unsafe-hashes'", *handlers]
    if wasm:
        scripts.append("'wasm-unsafe-eval'")
    return (
        f"default-src 'none'; script-src {' '.join(dict.fromkeys(scripts))}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; form-action 'self'; "
        "base-uri 'self'; frame-ancestors 'none'"
    )


def _hashes(pattern: re.Pattern[bytes], index: bytes) -> list[str]:
    found = (next(group for group in each.groups() if group is not None) for each in pattern.finditer(index))
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in found]
