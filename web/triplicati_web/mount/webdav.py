"""The methods of WebDAV that read (RFC 4918), for the tree of one backup."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol
from urllib.parse import quote, unquote

import msgspec
import trio
from werkzeug.datastructures import Headers

from triplicati.errors import TriplicatiError
from triplicati.errors.groups import first_of
from triplicati.mounting.entries import Entry, FileNode, FolderNode, Node
from triplicati.mounting.multistatus import (
    BEGIN,
    END,
    FINITE_DEPTH,
    address,
    content_type,
    response_element,
)
from triplicati.mounting.propfind import LARGEST, Malformed, Wanted, parse_propfind
from triplicati.mounting.ranges import (
    Unsatisfiable,
    http_date,
    names_etag,
    seconds_of,
    still_applies,
    wanted_part,
)
from triplicati_web.mount.exchange import Exchange, TooLarge
from triplicati_web.mount.page import folder_page_begin, folder_page_end, folder_page_row

READING = ("GET", "HEAD", "PROPFIND")
_OPTIONS = {"DAV": "1", "MS-Author-Via": "DAV", "Allow": f"OPTIONS, {', '.join(READING)}"}

log = logging.getLogger(__name__)


class Content(Protocol):
    async def part(self, offset: int, end: int) -> bytes: ...


class Tree(Protocol):
    """`names` are those of folders from the top and of what is asked for."""

    async def find(self, names: Sequence[str]) -> Node | None: ...
    async def listing(self, folder: FolderNode, start: str = "") -> tuple[list[Entry], str | None]: ...
    def content(self, file: FileNode) -> AbstractContextManager[Content]: ...


async def serve_tree(exchange: Exchange, tree: Tree, base: str, names: Sequence[str] | None) -> None:
    """Answers; `base` is the address of the top, percent-encoded and without a slash at its end; `names` None
    is a path that is no text, which nothing has.

    What fails before the first byte becomes an answer; later it ends the connection, so that the client
    knows.
    """
    try:
        # First, for afterwards only the end of the connection is listened for.
        body = await exchange.body(LARGEST) if exchange.method == "PROPFIND" else b""
        await exchange.unless_gone(lambda: _answer(exchange, tree, base, names, body))
    except* Exception as group:
        error = first_of(group)
        if isinstance(error, TooLarge):
            await exchange.answer(413, "The request is too large.\n")
        elif isinstance(error, Malformed):
            await exchange.answer(400, "The request is no PROPFIND that can be read.\n")
        elif isinstance(error, TriplicatiError):
            log.warning("%s", error)
            await _fail(exchange, 502 if error.http_status < 500 else error.http_status, f"{error}\n")
        else:
            log.error("A request failed", exc_info=error)
            await _fail(exchange, 500, "That failed; the log of Triplicati tells more.\n")


async def _fail(exchange: Exchange, status: int, text: str) -> None:
    if not exchange.started:
        await exchange.answer(status, text)


async def _answer(
    exchange: Exchange, tree: Tree, base: str, names: Sequence[str] | None, body: bytes
) -> None:
    if exchange.method == "OPTIONS":
        await exchange.answer(200, headers=_OPTIONS)
        return
    if exchange.method not in READING:
        await exchange.answer(405, "Backups can only be read here.\n", headers=_OPTIONS)
        return
    wanted = parse_propfind(body) if exchange.method == "PROPFIND" else None
    node = await tree.find(names) if names is not None else None
    if node is None or names is None:
        await exchange.answer(404, "There is no such file or folder in these versions.\n")
    elif wanted is not None:
        await _properties(exchange, tree, node, base, names, wanted)
    elif isinstance(node, FileNode):
        await _file(exchange, tree, node)
    else:
        await _page(exchange, tree, node, base, names)


async def _properties(
    exchange: Exchange, tree: Tree, node: Node, base: str, names: Sequence[str], wanted: Wanted
) -> None:
    depth = exchange.headers.get("Depth", "infinity").strip().lower()
    if depth not in ("0", "1"):
        await exchange.answer(403, FINITE_DEPTH, kind="application/xml")
        return
    folder = isinstance(node, FolderNode)
    entry = node.entry
    if not entry.name:  # the top is called what its address says
        entry = msgspec.structs.replace(entry, name=unquote(base.rpartition("/")[2]) or "Versions")
    own = response_element(address(base, *names, folder=folder), entry, wanted)
    await exchange.begin(207, {"Content-Type": "application/xml; charset=utf-8", "DAV": "1"})
    await exchange.more((BEGIN + own).encode())
    if depth == "1" and isinstance(node, FolderNode):
        above = address(base, *names, folder=False).rstrip("/")

        def written(entries: Sequence[Entry]) -> bytes:
            return "".join(
                response_element(address(above, each.name, folder=each.folder), each, wanted)
                for each in entries
            ).encode()

        start: str | None = ""
        while start is not None:
            entries, start = await tree.listing(node, start)
            if entries:
                await exchange.more(await trio.to_thread.run_sync(written, entries))
    await exchange.more(END.encode())
    await exchange.end()


async def _file(exchange: Exchange, tree: Tree, node: FileNode) -> None:
    entry = node.entry
    headers = _file_headers(entry)
    if (outcome := _condition(exchange.headers, entry)) is not None:
        await exchange.answer(outcome, headers={name: headers[name] for name in headers if name in _KEPT})
        return
    part = None
    if still_applies(exchange.headers.get("If-Range"), entry.etag, entry.modified):
        try:
            part = wanted_part(exchange.headers.get("Range"), entry.size)
        except Unsatisfiable:
            await exchange.answer(416, headers={"Content-Range": f"bytes */{entry.size}"})
            return
    first, end = part or (0, entry.size)
    headers["Content-Length"] = str(end - first)
    if part is not None:
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{entry.size}"
    status = 200 if part is None else 206
    if exchange.method == "HEAD" or first == end:
        await exchange.begin(status, headers)
        await exchange.end()
        return
    with tree.content(node) as content:
        found = await content.part(first, end)  # before the head, so that an error can be told
        await exchange.begin(status, headers)
        while True:
            await exchange.more(found)
            first += len(found)
            if first >= end:
                break
            found = await content.part(first, end)
    await exchange.end()


_KEPT = ("ETag", "Last-Modified")


def _file_headers(entry: Entry) -> dict[str, str]:
    headers = {
        "Content-Type": content_type(entry.name),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(entry.name, safe='')}",
        "Last-Modified": http_date(entry.modified),
        "Accept-Ranges": "bytes",
    }
    return headers | ({"ETag": entry.etag} if entry.etag else {})


def _condition(headers: Headers, entry: Entry) -> int | None:
    """304 or 412 where the client does not want it again, or only something else."""
    if (match := headers.get("If-Match")) is not None and not names_etag(match, entry.etag):
        return 412
    if (match := headers.get("If-None-Match")) is not None:
        return 304 if names_etag(match, entry.etag) else None
    since = seconds_of(headers.get("If-Modified-Since", ""))
    return 304 if since is not None and entry.modified <= since else None


async def _page(
    exchange: Exchange, tree: Tree, node: FolderNode, base: str, names: Sequence[str]
) -> None:
    """For a browser; no file manager asks for it."""
    await exchange.begin(200, {"Content-Type": "text/html; charset=utf-8"})
    if exchange.method != "HEAD":
        await exchange.more(folder_page_begin(names[-1] if names else "Versions", above=bool(names)).encode())
        start: str | None = ""
        above = address(base, *names, folder=False).rstrip("/")
        while start is not None:
            entries, start = await tree.listing(node, start)
            await exchange.more("".join(folder_page_row(above, each) for each in entries).encode())
        await exchange.more(folder_page_end().encode())
    await exchange.end()
