"""What the beginning of a file is: text, an image that may be shown, or neither. Pure."""

from __future__ import annotations

import codecs

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Only what a browser shows without running anything: neither SVG nor HTML is among them.
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b") | {127}


def image_type(head: bytes) -> str:
    """By what it begins with, never by its name; "" for all but PNG, JPEG, GIF, WebP and AVIF."""
    for begin, kind in _IMAGES:
        if head.startswith(begin):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return ""


def decoded(head: bytes, *, whole: bool) -> tuple[str, str] | None:
    """(text, encoding), None for what is no text. Unless `whole`, the last character may be cut off."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            text = _in(encoding, head[len(mark) :], whole=whole)
            return None if text is None else (text, encoding)
    if any(each in _CONTROLS for each in head):
        return None
    text = _in("utf-8", head, whole=whole)
    return (head.decode("latin-1"), "latin-1") if text is None else (text, "utf-8")


def _in(encoding: str, content: bytes, *, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(content, final=whole)
    except UnicodeDecodeError:
        return None
