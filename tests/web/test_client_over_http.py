"""The public client against a real server."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import trio
from hypercorn.trio.tcp_server import TCPServer
from support.daemons import a_backup, finished
from support.web_daemon import PASSWORD, WebDaemon, a_web_daemon

from triplicati.client import Client, Event, connect
from triplicati.config.server.store import Store
from triplicati.errors import (
    BackupUnknown,
    NotSignedIn,
    PasswordNeeded,
    ServerRefused,
    ServerUnreachable,
    TaskNotFound,
    WrongPassword,
)
from triplicati.messages.live import LiveProgress
from triplicati.messages.sign_in import TokenFamily
from triplicati_web.live import SOCKETS


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[WebDaemon]:
    async with a_web_daemon(tmp_path / "data", sockets=SOCKETS) as made:
        yield made


@pytest.fixture
async def client(server: WebDaemon) -> AsyncIterator[Client]:
    async with connect(server.url, password=PASSWORD) as made:
        yield made


async def test_it_finds_backups_by_id_and_by_name_in_any_case(
    server: WebDaemon, client: Client, tmp_path: Path
) -> None:
    number = await server.daemon.store.add_backup(a_backup(tmp_path, "My Docs"))
    (entry,) = await client.backups()
    assert (entry.id, entry.name) == (number, "My Docs")
    assert await client.backup("my docs") == await client.backup(number) == entry
    with pytest.raises(BackupUnknown, match="nothing"):
        await client.backup("nothing")


async def test_run_and_wait_tell_the_progress_and_the_result(
    server: WebDaemon, client: Client, tmp_path: Path
) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
    shown: list[LiveProgress] = []
    task = await client.run("Docs")
    outcome = await client.wait(task, show=shown.append)
    assert (outcome.task_id, outcome.parsed, outcome.exit_code) == (task, "Success", 0)
    assert shown
    assert all(each.task_id == task for each in shown)
    (row, *_) = await client.log("Docs", count=1)
    assert row.parsed == "Success"
    assert (await client.task(task)).status == "Completed"


async def test_wait_knows_a_task_that_has_ended(server: WebDaemon, client: Client, tmp_path: Path) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
    task = await client.run("Docs")
    found = server.daemon.queue.find(task)
    assert found is not None
    await finished(found)
    assert (await client.wait(task)).parsed == "Success"
    with pytest.raises(TaskNotFound):
        await client.wait(77)


async def test_wait_tells_a_failure_with_its_reason(
    server: WebDaemon, client: Client, tmp_path: Path
) -> None:
    backup = msgspec.structs.replace(a_backup(tmp_path), target_url="bogus://somewhere")
    await server.daemon.store.add_backup(backup)
    outcome = await client.wait(await client.run("Docs"))
    assert (outcome.parsed, outcome.exit_code) == ("Fatal", 4)
    assert "bogus" in outcome.message


async def test_a_waiting_task_that_is_stopped_ends_the_wait(
    server: WebDaemon, client: Client, tmp_path: Path
) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path))
    await client.pause("1h")
    task = await client.run("Docs")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.stop, task, "abort")
        with trio.fail_after(10):
            outcome = await client.wait(task)
    assert (outcome.parsed, outcome.exit_code) == ("Stopped", 1)


@pytest.mark.parametrize("kind", ["after-file", "now", "abort"])
async def test_each_kind_of_stop_reaches_the_task(
    server: WebDaemon, client: Client, tmp_path: Path, kind: str
) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path))
    await client.pause()
    task = await client.run("Docs")
    await client.stop(task, kind)  # type: ignore[arg-type]
    assert await client.tasks() == []
    with pytest.raises(TaskNotFound):
        await client.stop(1234, kind)  # type: ignore[arg-type]


async def test_pause_and_resume_are_seen_in_the_status(server: WebDaemon, client: Client) -> None:
    await client.pause("30m")
    status = await client.status()
    assert status.program_state == "Paused"
    assert status.estimated_pause_end.year > 2000
    await client.resume()
    assert (await client.status()).program_state == "Running"
    with pytest.raises(ServerRefused) as refused:
        await client.pause("soon")
    assert refused.value.status == 400
    assert "soon" in refused.value.message


async def test_a_job_file_comes_back_as_another_backup(
    server: WebDaemon, client: Client, tmp_path: Path
) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path, passphrase="canary"))
    found = await client.export("Docs", passphrase="for the file", passwords=True)
    assert found.name.endswith(".aes")
    assert b"canary" not in found.content
    number = await client.import_backup(
        found.content, passphrase="for the file", replace={"settings.passphrase": "other"}
    )
    imported = await server.daemon.backup(number)
    assert imported.name != "Docs"
    assert {each.name: each.value for each in imported.settings}["passphrase"] == "other"
    with pytest.raises(ServerRefused):
        await client.import_backup(found.content, passphrase="wrong")


async def test_no_secret_is_logged(
    server: WebDaemon, client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path))
    with caplog.at_level("DEBUG"):
        await client.export("Docs", passphrase="canary-word")
        await client.sign_in_link(PASSWORD)
    assert "/export" in caplog.text
    assert "canary-word" not in caplog.text
    assert PASSWORD not in caplog.text
    assert client._connection.bearer not in caplog.text


async def test_delete_gives_a_task(server: WebDaemon, client: Client, tmp_path: Path) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path))
    await client.wait(await client.delete("Docs"))
    assert await client.backups() == []


async def test_a_password_that_is_wrong_or_missing_is_told(server: WebDaemon) -> None:
    with pytest.raises(WrongPassword):
        async with connect(server.url, password="wrong"):
            pass
    with pytest.raises(PasswordNeeded, match="--password"):
        async with connect(server.url):
            pass
    async with connect(server.url, token="bad") as client:
        with pytest.raises(NotSignedIn):
            await client.backups()


async def test_nobody_there_is_told_with_the_next_step() -> None:
    listener = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    with pytest.raises(ServerUnreachable, match="triplicati server"):
        async with connect(f"http://127.0.0.1:{port}", password="x"):
            pass
    for url in ("ftp://host", "http://", "http://[::1"):
        with pytest.raises(ServerUnreachable):
            async with connect(url, password="x"):
                pass


async def test_a_token_and_a_sign_in_token_are_good_too(server: WebDaemon) -> None:
    async with connect(server.url, token=server.token) as client:
        assert await client.backups() == []
    token = await server.daemon.sign_in.issue_signin_token(minutes=5)
    async with connect(server.url, signin_token=token) as client:
        assert await client.backups() == []
    with pytest.raises(ServerRefused, match="used"):
        async with connect(server.url, signin_token=token):
            pass


async def test_it_signs_in_again_when_the_server_has_forgotten_it(
    server: WebDaemon, client: Client
) -> None:
    await server.daemon.store.clear_token_families()
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(client.backups)
    assert await client.backups() == []


async def test_it_leaves_no_session_behind(server: WebDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    store = server.daemon.store
    put: list[str] = []
    removed: list[str] = []

    async def put_family(family: TokenFamily) -> None:
        put.append(family.id)
        await Store.put_token_family(store, family)

    async def remove_family(id: str) -> None:
        removed.append(id)
        await Store.remove_token_family(store, id)

    monkeypatch.setattr(store, "put_token_family", put_family)
    monkeypatch.setattr(store, "remove_token_family", remove_family)
    async with connect(server.url, password=PASSWORD) as client:
        await client.backups()
        assert removed == []
    assert removed == put
    assert len(put) == 1


async def test_a_new_password_is_the_one_to_sign_in_with(server: WebDaemon, client: Client) -> None:
    await client.change_password("another one")
    async with connect(server.url, password="another one") as other:
        assert await other.backups() == []
    with pytest.raises(WrongPassword):
        async with connect(server.url, password=PASSWORD):
            pass


async def test_a_sign_in_link_opens_the_page_once(server: WebDaemon, client: Client) -> None:
    link = await client.sign_in_link(PASSWORD)
    assert link.startswith(f"{server.url}/signin.html?token=")
    async with connect(server.url, signin_token=link.partition("token=")[2]) as other:
        assert await other.backups() == []
    with pytest.raises(WrongPassword):
        await client.sign_in_link("wrong")


async def test_events_go_on_after_a_lost_connection_without_a_gap(
    server: WebDaemon, client: Client
) -> None:
    with trio.fail_after(20):
        async with client.events() as events:
            first = await anext(events)
            assert first.topic == "snapshot"
            for number in range(3):
                server.daemon.hub.event("problem", number)
            assert [(await _next(events, "problem")).value for _ in range(3)] == [0, 1, 2]
            await _cut(server)
            for number in range(3, 6):
                server.daemon.hub.event("problem", number)
            after = [await _next(events, "problem") for _ in range(3)]
            assert [each.value for each in after] == [3, 4, 5]


async def test_events_can_be_continued_by_their_number(server: WebDaemon, client: Client) -> None:
    with trio.fail_after(20):
        events = client.events()
        seen = (await anext(events)).seq
        events.close()
        server.daemon.hub.event("problem", "missed")
        later = client.events(seen)
        assert (await _next(later, "problem")).value == "missed"
        later.close()
        with pytest.raises(StopAsyncIteration):
            await anext(later)


async def test_events_sign_in_again_when_the_server_has_forgotten_the_client(
    server: WebDaemon, client: Client
) -> None:
    with trio.fail_after(20):
        await server.daemon.store.clear_token_families()
        async with client.events() as events:
            assert (await anext(events)).topic == "snapshot"


async def test_events_give_up_after_a_while_without_a_server(tmp_path: Path) -> None:
    async with (
        a_web_daemon(tmp_path / "data", sockets=SOCKETS) as server,
        connect(server.url, token=server.token) as client,
    ):
        with trio.fail_after(20):
            events = client.events(patience=0.2)
            await anext(events)
            server.stop.set()
            with pytest.raises(ServerUnreachable):
                await _next(events, "none")


async def test_waiting_asks_again_and_again_where_a_server_has_no_events(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as server, connect(server.url, password=PASSWORD) as client:
        await server.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
        task = await client.run("Docs")
        with trio.fail_after(20):
            assert (await client.wait(task, interval=0.05)).parsed == "Success"


async def test_an_error_of_the_body_comes_out_as_it_is(server: WebDaemon) -> None:
    async def body() -> None:
        async with connect(server.url, password=PASSWORD) as client:
            client.events()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await body()


async def test_a_listener_that_is_slow_gets_the_newest_and_every_event(
    server: WebDaemon, client: Client
) -> None:
    with trio.fail_after(20):
        async with client.events() as events:
            await anext(events)
            for number in range(200):
                server.daemon.hub.event("problem", number)
                server.daemon.hub.state("numbers", number)
            await trio.sleep(0.3)
            told = [(await _next(events, "problem")).value for _ in range(200)]
            assert told == list(range(200))


async def _next(events: object, topic: str) -> Event:
    async for event in events:  # type: ignore[attr-defined]
        if event.topic == topic:
            found: Event = event
            return found
    raise AssertionError


async def _cut(server: WebDaemon) -> None:
    """Every connection is lost, as when a network goes away."""
    for each in gc.get_objects():
        if isinstance(each, TCPServer):
            await trio.aclose_forcefully(each.stream)


