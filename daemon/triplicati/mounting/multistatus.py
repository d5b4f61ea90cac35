"""The answer to a PROPFIND, entry by entry (RFC 4918, 14 and 15).

Names in a backup are anybody's, control characters and all: in addresses they are percent-encoded, in text
what XML cannot hold becomes U+FFFD.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from triplicati.mounting.entries import Entry
from triplicati.mounting.propfind import DAV, Property, Wanted
from triplicati.mounting.ranges import http_date

BEGIN = '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n'
END = "</D:multistatus>\n"
FINITE_DEPTH = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>\n'
)

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def response_element(href: str, entry: Entry, wanted: Wanted) -> str:
    """`href` is percent-encoded already."""
    if wanted.kind == "some":
        known = {name: _VALUES[name](entry) for space, name in wanted.properties if _is_ours(space, name)}
        missing = [each for each in wanted.properties if not _is_ours(*each) or known.get(each[1]) is None]
    else:
        known, missing = {name: value(entry) for name, value in _VALUES.items()}, []
    found = "".join(
        _element(name, "" if wanted.kind == "names" else value)
        for name, value in known.items()
        if value is not None
    )
    parts = [f"<D:response><D:href>{text(href)}</D:href>"]
    if found or not missing:
        parts.append(_propstat(found, "200 OK"))
    if missing:
        parts.append(_propstat("".join(map(_unknown, missing)), "404 Not Found"))
    return "".join(parts) + "</D:response>\n"


def address(base: str, *names: str, folder: bool) -> str:
    """`base` is percent-encoded and ends with no slash."""
    joined = "".join(f"/{quote(each, safe='')}" for each in names)
    return f"{base}{joined}{'/' if folder else ''}" or "/"


def text(value: str) -> str:
    """For between tags, and in double quotes."""
    return _ILLEGAL.sub("\ufffd", value).translate(_ESCAPES)


def content_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _is_ours(namespace: str, name: str) -> bool:
    return namespace == DAV and name in _VALUES


def _element(name: str, value: str) -> str:
    return f"<D:{name}>{value}</D:{name}>" if value else f"<D:{name}/>"


def _unknown(each: Property) -> str:
    return f'<x:{each[1]} xmlns:x="{text(each[0])}"/>' if each[0] else f'<{each[1]} xmlns=""/>'


def _propstat(properties: str, status: str) -> str:
    prop = f"<D:prop>{properties}</D:prop>" if properties else "<D:prop/>"
    return f"<D:propstat>{prop}<D:status>HTTP/1.1 {status}</D:status></D:propstat>"


# None where the entry has no such property; the text is XML.
_VALUES: Mapping[str, Callable[[Entry], str | None]] = {
    "displayname": lambda entry: text(entry.name),
    "resourcetype": lambda entry: "<D:collection/>" if entry.folder else "",
    "getlastmodified": lambda entry: http_date(entry.modified),
    "getcontentlength": lambda entry: None if entry.folder else str(entry.size),
    "getcontenttype": lambda entry: None if entry.folder else text(content_type(entry.name)),
    "getetag": lambda entry: text(entry.etag) if entry.etag else None,
    "supportedlock": lambda _: "",
}
