"""A folder of a WebDAV server."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import msgspec
import trio

from triplicati.errors import (
    DestinationError,
    DestinationFull,
    DestinationRefused,
    DestinationSignInRefused,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
    FolderMissing,
    RemoteFileMissing,
)
from triplicati.storage.abilities import Quota
from triplicati.storage.destination import PART, RemoteFile, Upload, Write
from triplicati.storage.forwarding import Elsewhere
from triplicati.storage.http.exchange import RECEIVED, Answer, PartOf, Request
from triplicati.storage.http.server import Endpoint, Server
from triplicati.storage.http.signing_in import SigningIn
from triplicati.storage.webdav.listing import ASKED, CutShort, Listing
from triplicati.storage.writing import written_behind

# In what Apache, nginx and programs in Go say to an unencrypted request there.
_WANTS_TLS = re.compile(rb"https|ssl-enabled", re.IGNORECASE)
# Inside the class, `list` is the method.
Files = list[RemoteFile]
# Enough to be worth a thread; with what is received on top of it no more than a part may be.
_BATCH = PART - RECEIVED
_CLEAN_UP = 1.0
_XML = (("Content-Type", "application/xml; charset=utf-8"),)
_QUOTA = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/>'
    b"<D:quota-used-bytes/></D:prop></D:propfind>"
)
# After these nothing can be there.
_NEVER_BEGAN = (DestinationUnknown, DestinationUnreachable, DestinationUntrusted, DestinationSignInRefused)


class WebDavFolder(Elsewhere):
    """`path` of the folder, decoded. What a put leaves behind that fails is taken away."""

    def __init__(self, display: str, endpoint: Endpoint, path: str, signing_in: SigningIn) -> None:
        super().__init__(display)
        self._server = Server(endpoint)
        self._path = tuple(part for part in path.split("/") if part)
        self._signing_in = signing_in

    async def list(self) -> Files:
        return await self._properties(self._target(), "1", "")

    async def get(self, name: str, write: Write) -> None:
        async with written_behind(write) as take:
            request = Request("GET", self._target(name))
            await self._good(request, name, lambda _head, part: take(part), _BATCH)

    async def get_part(self, name: str, start: int, length: int, write: Write) -> None:
        at = 0

        async def each(head: Answer, part: bytes) -> None:
            nonlocal at
            if head.status == 200:  # the server knows no parts and sends all
                from_here = max(start - at, 0)
                at, part = at + len(part), part[from_here : max(start + length - at, 0)]
            if part:
                await take(part)

        span = (("Range", f"bytes={start}-{start + length - 1}"),)
        async with written_behind(write) as take:
            answer = await self._ask(Request("GET", self._target(name), span), each, _BATCH)
        if answer.status not in (200, 206, 416):  # 416: it is behind the end
            raise self._explained(answer, name)

    async def put(self, name: str, upload: Upload) -> None:
        if self._signing_in.wants_challenge:
            await self._properties(self._target(), "0", "")
        try:
            headers = (("Content-Type", "application/octet-stream"),)
            await self._good(Request("PUT", self._target(name), headers, upload=upload), name)
            await self._check_size(name, upload.size)
        except _NEVER_BEGAN:
            raise
        except BaseException:  # also when it was stopped
            with trio.move_on_after(_CLEAN_UP, shield=True), suppress(DestinationError):
                await self.delete(name)
            raise

    async def delete(self, name: str) -> None:
        await self._good(Request("DELETE", self._target(name)), name)

    async def rename(self, name: str, new: str) -> None:
        endpoint = self._server.endpoint
        place = f"{'https' if endpoint.secure else 'http'}://{endpoint.shown}{self._target(new)}"
        headers = (("Destination", place), ("Overwrite", "T"))
        try:
            await self._good(Request("MOVE", self._target(name), headers), name)
        except DestinationRefused:
            await self._properties(self._target(name), "0", name)  # some say 403 for what is not there
            raise

    async def quota(self) -> Quota | None:
        headers = (("Depth", "0"), *_XML)
        answer = await self._good(Request("PROPFIND", self._target(), headers, _QUOTA), "")
        return _quota(answer.content)

    async def test(self) -> None:
        await self.list()
        name = f"triplicati-test-{secrets.token_hex(4)}"
        await self.put(name, _Probe())
        await self.delete(name)

    async def create_folder(self) -> None:
        await self._make(len(self._path))

    async def _make(self, depth: int) -> None:
        """The folder of so many parts of the path, and those above that are missing."""
        request = Request("MKCOL", self._target(depth=depth))
        answer = await self._ask(request)
        if answer.status == 409 and depth > 1:
            await self._make(depth - 1)
            answer = await self._ask(request)
        if answer.status not in (201, 405) and answer.status // 100 != 2:  # 405: it is there
            raise self._explained(answer, "")

    async def _check_size(self, name: str, size: int) -> None:
        (found,) = await self._properties(self._target(name), "0", name) or (None,)
        if found is None or found.size not in (-1, size):
            raise DestinationError(reason=f"of {name} not all has arrived: {size} bytes were sent")

    async def _properties(self, target: str, depth: str, name: str) -> Files:
        listing = Listing()

        async def each(_head: Answer, part: bytes) -> None:
            listing.feed(part)

        headers = (("Depth", depth), *_XML)
        try:
            await self._good(Request("PROPFIND", target, headers, ASKED), name, each)
            return listing.end()
        except CutShort as error:
            reason = f"{self._server.endpoint.shown} lists not all of the folder, and says so with status 507"
            raise DestinationError(reason=reason) from error
        except ValueError as error:
            reason = f"what {self._server.endpoint.shown} answers is no list of WebDAV; check the address"
            raise DestinationError(reason=reason) from error

    async def _good(
        self, request: Request, name: str, each: PartOf | None = None, at_least: int = 0
    ) -> Answer:
        answer = await self._ask(request, each, at_least)
        if answer.status // 100 != 2 or (request.method == "PROPFIND" and answer.status != 207):
            raise self._explained(answer, name)
        return answer

    async def _ask(self, request: Request, each: PartOf | None = None, at_least: int = 0) -> Answer:
        for _ in range(3):
            proof = self._signing_in.headers(request.method, request.target)
            signed = msgspec.structs.replace(request, headers=(*request.headers, *proof))
            answer = await self._server.ask(signed, each, at_least)
            if answer.status != 401 or not self._signing_in.challenged(answer.challenges):
                break
        return answer

    def _target(self, name: str = "", depth: int | None = None) -> str:
        folder = "".join(f"/{quote(part, safe='')}" for part in self._path[:depth])
        return f"{folder}/{quote(name, safe='')}"

    def _explained(self, answer: Answer, name: str) -> DestinationError:
        host, status = self._server.endpoint.shown, answer.status
        folder = "/" + "/".join(self._path)
        if status == 401:
            methods = ", ".join(each.split()[0] for each in answer.challenges if each.split())
            reason = f"status 401{f', it wants {methods}' if methods else ''}"
            return DestinationSignInRefused(host=host, reason=reason, scheme="webdav")
        if status == 403:
            return DestinationRefused(path=name or folder, reason="status 403")
        if status in (404, 410):
            return RemoteFileMissing(name=name) if name else FolderMissing(folder=folder)
        if status == 409:
            return FolderMissing(folder=folder)
        if status in (413, 507):
            return DestinationFull(name=name or folder, reason=f"status {status}")
        if 300 <= status < 400:
            where = answer.headers.get("location", "another address")
            return DestinationError(reason=f"{host} sends us on to {where}; give that address")
        if status == 400 and not self._server.endpoint.secure and _WANTS_TLS.search(answer.content):
            return DestinationUnreachable(host=host, reason="it speaks TLS there; add --use-ssl")
        if status == 405 and not name:
            return DestinationError(reason=f"there is no WebDAV at {host}{folder}; check the address")
        return DestinationError(reason=f"{host} answered with status {status}")


class _Probe:
    path = Path("test")
    size = 4
    disposable = False

    def parts(self) -> Iterator[bytes]:
        yield b"test"


def _quota(content: bytes) -> Quota | None:
    from xml.etree import ElementTree  # noqa: PLC0415

    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        return None
    free = (root.findtext(".//{DAV:}quota-available-bytes") or "").strip()
    used = (root.findtext(".//{DAV:}quota-used-bytes") or "").strip()
    if not free.isdigit():
        return None
    return Quota(int(free) + int(used) if used.isdigit() else None, int(free))
