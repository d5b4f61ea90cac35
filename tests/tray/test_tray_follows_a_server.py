"""The agent of the tray with real servers: what it shows, and what its commands do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec
import psutil
import pytest
import trio
from support.api_client import add, job
from support.certificates import self_signed
from support.server_process import PASSWORD, ServerProcess, server_process
from support.tray_process import QUICK, PlayedDesk, a_tray, browser

from triplicati.client import Event, connect
from triplicati.client.events import decoded

_CONNECT = "--no-hosted-server"
_SWITCHES = ("is-first-run", "server-port-changed", "disable-tray-icon-login")
_NOTHING_TO_SHOW = dict.fromkeys(_SWITCHES, "False") | {"max-upload-speed": ""}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("running") / "data"
    folder.mkdir(mode=0o700)
    with server_process(folder) as server:
        yield server


@pytest.fixture
def server(running: ServerProcess) -> ServerProcess:
    """One without backups, which has nothing to show."""
    with running.signed_in() as client:
        for each in client.get("/api/v1/backups").json():
            client.delete(f"/api/v1/backup/{each['Backup']['ID']}", params={"force": "true"})
        while client.get("/api/v1/backups").json():
            time.sleep(0.02)
        client.delete("/api/v1/notifications")
        client.patch("/api/v1/serversettings", json=_NOTHING_TO_SHOW)
    return running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    return made


def _saved(server: ServerProcess, tmp_path: Path, **options: str) -> str:
    """A backup of one small file."""
    (tmp_path / "source").mkdir(exist_ok=True)
    (tmp_path / "source" / "file").write_bytes(b"content" * 1000)
    with server.signed_in() as client:
        return add(client, job(tmp_path, **options))


async def _up(desk: PlayedDesk) -> None:
    await desk.shown_next(lambda look: look.connected)


async def test_it_shows_a_backup_and_does_what_its_menu_says(server: ServerProcess, tmp_path: Path) -> None:
    identity = _saved(server, tmp_path)
    async with a_tray(server.folder, _CONNECT) as desk:
        found = await desk.shown_next(lambda look: bool(look.backups))
        assert (found.light, found.status) == ("idle", "Docs has not run yet; none is scheduled")
        assert not found.hosted
        desk.want("pause", "30m")
        paused = await desk.shown_next(lambda look: look.paused)
        assert paused.status.startswith("Paused until ")
        desk.want("run", identity)
        waits = await desk.shown_next(lambda look: look.status.endswith("; Docs waits"))
        assert (waits.light, waits.running) == ("paused", False)
        desk.want("resume")
        notice = await desk.told("Docs is backed up")
        assert notice.path == f"/#/backup/{identity}/log"
        await desk.shown_next(lambda look: look.status.startswith("All backups are well"))


async def test_stopping_ends_a_run_and_tells_nobody(server: ServerProcess, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "large").write_bytes(Random(1).randbytes(10_000_000))
    identity = _saved(server, tmp_path, dblock_size="1MB", blocksize="50KB")
    async with connect(server.url, password=PASSWORD) as client, a_tray(server.folder, _CONNECT) as desk:
        await client.change_settings({"max-upload-speed": "100KB"})
        await desk.shown_next(lambda look: bool(look.backups))
        desk.want("run", identity)
        await desk.shown_next(lambda look: look.progress > 0)
        desk.want("stop")
        await desk.shown_next(lambda look: look.status == "Stopping Docs")
        await client.change_settings({"max-upload-speed": ""})
        await desk.shown_next(lambda look: not look.running)
        assert desk.notices == []


async def test_an_error_lights_up_until_it_is_acknowledged(server: ServerProcess, tmp_path: Path) -> None:
    identity = _saved(server, tmp_path, number_of_retries="0")
    (tmp_path / "target-Docs").write_text("no folder")
    async with a_tray(server.folder, _CONNECT) as desk:
        await desk.shown_next(lambda look: bool(look.backups))
        desk.want("run", identity)
        assert (await desk.told("Docs failed")).level == "error"
        found = await desk.shown_next(lambda look: look.light == "error")
        assert found.status.startswith("Docs failed at ")
        desk.want("acknowledge")
        await desk.shown_next(lambda look: look.light == "idle")


async def test_the_page_is_opened_signed_in_and_at_its_place(server: ServerProcess, tmp_path: Path) -> None:
    command, noted = browser(tmp_path)
    _saved(server, tmp_path)
    async with a_tray(server.folder, _CONNECT, f"--browser-command={command}") as desk:
        await _up(desk)
        desk.want("show", "/#/backup/1/log")
        desk.want("show", "/#/backup/1/log")
        (line,) = await _lines(noted, 1)
        link, _, place = line.partition("#")
        assert place == "/backup/1/log"
        async with connect(server.url, signin_token=link.partition("token=")[2]) as client:
            assert [each.name for each in await client.backups()] == ["Docs"]
            await client.change_settings({"disable-tray-icon-login": "True"})
        desk.want("open")
        assert (await _lines(noted, 2))[1] == f"{server.url}/"


@pytest.mark.parametrize("flag", ["is-first-run", "server-port-changed"])
async def test_the_page_is_opened_once_where_it_is_new(
    server: ServerProcess, tmp_path: Path, flag: str
) -> None:
    command, noted = browser(tmp_path)
    async with connect(server.url, password=PASSWORD) as client:
        await client.change_settings({flag: "True"})
        async with a_tray(server.folder, _CONNECT, f"--browser-command={command}"):
            await _lines(noted, 1)
            with trio.fail_after(20):
                while (await client.settings())[flag] == "True":
                    await trio.sleep(0.02)
        async with a_tray(server.folder, _CONNECT, f"--browser-command={command}") as desk:
            await _up(desk)
            desk.want("show", "/#/activity")
            assert "#/activity" in (await _lines(noted, 2))[1]


async def test_a_missing_browser_is_told_without_the_link(server: ServerProcess, tmp_path: Path) -> None:
    _saved(server, tmp_path)
    async with a_tray(server.folder, _CONNECT, "--browser-command=/nowhere/browser") as desk:
        await _up(desk)
        desk.want("open")
        notice = await desk.told("could not be opened")
        assert f"Open {server.url}/ in a browser" in notice.text
        assert "token" not in notice.text


@pytest.mark.tray
async def test_it_waits_for_a_server_and_finds_it_again_on_another_port(folder: Path, tmp_path: Path) -> None:
    async with a_tray(folder, _CONNECT) as desk:
        found = await desk.shown_next(lambda look: look.status.startswith("Not connected to the server of"))
        assert (found.light, found.connected) == ("disconnected", False)
        with server_process(folder) as server:
            server.said("Server has started")
            desk.want("reconnect")
            await _up(desk)
            server.process.kill()
            await trio.to_thread.run_sync(server.wait)
            await desk.shown_next(lambda look: look.light == "disconnected")
        with server_process(folder) as server:
            identity = _saved(server, tmp_path)
            await desk.shown_next(lambda look: [each.id for each in look.backups] == [identity])
            assert desk.notices == []


@pytest.mark.tray
async def test_a_password_that_is_wrong_or_was_changed_is_said_and_tried_again_only_when_wanted(
    folder: Path,
) -> None:
    with server_process(folder) as server:
        url, port = server.url, server.port
        async with a_tray(folder, f"--server-url={url}", "--webservice-password=wrong") as desk:
            found = await desk.shown_next(lambda look: "does not accept the password" in look.status)
            assert found.status.startswith(url)
            assert found.light == "disconnected"
            async with connect(url, password=PASSWORD) as client:
                await client.change_password("wrong")
            desk.want("reconnect")
            await _up(desk)
            async with connect(url, password="wrong") as client:
                await client.change_password("another one")
            server.stop()
            # Back before that is shown, it would still be known.
            await desk.shown_next(lambda look: look.light == "disconnected")
            with server_process(folder, password=None, port=port):
                await desk.shown_next(lambda look: "does not accept the password" in look.status)


async def test_only_the_certificate_that_was_named_is_trusted(folder: Path, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with server_process(folder, f"--webservice-sslcertificatefile={certificate.path}") as server:
        url = f"https://127.0.0.1:{server.port}"
        words = (f"--server-url={url}", f"--webservice-password={PASSWORD}")
        async with a_tray(folder, *words) as desk:
            await desk.shown_next(lambda look: "--host-cert-hash" in look.status)
        async with a_tray(folder, *words, f"--host-cert-hash={'0' * 64}") as desk:
            await desk.shown_next(lambda look: certificate.sha256 in look.status)
        for right in (certificate.sha256, "*"):
            async with a_tray(folder, *words, f"--host-cert-hash={right}") as desk:
                await _up(desk)


@pytest.mark.tray
async def test_a_server_that_does_not_start_is_told_once_and_started_when_wanted(folder: Path) -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    async with a_tray(folder, f"--webservice-port={port}") as desk:
        found = await desk.shown_next(lambda look: f"Port {port} is taken" in look.status)
        assert (found.light, found.hosted) == ("error", True)
        await listener.aclose()
        desk.want("reconnect")
        await desk.shown_next(lambda look: look.connected and look.hosted)
        assert [each.title for each in desk.notices] == ["Triplicati could not start"]


@pytest.mark.tray
async def test_a_server_that_hangs_is_told_once_killed_and_started_again(folder: Path) -> None:
    """One that answered the questions for a while, for the first of them are its start."""
    pace = msgspec.structs.replace(QUICK, ping=0.2, tries=15)
    async with a_tray(folder, "--webservice-port=0", pace=pace) as desk:
        await _up(desk)
        children = psutil.Process().children()
        (server,) = (each for each in children if f"--server-datafolder={folder}" in each.cmdline())
        server.suspend()
        await desk.told("The server did not answer any more and is started again.")
        assert not server.is_running()
        await desk.shown_next(lambda look: look.connected and look.hosted)
        assert len(desk.notices) == 1


async def test_a_server_that_says_what_nobody_understands_does_not_end_it(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of another release, or one that means harm, ended the tray by it, and so its server."""
    texts = iter(['[{"ID": "x"}]'])

    def odd(text: str) -> Event:
        event = decoded(text)
        if (wrong := next(texts, None)) is None:
            return event
        return Event(event.seq, "notifications", msgspec.json.decode(wrong), resync=False, raw=wrong)

    monkeypatch.setattr("triplicati.client.events.decoded", odd)
    async with a_tray(server.folder, _CONNECT) as desk:
        await desk.shown(lambda look: "answers are not understood" in look.status)
        await _up(desk)


async def _lines(path: Path, count: int) -> list[str]:
    with trio.fail_after(30):
        while not path.exists() or len(path.read_text().splitlines()) < count:
            await trio.sleep(0.02)
    return path.read_text().splitlines()

