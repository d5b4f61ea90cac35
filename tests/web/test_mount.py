"""All saved backups at /dav/, behind the server's own sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
import trio
from support.daemons import a_backup
from support.mounts import properties
from support.web_daemon import PASSWORD, WebDaemon, a_web_daemon

from triplicati.messages.saved import SavedBackup
from triplicati_web.app import make_app
from triplicati_web.listening import bound_port, open_tcp
from triplicati_web.mount.beside import mounted
from triplicati_web.mount.open_backups import OpenBackups
from triplicati_web.serving import Endpoint, serve
from triplicati_web.settings import WebSettings


@asynccontextmanager
async def mounting(web: WebDaemon) -> AsyncIterator[httpx.AsyncClient]:
    """A second web server for the same daemon, with the mount; the client signs in with the password."""
    stop = trio.Event()
    wanted = WebSettings()
    app = make_app(web.daemon, (), wanted, closing=stop)
    listeners = await open_tcp(["127.0.0.1"], 0)
    url = f"http://127.0.0.1:{bound_port(listeners[0])}"
    async with mounted(app, web.daemon, wanted) as both, trio.open_nursery() as nursery:
        endpoints = [Endpoint(each) for each in listeners]
        await nursery.start(partial(serve, both, endpoints, stop=stop, grace=0.1))
        async with httpx.AsyncClient(
            base_url=url, auth=("anybody", PASSWORD), timeout=10, trust_env=False
        ) as client:
            yield client
        stop.set()


async def backed_up(web: WebDaemon, tmp_path: Path, name: str = "Docs") -> str:
    """Gives the address of the source in the newest version."""
    identity = await web.daemon.store.add_backup(a_backup(tmp_path, name))
    await web.ended(await web.post(f"backup/{identity}/run"))
    return quote(f"/dav/{name}/latest{tmp_path / 'source'}/")


async def listed(client: httpx.AsyncClient, path: str) -> dict[str, dict[str, str]]:
    answer = await client.request("PROPFIND", path, headers={"Depth": "1"})
    assert answer.status_code == 207, answer.text
    return properties(answer.content)


async def test_the_versions_of_each_backup(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, mounting(web) as client:
        source = await backed_up(web, tmp_path)
        assert set(await listed(client, "/dav")) == {"/dav/", "/dav/Docs/"}
        assert len(await listed(client, "/dav/Docs/")) == 3
        assert (await client.get(f"{source}a.txt")).text == "hello"
        content = (await client.get(f"{source}sub/b.bin")).content
        assert content == (tmp_path / "source" / "sub" / "b.bin").read_bytes()
        (tmp_path / "source" / "a.txt").write_text("hello again")
        await web.ended(await web.post("backup/1/run"))
        assert (await client.get(f"{source}a.txt")).text == "hello again"
        assert len(await listed(client, "/dav/Docs/")) == 4
        assert (await client.get("/dav/nothing/")).status_code == 404
        assert (await client.put(f"{source}a.txt", content=b"x")).status_code == 405


async def test_who_may_read(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, mounting(web) as client:
        _, token = await web.daemon.sign_in.issue_named_token("files", 1)
        for password, status in ((PASSWORD, 200), (token, 200), ("wrong", 401), ("", 401)):
            assert (await client.get("/dav/", auth=("x", password))).status_code == status
        answer = await client.get("/dav/", auth=None)
        assert (answer.status_code, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")
        assert (await client.get("/dav/", headers={"Host": "evil.example"})).status_code == 403


async def test_a_new_password_ends_what_the_old_one_opened(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, mounting(web) as client:
        assert (await client.get("/dav/")).status_code == 200
        await web.daemon.sign_in.set_password("another password")
        assert (await client.get("/dav/")).status_code == 401


async def test_a_revoked_token_opens_nothing(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, mounting(web) as client:
        kept, token = await web.daemon.sign_in.issue_named_token("files", 1)
        assert (await client.get("/dav/", auth=("x", token))).status_code == 200
        await web.daemon.sign_in.revoke_named_token(kept.id)
        assert (await client.get("/dav/", auth=("x", token))).status_code == 401


async def test_the_rest_of_the_server_is_as_it_was(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, mounting(web) as client:
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/davos")).status_code == 404
        assert (await web.client.get("/dav/")).status_code == 404  # where it is not switched on


async def test_names_of_backups_that_no_address_can_hold(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, mounting(web) as client:
        for name in ("a/b", "a-b", ".."):
            await web.daemon.store.add_backup(SavedBackup(name=name, target_url=tmp_path.as_uri()))
        assert set(await listed(client, "/dav/")) == {"/dav/", "/dav/a-b/", "/dav/a-b (2)/", "/dav/.. (3)/"}


async def test_a_destination_that_is_not_there_is_told(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, mounting(web) as client:
        await web.daemon.store.add_backup(a_backup(tmp_path, "Lost"))
        answer = await client.get("/dav/Lost/")
        assert answer.status_code >= 400
        assert "does not exist" in answer.text
        assert (await client.get("/dav/")).status_code == 200


async def test_a_backup_is_closed_when_nobody_reads_it(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await backed_up(web, tmp_path)
        (backup,) = await web.daemon.backups()
        async with trio.open_nursery() as nursery:
            backups = OpenBackups(web.daemon, idle=0.01)
            await nursery.start(backups.run)
            async with backups.opened(backup) as first, backups.opened(backup) as second:
                assert first is second
            with trio.fail_after(10):
                while backups._opened:
                    await trio.lowlevel.checkpoint()
            async with backups.opened(backup) as third:
                assert third is not first
                assert await third.find(["latest"]) is not None
            nursery.cancel_scope.cancel()
