"""Who can read the data folder of a server needs no password for it."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import pytest
import trio
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.client import connect, connect_local, local_server
from triplicati.config.instance_lock import instance_lock
from triplicati.control.main import run
from triplicati.errors import NoLocalServer, SigninTokensDisabled
from triplicati_web.live import SOCKETS


async def _announce(server: WebDaemon, **more: str) -> None:
    await server.daemon.store.set_settings({"last-webserver-port": str(server.port), **more})


async def test_the_server_of_a_folder_is_found_and_opened(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with a_web_daemon(folder, sockets=SOCKETS) as server:
        await _announce(server)
        with instance_lock(folder):
            async with connect_local(folder) as client:
                assert client.url == server.url
                assert await client.backups() == []
                await server.daemon.store.clear_token_families()
                assert await client.backups() == []


async def test_a_link_is_signed_without_asking_the_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    async with a_web_daemon(folder, sockets=SOCKETS) as server:
        await _announce(server)
        with instance_lock(folder):
            words = ["sign-in-link", "--server-datafolder", str(folder)]
            assert await trio.to_thread.run_sync(partial(run, words, {})) == 0
        link = capsys.readouterr().out.strip()
        assert link.startswith(f"{server.url}/signin.html?token=")
        async with connect(server.url, signin_token=link.partition("token=")[2]) as client:
            assert await client.backups() == []


async def test_control_needs_no_password_there_whether_or_not_the_address_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    async with a_web_daemon(folder, sockets=SOCKETS) as server:
        await _announce(server)
        with instance_lock(folder):
            for more in ([], ["--hosturl", f"http://localhost:{server.port}/"]):
                words = ["list", "--server-datafolder", str(folder), *more]
                assert await trio.to_thread.run_sync(partial(run, words, {})) == 0
                assert capsys.readouterr().out == "No backups\n"


async def test_a_folder_without_a_running_server_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with pytest.raises(NoLocalServer, match="triplicati server"):
        local_server(folder)
    async with a_web_daemon(folder) as server:
        await _announce(server)
        with pytest.raises(NoLocalServer):
            local_server(folder)


async def test_switched_off_sign_in_tokens_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with a_web_daemon(folder) as server:
        await _announce(server, **{"disable-signin-tokens": "True"})
        with instance_lock(folder), pytest.raises(SigninTokensDisabled):
            local_server(folder)


async def test_looking_changes_nothing_in_the_database(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with a_web_daemon(folder) as server:
        await _announce(server, **{"server-listen-interface": "any"})
        before = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
        with instance_lock(folder):
            assert local_server(folder).url == server.url
            assert "SigningKey" not in repr(local_server(folder))
            assert local_server(folder).config.signing_key not in repr(local_server(folder))
        after = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
        assert before.items() <= after.items()
        assert set(after) - set(before) <= {"control_dir_v2"}


async def test_a_server_that_listens_nowhere_yet_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with a_web_daemon(folder):
        pass
    with sqlite3.connect(folder / "Duplicati-server.sqlite") as database:
        database.execute("DELETE FROM \"Option\" WHERE Name = 'last-webserver-port'")
    database.close()
    with instance_lock(folder), pytest.raises(NoLocalServer, match="listen"):
        local_server(folder)
