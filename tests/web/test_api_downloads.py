"""Files of a version for a browser, over the API."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trio
from support.daemons import a_backup
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.engine.settings import RestoreSettings
from triplicati.messages.results import RestoreResult
from triplicati.operations.order import Order
from triplicati.operations.restore import run_restore

_FILE, _ZIP = "/api/v2/backup/1/file", "/api/v2/backup/1/zip"
_PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
_PAGE = b"<html><script>alert(1)</script></html>"


async def backed_up(web: WebDaemon, tmp_path: Path, scratch: Path | None = None) -> str:
    """Two versions; gives the folder of the sources with its separator."""
    backup = a_backup(tmp_path, blocksize="1kb", tempdir=str(scratch or tmp_path))
    source = tmp_path / "source"
    (source / "sub" / "page.html").write_bytes(_PAGE)
    (source / "sub" / "picture.txt").write_bytes(_PNG)
    (source / "sub" / 'star*ü "x".txt').write_text("star")
    (source / "sub" / "starry ü.txt").write_text("another")
    (source / "empty").write_bytes(b"")
    (source / "link").symlink_to("a.txt")
    os.utime(source / "a.txt", (1_600_000_000, 1_600_000_000))
    await web.daemon.store.add_backup(backup)
    await web.ended(await web.post("backup/1/run"))
    (source / "a.txt").write_text("hello again")
    await web.ended(await web.post("backup/1/run"))
    return f"{source}/"


async def asked(web: WebDaemon, address: str, path: str, version: int = 0) -> dict[str, Any]:
    """The JSON of an answer."""
    answer = await web.client.get(address, params={"path": path, "version": version})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_one_file_of_each_version(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    async with a_web_daemon(tmp_path / "data") as web:
        source = await backed_up(web, tmp_path, scratch)
        for version, content in ((None, b"hello again"), (0, b"hello again"), (1, b"hello")):
            query = {"path": f"{source}a.txt"} | ({} if version is None else {"version": str(version)})
            answer = await web.client.get(_FILE, params=query)
            assert (answer.status_code, answer.content) == (200, content)
            assert answer.headers["Content-Length"] == str(len(content))
        large = await web.client.get(_FILE, params={"path": f"{source}sub/b.bin"})
        assert large.content == (tmp_path / "source" / "sub" / "b.bin").read_bytes()
        assert (await web.client.get(_FILE, params={"path": f"{source}empty"})).content == b""
        assert list(scratch.iterdir()) == []


async def test_a_name_is_no_pattern(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        source = await backed_up(web, tmp_path)
        answer = await web.client.get(_FILE, params={"path": f"{source}sub/star*ü \"x\".txt"})
        assert answer.content == b"star"
        told = answer.headers["Content-Disposition"]
        assert told.startswith('attachment; filename="star*_ _x_.txt"; ')
        assert told.endswith("filename*=UTF-8''" + quote('star*ü "x".txt', safe=""))


async def test_nothing_of_a_backup_runs_as_a_page(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        source = await backed_up(web, tmp_path)
        page = await web.client.get(_FILE, params={"path": f"{source}sub/page.html", "inline": "true"})
        assert page.content == _PAGE
        assert page.headers["Content-Type"] == "application/octet-stream"
        assert page.headers["Content-Disposition"].startswith("attachment;")
        image = await web.client.get(_FILE, params={"path": f"{source}sub/picture.txt", "inline": "true"})
        assert image.content == _PNG
        assert image.headers["Content-Type"] == "image/png"
        assert image.headers["Content-Disposition"].startswith("inline;")
        saved = await web.client.get(_FILE, params={"path": f"{source}sub/picture.txt"})
        assert saved.headers["Content-Disposition"].startswith("attachment;")
        for each in (page, image, saved):
            assert each.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in each.headers["Content-Security-Policy"]


async def test_links_take_a_token_for_that_use_only(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, web.stranger() as stranger:
        source = await backed_up(web, tmp_path)
        token = (await web.post("auth/issuetoken/download"))["Token"]
        other = (await web.post("auth/issuetoken/export"))["Token"]
        query = {"path": f"{source}a.txt"}
        assert (await stranger.get(_FILE, params=query)).status_code == 401
        assert (await stranger.get(_FILE, params=query | {"token": other})).status_code == 401
        assert (await stranger.get(_FILE, params=query | {"token": token})).content == b"hello again"
        body = {"Paths": [f"{source}a.txt"]}
        assert (await stranger.post(_ZIP, json=body)).status_code == 401
        assert (await stranger.post(_ZIP, json=body, params={"token": token})).status_code == 200


async def test_a_zip_file_of_folders_and_files(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    async with a_web_daemon(tmp_path / "data") as web:
        source = await backed_up(web, tmp_path, scratch)
        wanted = {"Paths": [f"{source}sub/", f"{source}a.txt", f"{source}link"], "Version": 1}
        answer = await web.client.post(_ZIP, json=wanted)
        assert answer.headers["Content-Type"] == "application/zip"
        assert 'filename="Docs.zip"' in answer.headers["Content-Disposition"]
        made = zipfile.ZipFile(io.BytesIO(answer.content))
        assert made.testzip() is None
        files = {each: made.read(each) for each in made.namelist() if not each.endswith("/")}
        kept = {f"sub/{each.name}": each.read_bytes() for each in (tmp_path / "source" / "sub").iterdir()}
        assert files == kept | {"a.txt": b"hello", "link": b"a.txt"}
        assert made.getinfo("link").external_attr >> 28 == 0o12
        assert made.getinfo("a.txt").date_time[0] == 2020
        one = await web.client.post(_ZIP, json={"Paths": [f"{source}sub/"]})
        assert 'filename="sub.zip"' in one.headers["Content-Disposition"]
        assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "version", "identity"),
    [
        ("{source}sub/", 0, "FileNotInVersion"),
        ("{source}none", 0, "FileNotInVersion"),
        ("{source}*.txt", 0, "FileNotInVersion"),
        ("{source}link", 0, "FileNotInVersion"),
        ("{source}a.txt", 7, "VersionNotFound"),
    ],
)
async def test_what_there_is_not(tmp_path: Path, path: str, version: int, identity: str) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        source = await backed_up(web, tmp_path)
        named = path.format(source=source)
        for address in (_FILE, f"{_FILE}/preview"):
            found = await asked(web, address, named, version)
            assert (found["Success"], found["StatusCode"]) == (False, identity)
        for paths in ([], [""], ["", " "]):
            assert (await web.post(_ZIP, {"Paths": paths}))["StatusCode"] == "InvalidValue"
        nothing = await web.post(_ZIP, {"Paths": [f"{source}none/"]})
        assert nothing["StatusCode"] == "EmptyRestoreOperation"


async def test_previews(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path, blocksize="1kb")
        long = "ä" * 200_000  # twice as many bytes, and a block ends within a character
        (tmp_path / "source" / "long.txt").write_text("x" + long)
        (tmp_path / "source" / "picture").write_bytes(_PNG)
        (tmp_path / "source" / "empty").write_bytes(b"")
        await web.daemon.store.add_backup(backup)
        await web.ended(await web.post("backup/1/run"))

        async def look(name: str) -> Any:
            return (await asked(web, f"{_FILE}/preview", f"{tmp_path}/source/{name}"))["Data"]

        short = await look("a.txt")
        assert (short["Text"], short["Encoding"], short["Whole"]) == ("hello", "utf-8", True)
        cut = await look("long.txt")
        assert cut["Text"] == ("x" + long)[: 1 + (256 * 1024 - 1) // 2]
        assert (cut["Size"], cut["Whole"]) == (400_001, False)
        assert (await look("picture"))["Image"] == "image/png"
        binary = await look("sub/b.bin")
        assert (binary["Text"], binary["Binary"], binary["Size"]) == (None, True, 10240)
        assert (await look("empty"))["Text"] == ""


async def test_a_file_whose_volume_is_gone(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        backup = a_backup(tmp_path, number_of_retries="0")
        await web.daemon.store.add_backup(backup)
        await web.ended(await web.post("backup/1/run"))
        for each in (tmp_path / "destination-Docs").glob("*.dblock.*"):
            each.unlink()
        found = await asked(web, _FILE, f"{tmp_path}/source/a.txt")
        assert (found["Success"], found["StatusCode"]) == (False, "FileNotFetched")


async def test_a_client_that_goes_away_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    begun, ended = trio.Event(), trio.Event()

    async def without_end(order: Order, settings: RestoreSettings) -> None:
        assert settings.target is not None
        settings.target.mkdir()
        (settings.target / "b.bin").write_bytes(b"some of it")
        begun.set()
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    async with a_web_daemon(tmp_path / "data") as web:
        source = await backed_up(web, tmp_path, scratch)
        monkeypatch.setattr("triplicati.runner.downloads.run_restore", without_end)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asked, web, _FILE, f"{source}sub/b.bin")
            with trio.fail_after(10):
                await begun.wait()
            assert len(list(scratch.iterdir())) == 1
            nursery.cancel_scope.cancel()
        with trio.fail_after(10):
            await ended.wait()
            while list(scratch.iterdir()):
                await trio.sleep(0.01)


async def test_many_at_once_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = most = 0

    async def fetch(web: WebDaemon, path: str) -> None:
        assert (await web.client.get(_FILE, params={"path": path})).content == b"hello again"

    async def counted(order: Order, settings: RestoreSettings) -> RestoreResult:
        nonlocal together, most
        together += 1
        most = max(most, together)
        try:
            return await run_restore(order, settings)
        finally:
            together -= 1

    async with a_web_daemon(tmp_path / "data") as web:
        source = await backed_up(web, tmp_path)
        monkeypatch.setattr("triplicati.runner.downloads.run_restore", counted)
        async with trio.open_nursery() as nursery:
            for _ in range(8):
                nursery.start_soon(fetch, web, f"{source}a.txt")
    assert 1 <= most <= 3
