"""Which part of a file a request asks for (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from email.utils import formatdate, parsedate_to_datetime

_RANGE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)
_LAST_SECOND = 253_402_300_799


class Unsatisfiable(Exception):
    """The file ends before the part begins."""


def wanted_part(text: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; None for the whole, also where several parts are asked for or
    nothing can be made of `text`, as the standard allows. Raises `Unsatisfiable`."""
    match = _RANGE.fullmatch(text or "")
    if match is None or match[1] == match[2] == "":
        return None
    if not match[1]:
        count = int(match[2])
        if count == 0 or size == 0:
            raise Unsatisfiable
        return max(size - count, 0), size
    first = int(match[1])
    if match[2] and int(match[2]) < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return first, min(int(match[2]) + 1, size) if match[2] else size


def still_applies(if_range: str | None, etag: str, modified: int) -> bool:
    """Whether a part is wanted of just this file; `modified` in Unix seconds."""
    text = (if_range or "").strip()
    if not text:
        return True
    if text.startswith('"'):
        return text == etag
    return seconds_of(text) == modified


def names_etag(header: str, etag: str) -> bool:
    """Of an ``If-None-Match`` or ``If-Match``, compared weakly."""
    wanted = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in wanted or (bool(etag) and etag in wanted)


def seconds_of(date: str) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, OverflowError, TypeError):
        return None


def http_date(seconds: int) -> str:
    """Times that the form cannot show become the nearest that it can."""
    return formatdate(min(max(seconds, 0), _LAST_SECOND), usegmt=True)
