"""The few pages of our own, and ``/health`` (spec/server.md 12.2)."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from triplicati_web.legacy import LegacySessions
from triplicati_web.routing import OPEN, Call, Handler, Reply, Route

_TAG = "pages"
_HTML = "text/html; charset=utf-8"
_SCRIPT = "text/javascript; charset=utf-8"
_TYPES = {".js": _SCRIPT, ".mjs": _SCRIPT, ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


async def health(call: Call) -> Reply:
    # By this a second start knows whose port it found taken.
    headers = {"Server": "Triplicati"}
    return Reply(content=b"Healthy", content_type="text/plain; charset=utf-8", headers=headers)


HEALTH = Route("GET", "/health", health, "Whether the server runs", _TAG, auth=OPEN)


def page_routes(folder: Path, legacy: LegacySessions | None) -> tuple[Route, ...]:
    """A route for each file below the folder, read once: no path from outside ever names a file."""
    names = {each: each.relative_to(folder).as_posix() for each in sorted(folder.rglob("*"))}
    routes = [
        Route("GET", f"/{name}", _file(each), f"The file {name}", _TAG, auth=OPEN)
        for each, name in names.items()
        if each.is_file() and name != "index.html"
    ]
    index = (folder / "index.html").read_bytes()

    async def home(call: Call) -> Reply:
        if legacy is None or "text/html" in call.headers.get("Accept", ""):
            return Reply(content=index, content_type=_HTML)
        # No browser: Duplicati's old client looks at where this leads to see whether a password is needed.
        cookie = legacy.page_cookie(call.cookies)
        if legacy.is_signed_in(call.cookies, call.arguments):
            return Reply(content=index, content_type=_HTML, cookies=(cookie,))
        headers = {"Location": f"{call.prefix}/login.html"}
        return Reply(content=b"", status=302, headers=headers, cookies=(cookie,))

    routes.append(Route("GET", "/", home, "The page", _TAG, auth=OPEN, aliases=("/index.html",)))
    return tuple(routes)


def _file(path: Path) -> Handler:
    content = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    page = path.suffix == ".html"

    async def file(call: Call) -> Reply:
        headers = {} if page else {"Cache-Control": "no-cache"}
        return Reply(content=content, content_type=_HTML if page else kind, headers=headers)

    return file
