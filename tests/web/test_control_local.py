"""Who can read the data folder of a server needs no password for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.client import connect, connect_local, local_server
from triplicati.config.instance_lock import instance_lock, tell_port
from triplicati.control.main import run
from triplicati.errors import NoLocalServer, SigninTokensDisabled
from triplicati_web.live import SOCKETS


@contextmanager
def _running(folder: Path, server: WebDaemon) -> Iterator[None]:
    with instance_lock(folder):
        tell_port(folder, server.port)
        yield


async def test_the_server_of_a_folder_is_found_and_opened(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with a_web_daemon(folder, sockets=SOCKETS) as server:
        with _running(folder, server):
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
        with _running(folder, server):
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
        with _running(folder, server):
            for more in ([], ["--hosturl", f"http://localhost:{server.port}/"]):
                words = ["list", "--server-datafolder", str(folder), *more]
                assert await trio.to_thread.run_sync(partial(run, words, {})) == 0
                assert capsys.readouterr().out == "No backups\n"


async def test_a_folder_without_a_running_server_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with pytest.raises(NoLocalServer, match="triplicati server"):
        local_server(folder)
    async with a_web_daemon(folder) as server:
        with _running(folder, server):
            pass
        with pytest.raises(NoLocalServer):
            local_server(folder)


async def test_switched_off_sign_in_tokens_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with a_web_daemon(folder) as server:
        await server.daemon.store.set_settings({"disable-signin-tokens": "True"})
        with _running(folder, server), pytest.raises(SigninTokensDisabled):
            local_server(folder)


async def test_looking_changes_nothing_in_the_database(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with a_web_daemon(folder) as server:
        await server.daemon.store.set_settings({"server-listen-interface": "any"})
        before = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
        with _running(folder, server):
            assert local_server(folder).url == server.url
            assert "SigningKey" not in repr(local_server(folder))
            assert local_server(folder).config.signing_key not in repr(local_server(folder))
        after = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
        assert before.items() <= after.items()
        assert set(after) - set(before) <= {"control_dir_v2"}


async def test_a_server_that_listens_nowhere_yet_is_told(tmp_path: Path) -> None:
    """Neither the port of its settings nor that of a run before counts: whoever listens there meanwhile would
    get a token that lets him in."""
    folder = tmp_path / "data"
    async with a_web_daemon(folder) as server:
        await server.daemon.store.set_settings({"last-webserver-port": str(server.port)})
        with _running(folder, server):
            assert local_server(folder).url == server.url
        with instance_lock(folder), pytest.raises(NoLocalServer, match="listen"):
            local_server(folder)
