"""Reads the answer to PROPFIND part by part, so that only what counts of a long list is in memory."""

from __future__ import annotations

import re
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import cast
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from triplicati.storage.destination import RemoteFile

ASKED = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/>'
    b"<D:getcontentlength/><D:getlastmodified/></D:prop></D:propfind>"
)
_D = "{DAV:}"
_STATUS = re.compile(r"\s*HTTP/[0-9.]+ ([0-9]{3})")


class CutShort(ValueError):
    """The server says itself that it does not list all."""


class Listing:
    """`files` are those found up to now. Raises `ValueError` for what is no such answer."""

    def __init__(self) -> None:
        self.files: list[RemoteFile] = []
        self._parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(
            events=("start", "end")
        )
        self._root: ElementTree.Element | None = None

    def feed(self, part: bytes) -> None:
        try:
            self._parser.feed(part)
            for event in self._parser.read_events():
                kind, element = cast("tuple[str, ElementTree.Element]", event)
                self._seen(kind, element)
        except ElementTree.ParseError as error:
            raise ValueError("no list") from error

    def end(self) -> list[RemoteFile]:
        try:
            self._parser.close()
        except ElementTree.ParseError as error:
            raise ValueError("no whole list") from error
        if self._root is None or self._root.tag != f"{_D}multistatus":
            raise ValueError("no list")
        return self.files

    def _seen(self, kind: str, element: ElementTree.Element) -> None:
        if self._root is None:
            self._root = element
        if kind == "end" and element.tag == f"{_D}response":
            if (file := _file(element)) is not None:
                self.files.append(file)
            self._root.clear()


def _file(response: ElementTree.Element) -> RemoteFile | None:
    href = (response.findtext(f"{_D}href") or "").strip()
    status = _STATUS.match(response.findtext(f"{_D}status") or "")
    if status is not None and status[1] == "507":  # a server that shows only so many tells it like this
        raise CutShort
    if status is not None and status[1] in ("404", "410"):
        return None
    if href.endswith("/") or response.find(f".//{_D}resourcetype/{_D}collection") is not None:
        return None
    size = (response.findtext(f".//{_D}getcontentlength") or "").strip()
    name = _name(href)
    if not name:
        return None
    modified = response.findtext(f".//{_D}getlastmodified") or ""
    return RemoteFile(name, int(size) if size.isdigit() else -1, _seconds(modified))


def _name(href: str) -> str:
    path = urlsplit(href).path if "://" in href else href
    return unquote(path.rpartition("/")[2])


def _seconds(text: str) -> float | None:
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(text.strip()).timestamp()
    return None
