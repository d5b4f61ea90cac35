"""WebDAV at a server that the test plays itself: lists, sign-in, quirks of servers, and lines that hang."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import h11
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from support.conformance import Bytes, content_of, fetched

from triplicati.errors import (
    DestinationError,
    DestinationFull,
    DestinationSignInRefused,
    DestinationUnreachable,
    FolderMissing,
)
from triplicati.storage.abilities import Quota
from triplicati.storage.destination import PART, RemoteFile
from triplicati.storage.registry import open_destination
from triplicati.storage.webdav.folder import WebDavFolder
from triplicati.storage.webdav.listing import Listing
from triplicati.values.urls import parse_url

_HEAD = '<?xml version="1.0"?>\n<d:multistatus xmlns:d="DAV:">'
_FILE = (
    "<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:resourcetype/><d:getcontentlength>{size}"
    "</d:getcontentlength><d:getlastmodified>Mon, 12 Jan 2026 09:25:56 GMT</d:getlastmodified></d:prop>"
    "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
)
_FOLDER = (
    "<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype>"
    "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
)
_TAIL = "</d:multistatus>"
Reply = tuple[int, list[tuple[str, str]], bytes]
Play = Callable[[h11.Request, bytes], Reply]


async def _serving(
    play: Play, then: Callable[[WebDavFolder], Awaitable[object]], options: dict[str, str] | None = None
) -> list[h11.Request]:
    """`play` answers each request; what was asked is returned when `then` is done."""
    asked: list[h11.Request] = []

    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            connection = h11.Connection(h11.SERVER)
            while (request := await _request(stream, connection)) is not None:
                asked.append(request[0])
                status, headers, body = play(*request)
                lengths = [] if any(name == "Content-Length" for name, _ in headers) else [len(body)]
                sized = [*headers, *(("Content-Length", str(each)) for each in lengths)]
                events: list[h11.Event] = [
                    h11.Response(status_code=status, headers=sized), h11.Data(data=body), h11.EndOfMessage()
                ]  # fmt: skip
                await stream.send_all(b"".join(connection.send(event) or b"" for event in events))
                connection.start_next_cycle()

    async with trio.open_nursery() as nursery:
        port = await _listening(nursery, serve)
        url = f"webdav://somebody:pass%20word@127.0.0.1:{port}/a+folder/below"
        destination = open_destination(parse_url(url), dict(options or {}))
        assert isinstance(destination, WebDavFolder)
        await then(destination)
        nursery.cancel_scope.cancel()
    return asked


async def _listening(nursery: trio.Nursery, serve: Callable[[trio.SocketStream], Awaitable[None]]) -> int:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port: int = listeners[0].socket.getsockname()[1]
    nursery.start_soon(trio.serve_listeners, serve, listeners)
    return port


async def _request(stream: trio.SocketStream, connection: h11.Connection) -> tuple[h11.Request, bytes] | None:
    request, body = None, b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(bytes(await stream.receive_some()))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert request is not None
            return request, body
        else:
            return None


def _listed(*parts: str) -> bytes:
    return (_HEAD + "".join(parts) + _TAIL).encode()


def _always(status: int, body: bytes = b"", *headers: tuple[str, str]) -> Play:
    return lambda _request, _body: (status, list(headers), body)


def parsed(body: bytes, size: int = 7) -> list[RemoteFile]:
    listing = Listing()
    for at in range(0, len(body), size):
        listing.feed(body[at : at + size])
    return listing.end()


def test_a_list_as_servers_write_it() -> None:
    body = _listed(
        _FOLDER.format(href="/a%20folder/below/"), _FILE.format(href="/a%20folder/below/one", size=5),
        _FILE.format(href="http://server:8080/a%20folder/below/%c3%9cber%20%23%3f", size=0),
        _FOLDER.format(href="/a%20folder/below/sub"),
    )  # fmt: skip
    when = 1768209956.0
    assert parsed(body) == [RemoteFile("one", 5, when), RemoteFile("Über #?", 0, when)]


def test_a_list_without_sizes_and_times() -> None:
    body = _listed("<d:response><d:href>/below/one</d:href></d:response>")
    assert parsed(body) == [RemoteFile("one", -1)]


def test_what_is_gone_while_a_list_is_made_is_not_in_it() -> None:
    gone = "<d:response><d:href>/x/gone</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
    assert [each.name for each in parsed(_listed(gone, _FILE.format(href="/x/one", size=5)))] == ["one"]


async def test_a_list_that_the_server_cut_short_is_an_error() -> None:
    """As some say when a folder holds more than they show (RFC 6578 3.6): what is left out would count as
    lost."""
    cut = "<d:response><d:href>/x/</d:href><d:status>HTTP/1.1 507 No more</d:status></d:response>"
    body = _listed(_FILE.format(href="/x/one", size=5), cut)

    async def ask(folder: WebDavFolder) -> None:
        with pytest.raises(DestinationError, match="not all of the folder"):
            await folder.list()

    await _serving(_always(207, body), ask)


async def test_an_end_that_the_server_tells_before_it_is_no_answer() -> None:
    """Some send 408 when nobody asked them for long, which is there before the next request is."""
    answers = iter((207, 408, 207))

    def play(request: h11.Request, _body: bytes) -> Reply:
        return next(answers), [], _listed()

    async def ask(folder: WebDavFolder) -> None:
        assert await folder.list() == []
        assert await folder.list() == []

    assert len(await _serving(play, ask)) == 3


@pytest.mark.parametrize("body", [b"", b"<html>", b"<html></html>", b"not XML", _listed()[:-3]])
def test_what_is_no_list(body: bytes) -> None:
    with pytest.raises(ValueError, match="list"):
        parsed(body)


@given(st.binary(), st.integers(1, 9))
def test_no_answer_breaks_the_reader(body: bytes, size: int) -> None:
    try:
        parsed(body, size)
    except ValueError as error:
        assert "list" in str(error)  # noqa: PT017 - either is right


async def test_the_folder_is_asked_for_as_it_is_written() -> None:
    async def then(folder: WebDavFolder) -> None:
        assert await folder.list() == [RemoteFile("one", 5, 1768209956.0)]

    body = _listed(_FILE.format(href="/one", size=5))
    (request,) = await _serving(_always(207, body), then)
    assert (request.method, request.target) == (b"PROPFIND", b"/a%20folder/below/")
    assert dict(request.headers)[b"depth"] == b"1"


async def test_the_password_is_not_shown_where_digest_is_wanted() -> None:
    """The answer to a challenge is the one of RFC 7616, and it serves for the requests after it."""
    wanted = 'Digest realm="files", nonce="abc", qop="auth,auth-int", algorithm=SHA-256, opaque="xyz"'

    def play(request: h11.Request, _body: bytes) -> Reply:
        proof = dict(request.headers).get(b"authorization", b"").decode()
        if not proof:
            return 401, [("WWW-Authenticate", 'Basic realm="files"'), ("WWW-Authenticate", wanted)], b""
        field = dict(re.findall(r'(\w+)="?([^",]*)"?', proof))

        def digest(text: str) -> str:
            return hashlib.sha256(text.encode()).hexdigest()

        who, what = digest("somebody:files:pass word"), digest(f"PROPFIND:{request.target.decode()}")
        right = digest(f"{who}:abc:{field['nc']}:{field['cnonce']}:auth:{what}")
        return (207 if field["response"] == right and field["opaque"] == "xyz" else 403), [], _listed()

    async def then(folder: WebDavFolder) -> None:
        assert await folder.list() == []
        assert await folder.list() == []

    asked = await _serving(play, then, {"force-digest-authentication": "true"})
    assert len(asked) == 3
    assert all(b"Basic" not in value for request in asked for _, value in request.headers)


async def test_a_refused_sign_in_is_not_tried_for_ever() -> None:
    async def then(folder: WebDavFolder) -> None:
        with pytest.raises(DestinationSignInRefused, match="Digest"):
            await folder.list()

    challenge = ("WWW-Authenticate", 'Digest realm="x", nonce="n"')
    assert len(await _serving(_always(401, b"", challenge), then)) == 2


async def test_a_part_from_a_server_that_always_sends_all() -> None:
    content = content_of(2 * PART)

    async def then(folder: WebDavFolder) -> None:
        for start, length in ((0, 5), (PART - 3, 10), (2 * PART - 4, 100), (5, PART + 7)):
            parts: list[bytes] = []
            await folder.get_part("a", start, length, parts.append)
            assert b"".join(parts) == content[start : start + length]

    await _serving(_always(200, content), then)


async def test_what_arrived_short_is_an_error_and_taken_away(tmp_path: Path) -> None:
    def play(request: h11.Request, _body: bytes) -> Reply:
        if request.method == b"PROPFIND":
            return 207, [], _listed(_FILE.format(href="/a", size=4))
        return 204, [], b""

    async def then(folder: WebDavFolder) -> None:
        with pytest.raises(DestinationError, match="not all has arrived"):
            await folder.put("a", Bytes(tmp_path, b"12345"))

    asked = await _serving(play, then)
    assert [request.method for request in asked] == [b"PUT", b"PROPFIND", b"DELETE"]


@pytest.mark.parametrize(
    ("status", "kind", "match"),
    [
        (507, DestinationFull, "507"), (413, DestinationFull, "413"), (409, FolderMissing, "a folder/below"),
        (302, DestinationError, "https://elsewhere"), (423, DestinationError, "423"),
        (429, DestinationError, "429"), (503, DestinationError, "503"),
    ],
)  # fmt: skip
async def test_answers_to_a_put(
    status: int, kind: type[DestinationError], match: str, tmp_path: Path
) -> None:
    async def then(folder: WebDavFolder) -> None:
        with pytest.raises(DestinationError, match=match) as caught:
            await folder.put("a", Bytes(tmp_path, b"12345"))
        assert type(caught.value) is kind

    await _serving(_always(status, b"", ("Location", "https://elsewhere/")), then)


async def test_a_page_that_is_no_webdav() -> None:
    async def then(folder: WebDavFolder) -> None:
        with pytest.raises(DestinationError, match="check the address"):
            await folder.list()

    await _serving(_always(207, b"<html>Welcome</html>"), then)
    await _serving(_always(405), then)


async def test_room() -> None:
    body = (
        b'<m xmlns:d="DAV:"><d:quota-available-bytes>70</d:quota-available-bytes>'
        b"<d:quota-used-bytes>30</d:quota-used-bytes></m>"
    )

    async def then(folder: WebDavFolder) -> None:
        assert await folder.quota() == Quota(100, 70)

    await _serving(_always(207, body), then)


async def test_missing_folders_above_are_made_too() -> None:
    made: set[bytes] = set()

    def play(request: h11.Request, _body: bytes) -> Reply:
        above = request.target.rstrip(b"/").rpartition(b"/")[0] + b"/"
        if above not in (b"/", *made):
            return 409, [], b""
        made.add(request.target)
        return 201, [], b""

    asked = await _serving(play, lambda folder: folder.create_folder())
    assert made == {b"/a%20folder/", b"/a%20folder/below/"}
    assert len(asked) == 3


async def test_a_connection_that_ended_meanwhile_is_opened_anew() -> None:
    """Servers end a connection after some seconds without a request, as this one does at once."""

    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            connection = h11.Connection(h11.SERVER)
            assert await _request(stream, connection) is not None
            body = _listed()
            head = h11.Response(status_code=207, headers=[("Content-Length", str(len(body)))])
            events: list[h11.Event] = [head, h11.Data(data=body), h11.EndOfMessage()]
            await stream.send_all(b"".join(connection.send(event) or b"" for event in events))

    async with trio.open_nursery() as nursery:
        port = await _listening(nursery, serve)
        folder = open_destination(parse_url(f"webdav://127.0.0.1:{port}/"), {})
        for _ in range(3):
            assert await folder.list() == []
        nursery.cancel_scope.cancel()


async def test_a_line_that_breaks_in_the_middle() -> None:
    async def then(folder: WebDavFolder) -> None:
        with pytest.raises(DestinationError, match="broke off"):
            await fetched(folder, "a")

    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")

    async with trio.open_nursery() as nursery:
        port = await _listening(nursery, serve)
        url = f"webdav://127.0.0.1:{port}/"
        folder = open_destination(parse_url(url), {})
        assert isinstance(folder, WebDavFolder)
        await then(folder)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("scheme", "call"),
    [
        *((scheme, "list") for scheme in ("webdav", "webdavs", "ssh", "ftp", "smb")), ("webdav", "get"),
        ("smb", "get"), ("webdav", "put"), ("ftp", "put"), ("webdav", "delete"), ("smb", "delete"),
    ],
)  # fmt: skip
async def test_a_stop_does_not_wait_for_a_server_that_hangs(scheme: str, call: str, tmp_path: Path) -> None:
    connected = trio.Event()

    async def hang(stream: trio.SocketStream) -> None:
        connected.set()
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        port = await _listening(nursery, hang)
        url = f"{scheme}://me:word@127.0.0.1:{port}/share/folder"
        destination = open_destination(parse_url(url), {})
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "list": destination.list, "get": lambda: destination.get("a", bytes),
            "put": lambda: destination.put("a", Bytes(tmp_path, content_of(PART))),
            "delete": lambda: destination.delete("a"),
        }  # fmt: skip
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as inner:
                inner.start_soon(calls[call])
                await connected.wait()
                asked = trio.current_time()
                scope.cancel()
        assert trio.current_time() - asked < 1.5
        nursery.cancel_scope.cancel()


async def test_nobody_listens() -> None:
    with trio.socket.socket() as reserved:
        await reserved.bind(("127.0.0.1", 0))
        url = f"webdav://127.0.0.1:{reserved.getsockname()[1]}/"
        with pytest.raises(DestinationUnreachable, match="Connection refused"):
            await open_destination(parse_url(url), {}).list()


@pytest.mark.parametrize(
    "said",
    [
        b"Client sent an HTTP request to an HTTPS server.\n",
        b"Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
    ],
)
async def test_a_port_for_tls_is_told(said: bytes) -> None:
    async def then(folder: WebDavFolder) -> None:
        with pytest.raises(DestinationUnreachable, match="--use-ssl"):
            await folder.list()

    await _serving(lambda _request, _body: (400, [], said), then)
