"""The headers that every answer has."""

from __future__ import annotations

from quart.wrappers import Response
from werkzeug.datastructures import Headers

_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def add_security(response: Response) -> None:
    """Pages may run scripts of their own server, everything else may do nothing at all."""
    page = response.mimetype == "text/html"
    response.headers.setdefault("Content-Security-Policy", _PAGE if page else _NO_PAGE)
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")


def add_cors(response: Response, origin: str) -> None:
    """Lets the page at `origin` read the answer. Without credentials: it signs in by itself."""
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers.add("Vary", "Origin")
    response.headers["Access-Control-Expose-Headers"] = "Content-Disposition"


def preflight(asked: Headers) -> dict[str, str]:
    """The answer's headers to a page that asks what it may send: everything."""
    return {
        "Access-Control-Allow-Methods": asked.get("Access-Control-Request-Method", "GET"),
        "Access-Control-Allow-Headers": asked.get("Access-Control-Request-Headers", ""),
        "Access-Control-Max-Age": "600",
    }
