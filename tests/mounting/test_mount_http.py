"""The mount over HTTP, as file managers ask for it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import trio
from support.engine import Place, make_tree, noise
from support.golden import CASES
from support.mounts import PASSWORD, USER, Served, mounted, properties, served

from triplicati.engine.opening import Keys
from triplicati.engine.recreate import recreate
from triplicati.engine.remote import Remote
from triplicati.index.database import open_database
from triplicati.messages.progress import Report
from triplicati.storage.kinds.file import LocalFolder

CONTENT = noise(100_000)
HOSTILE = [
    b"ctl\x01name", b"a & <b>]]>", "ünï ♥".encode(), b"per%41cent", b"bad\xffbyte", b"q?a#b;c", b"semi:colon",
]  # fmt: skip


async def a_place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    make_tree(place.source, {b"large": CONTENT, b"empty": b"", **dict.fromkeys(HOSTILE, b"x")})
    os.utime(place.source / "large", (1_600_000_000, 1_600_000_000))
    await place.back_up()
    return place


def address(place: Place, name: str = "") -> str:
    return quote(f"/latest{place.source}/{name}")


async def test_everything_listed_can_be_read(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database) as mount, served(mount) as web:
        found = await web.listed(address(place))
        assert len(found) == len(HOSTILE) + 2
        for path, each in found.items():
            answer = await web.client.get(quote(path))
            assert answer.status_code == 200, path
            assert str(len(answer.content)) == each["getcontentlength"] == answer.headers["Content-Length"]
            assert answer.headers["ETag"] == each["getetag"]
            assert answer.headers["Last-Modified"] == each["getlastmodified"]


async def test_what_a_client_may_do(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database) as mount, served(mount) as web:
        options = await web.client.options("/")
        assert (options.status_code, options.headers["DAV"]) == (200, "1")
        for method in ("PUT", "DELETE", "MKCOL", "MOVE", "COPY", "PROPPATCH", "LOCK", "UNLOCK", "POST"):
            answer = await web.client.request(method, address(place, "large"), content=b"x")
            assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, GET, HEAD, PROPFIND")
        assert (await web.client.get("/latest/nothing")).status_code == 404
        assert (await web.client.get("/no-version/x")).status_code == 404
        assert (await web.client.get("/latest/%ff")).status_code == 404


async def test_depths(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database) as mount, served(mount) as web:
        assert await web.listed("/", depth="0") == {}
        versions = await web.listed("/")
        assert "/latest/" in versions
        assert len(versions) == 2
        for headers in ({"Depth": "infinity"}, {}):
            answer = await web.client.request("PROPFIND", "/", headers=headers)
            assert answer.status_code == 403
            assert "propfind-finite-depth" in answer.text


async def test_bodies_of_requests(tmp_path: Path) -> None:
    place = await a_place(tmp_path)

    async def asked(web: Served, body: bytes) -> httpx.Response:
        return await web.client.request("PROPFIND", "/", content=body, headers={"Depth": "0"})

    async with mounted(place.connect(), place.database) as mount, served(mount) as web:
        some = b'<propfind xmlns="DAV:"><prop><resourcetype/><displayname/></prop></propfind>'
        found = properties((await asked(web, some)).content)
        assert found["/"] == {"resourcetype": "{DAV:}collection", "displayname": "Versions"}
        assert (await asked(web, b"<oops")).status_code == 400
        assert (await asked(web, b" " * 70_000)).status_code == 413


@pytest.mark.parametrize(
    ("headers", "status", "part"),
    [
        ({"Range": "bytes=1000-1999"}, 206, slice(1000, 2000)),
        ({"Range": "bytes=-5"}, 206, slice(-5, None)),
        ({"Range": "bytes=100000-"}, 416, slice(0, 0)),
        ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200, slice(None)),
        ({"If-Modified-Since": "Sun, 13 Sep 2020 12:26:40 GMT"}, 304, slice(0, 0)),
        ({"If-Match": '"other"'}, 412, slice(0, 0)),
    ],
)
async def test_parts_and_conditions(
    tmp_path: Path, headers: dict[str, str], status: int, part: slice
) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database) as mount, served(mount) as web:
        answer = await web.client.get(address(place, "large"), headers=headers)
        assert (answer.status_code, answer.content) == (status, CONTENT[part])
        if status == 206:
            first = part.indices(len(CONTENT))[0]
            length = len(answer.content)
            assert answer.headers["Content-Range"] == f"bytes {first}-{first + length - 1}/{len(CONTENT)}"


async def test_the_head_alone(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database) as mount, served(mount) as web:
        head = await web.client.head(address(place, "large"))
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == str(len(CONTENT))
        again = await web.client.get(address(place, "large"), headers={"If-None-Match": head.headers["ETag"]})
        assert again.status_code == 304


async def test_nothing_of_a_backup_runs_as_a_page(tmp_path: Path) -> None:
    place = Place(tmp_path)
    make_tree(place.source, {"page.html": b"<script>alert(1)</script>", "<img src=x>": b""})
    await place.back_up()
    async with mounted(place.connect(), place.database) as mount, served(mount) as web:
        answer = await web.client.get(address(place, "page.html"))
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        page = await web.client.get(address(place))
        assert "<img" not in page.text
        assert "&lt;img src=x&gt;" in page.text


async def test_nobody_reads_without_signing_in(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database) as mount, served(mount, signed_in=False) as web:
        for auth in (None, (USER, "wrong"), ("other", PASSWORD), (USER, "")):
            answer = await web.client.request("PROPFIND", "/", auth=auth, headers={"Depth": "1"})
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert (await web.client.get("/", auth=(USER, PASSWORD))).status_code == 200
        # The connection that signed in is not signed in for another password.
        assert (await web.client.get("/", auth=(USER, "wrong"))).status_code == 401


async def test_without_a_password_only_names_of_this_machine_count(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database) as mount, served(mount, password="") as web:
        assert (await web.client.get("/")).status_code == 200
        assert (await web.client.get("/", headers={"Host": "evil.example"})).status_code == 403


async def test_what_cannot_be_read_is_told_before_the_first_byte(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    for volume in place.volumes("dblock"):
        volume.write_bytes(b"damaged")
    remote = place.connect()
    async with mounted(remote, place.database) as mount, served(mount) as web:
        answer = await web.client.get(address(place, "large"))
        assert answer.status_code == 502
        assert "could not be read from the destination" in answer.text


async def test_damage_in_the_middle_ends_the_connection(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database) as mount, served(mount) as web:
        begin = await web.client.get(address(place, "large"), headers={"Range": "bytes=0-999"})
        assert begin.status_code == 206
        for volume in place.volumes("dblock"):
            volume.write_bytes(b"damaged")
        received = bytearray()

        async def read() -> None:
            async with web.client.stream("GET", address(place, "large")) as answer:
                assert answer.status_code == 200
                async for part in answer.aiter_raw():
                    received.extend(part)

        with pytest.raises(httpx.RemoteProtocolError):
            await read()
        assert 0 < len(received) < len(CONTENT)
        assert CONTENT.startswith(received)


async def test_a_client_that_leaves_is_noticed(tmp_path: Path) -> None:
    place = await a_place(tmp_path)
    async with mounted(place.connect(), place.database) as mount, served(mount) as web:
        async with web.client.stream("GET", address(place, "large")) as answer:
            assert answer.status_code == 200
        with trio.fail_after(5):
            assert (await web.client.get(address(place, "empty"))).status_code == 200


def expected(manifest: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in json.loads(manifest.read_text("utf-8"))["entries"]:
        if each["type"] == "file":
            yield each["path"], each


@pytest.mark.parametrize("name", ["b-aes", "g-hashes", "i-zip-LZMA", "l-bigmeta"])
async def test_backups_of_real_duplicati(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    remote = Remote(LocalFolder(case.remote), case.prefix, Keys(passphrase=case.passphrase), Report())
    database = tmp_path / "index.sqlite"
    async with open_database(database) as opened:
        await recreate(remote, opened)
    async with mounted(remote, database) as mount, served(mount) as web:
        top = "/latest/"
        while len(folders := await web.listed(quote(top))) == 1:
            top = next(iter(folders))
        found = await whole_tree(web, top)
        wanted = {
            path: each["sha256"]
            for path, each in expected(case.manifest(case.versions[-1]))
            if (not case.folders or path.split("/")[0] in case.folders) and path.isprintable()
        }
        assert wanted
        assert {path: digest for path, digest in found.items() if path in wanted} == wanted


async def whole_tree(web: Served, top: str) -> dict[str, str]:
    """Path below `top` -> SHA-256 of what is read there."""
    found, waiting = {}, [top]
    while waiting:
        for path, each in (await web.listed(quote(waiting.pop()))).items():
            if each["resourcetype"]:
                waiting.append(path)
            else:
                content = (await web.client.get(quote(path))).content
                found[path.removeprefix(top)] = hashlib.sha256(content).hexdigest()
    return found
