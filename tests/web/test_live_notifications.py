"""``/notifications`` as Duplicati's clients use it (spec/server.md 6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
import trio_websocket
from support.daemons import a_backup, finished
from support.live_sockets import LiveSocket, live_socket
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati_web.live import SOCKETS, entry

AUTH = {"Version": 1, "Action": "auth"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[WebDaemon]:
    async with a_web_daemon(tmp_path / "data", sockets=SOCKETS) as made:
        yield made


async def test_who_connects_with_a_token_gets_the_bare_status_at_once(server: WebDaemon) -> None:
    async with live_socket(server, in_query=True) as socket:
        status = await socket.next()
    assert status == await server.get("serverstate")
    assert status["Type"] == "legacystatus"


async def test_each_change_brings_a_new_status_with_a_higher_number(server: WebDaemon) -> None:
    async with live_socket(server) as socket:
        first = await socket.next()
        server.daemon.pause.pause()
        paused = await socket.until(ProgramState="Paused")
    assert paused["LastEventID"] > first["LastEventID"]


async def test_a_bad_token_is_refused_before_the_websocket_opens(server: WebDaemon) -> None:
    for in_query in (False, True):
        with pytest.RaisesGroup(trio_websocket.ConnectionRejected, flatten_subgroups=True) as caught:
            async with live_socket(server, token="bad", in_query=in_query):
                pass
        (rejected,) = caught.value.exceptions
        assert isinstance(rejected, trio_websocket.ConnectionRejected)
        assert rejected.status_code == 401


async def test_a_request_that_is_no_websocket_is_refused(server: WebDaemon) -> None:
    async with server.stranger() as client:
        assert (await client.get("/notifications")).status_code == 400


async def test_who_connects_without_a_token_says_it_first_and_gets_no_status(server: WebDaemon) -> None:
    token = server.daemon.sign_in.issue_operation_token("webserver", "websocket")
    async with live_socket(server, token=None) as socket:
        await socket.send(AUTH | {"Token": token})
        answer = await socket.next()
        assert answer == {
            "Version": 1,
            "Message": "Authenticated successfully",
            "Success": True,
            "Type": "auth",
        }
        server.daemon.pause.pause()
        assert await socket.silent(0.5)
        again = await socket.asks("auth", Token="whatever")
        assert again["Success"]
        assert again["Message"] == "Already authenticated"


@pytest.mark.parametrize(
    "first",
    [
        AUTH | {"Token": "bad"},
        AUTH,
        {"Version": 1, "Action": "sub", "Service": "notifications"},
        "auth",
        [],
    ],
)
async def test_a_first_message_that_is_no_good_sign_in_closes_the_socket(
    server: WebDaemon, first: object
) -> None:
    async with live_socket(server, token=None) as socket:
        await socket.send(first)
        assert await socket.close_code() == 4401


async def test_a_token_for_another_use_opens_nothing(server: WebDaemon) -> None:
    token = server.daemon.sign_in.issue_operation_token("webserver", "export")
    async with live_socket(server, token=None) as socket:
        await socket.send(AUTH | {"Token": token})
        assert await socket.close_code() == 4401


async def test_who_says_nothing_is_sent_away(server: WebDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    assert entry.PATIENCE == 60
    monkeypatch.setattr(entry, "PATIENCE", 0.1)
    async with live_socket(server, token=None) as socket:
        assert await socket.close_code() == 4401


async def test_a_reply_carries_the_id_and_the_service(server: WebDaemon) -> None:
    async with _muted(server) as socket:
        reply = await socket.asks("sub", "TaskQueue", Data=True)
        assert reply == {
            "Version": 1,
            "Id": "7",
            "Service": "TaskQueue",
            "Message": "Subscribed successfully",
            "Success": True,
            "Data": None,
            "Type": "reply",
        }
        assert await socket.next() == {"Type": "taskqueue", "ApiVersion": 1, "Data": []}


async def test_names_and_actions_come_in_any_case(server: WebDaemon) -> None:
    async with _muted(server) as socket:
        await socket.send({"version": 1, "id": 12, "ACTION": "Ping"})
        reply = await socket.next()
        assert reply["Message"] == "pong"
        assert reply["Id"] == "12"


async def test_status_is_answered_with_the_status(server: WebDaemon) -> None:
    async with _muted(server) as socket:
        reply = await socket.asks("status")
        assert reply["Data"] == await server.get("serverstate")
        assert reply["Message"]


@pytest.mark.parametrize(
    "message",
    [
        "garbage",
        '{"Version":1',
        "[]",
        '"text"',
        '{"Version":1,"Action":["sub"]}',
        '{"Version":1,"Action":"ping","Id":"' + "x" * 5000 + '"}',
        "[" * 3000,
        b"\x00\xff",
        b"",
    ],
)
async def test_what_is_not_understood_is_answered_and_the_socket_lives(
    server: WebDaemon, message: str | bytes
) -> None:
    async with _muted(server) as socket:
        await socket.socket.send_message(message)
        reply = await socket.next()
        assert (reply["Success"], reply["Id"], reply["Type"]) == (False, "", "reply")
        assert (await socket.asks("ping"))["Success"]


@pytest.mark.parametrize(
    "request_",
    [
        {"Version": 2, "Action": "ping"},
        {"Version": 1, "Action": "dance"},
        {"Version": 1, "Action": "sub", "Service": "weather"},
        {"Version": 1, "Action": "unsub", "Service": "weather"},
    ],
)
async def test_what_is_not_known_is_refused_with_its_id(
    server: WebDaemon, request_: dict[str, object]
) -> None:
    async with _muted(server) as socket:
        await socket.send(request_ | {"Id": "a"})
        reply = await socket.next()
        assert (reply["Success"], reply["Id"]) == (False, "a")
        assert reply["Message"]


@pytest.mark.parametrize(
    ("service", "route"),
    [
        ("backuplist", "backups"),
        ("serversettings", "serversettings"),
        ("taskqueue", "tasks"),
        ("notifications", "notifications"),
        ("remotecontrol", "remotecontrol/status"),
    ],
)
async def test_a_service_tells_at_once_what_its_route_answers(
    server: WebDaemon, tmp_path: Path, service: str, route: str
) -> None:
    await server.daemon.store.add_backup(a_backup(tmp_path))
    await server.daemon.store.add_notification("Warning", "Title", "Text")
    async with _muted(server) as socket:
        assert (await socket.asks("sub", service))["Success"]
        pushed = await socket.next()
        assert pushed == {"Type": service, "ApiVersion": 1, "Data": await server.get(route)}


async def test_lists_are_told_again_when_they_change(server: WebDaemon, tmp_path: Path) -> None:
    async with _muted(server) as socket:
        await socket.asks("sub", "backuplist")
        await socket.asks("sub", "notifications")
        await socket.asks("sub", "serversettings")
        await server.daemon.store.add_backup(a_backup(tmp_path, "New one"))
        while not (found := await socket.until(Type="backuplist"))["Data"]:
            pass
        assert found["Data"][0]["Backup"]["Name"] == "New one"
        await server.daemon.store.add_notification("Error", "Oh", "no")
        while not (found := await socket.until(Type="notifications"))["Data"]:
            pass
        assert found["Data"][0]["Title"] == "Oh"
        await server.client.patch("/api/v1/serversettings", json={"max-upload-speed": "3MB"})
        while (await socket.until(Type="serversettings"))["Data"]["max-upload-speed"] != "3MB":
            pass


async def test_each_list_of_backups_comes_in_the_order_its_subscriber_wants(
    server: WebDaemon, tmp_path: Path
) -> None:
    for name in ("b", "a", "c"):
        await server.daemon.store.add_backup(a_backup(tmp_path, name))
    async with _muted(server) as one, _muted(server) as other:
        await one.asks("sub", "backuplist", Data="name")
        await other.asks("sub", "backuplist", Data="-name")
        assert _names(await one.until(Type="backuplist")) == ["a", "b", "c"]
        assert _names(await other.until(Type="backuplist")) == ["c", "b", "a"]


async def test_a_run_is_told_from_its_queue_to_its_end(server: WebDaemon, tmp_path: Path) -> None:
    number = await server.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
    async with _muted(server) as queue, _muted(server) as progress, _muted(server) as completed:
        await queue.asks("sub", "taskqueue")
        await queue.until(Type="taskqueue")
        await progress.asks("sub", "progress", Data=True)
        await completed.asks("sub", "taskcompleted", Data=True)
        server.daemon.pause.pause()
        task = await server.daemon.start(number, "Backup")
        (waiting,) = (await queue.until(Type="taskqueue"))["Data"]
        assert (waiting["ID"], waiting["Status"]) == (task.id, "Waiting")
        server.daemon.pause.resume()
        await finished(task)
        with trio.fail_after(10):
            while (await queue.until(Type="taskqueue"))["Data"]:
                pass
            states: list[dict[str, Any]] = []
            while not states or states[-1]["OverallProgress"] < 1:
                states.append((await progress.until(Type="progress"))["Data"])
        assert states[-1]["Phase"] == "Backup_Complete"
        assert states[-1]["TaskID"] == task.id
        assert states[-1] == await server.get("progressstate")
        ended = await completed.until(Type="taskcompleted")
        assert ended["Data"] == await server.get(f"task/{task.id}")
        assert ended["Data"]["Status"] == "Completed"


async def test_every_task_that_ends_is_told_though_they_end_at_once(
    server: WebDaemon, tmp_path: Path
) -> None:
    first = await server.daemon.store.add_backup(a_backup(tmp_path, "first"))
    second = await server.daemon.store.add_backup(a_backup(tmp_path, "second"))
    server.daemon.pause.pause()
    before = await server.daemon.start(first, "Backup")
    server.daemon.stop(before, "abort")
    async with _muted(server) as socket:
        await socket.asks("sub", "taskcompleted")
        tasks = [await server.daemon.start(each, "Backup") for each in (first, second)]
        for task in tasks:
            server.daemon.stop(task, "abort")
        told = [(await socket.until(Type="taskcompleted"))["Data"]["ID"] for _ in tasks]
    assert told == [task.id for task in tasks]


async def test_progress_and_completed_tasks_are_not_told_to_who_just_subscribed(
    server: WebDaemon, tmp_path: Path
) -> None:
    number = await server.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
    await finished(await server.daemon.start(number, "Backup"))
    await trio.sleep(0.3)  # until the end was told
    async with _muted(server) as socket:
        for service in ("progress", "taskcompleted", "scheduler"):
            assert (await socket.asks("sub", service))["Success"]
        assert await socket.silent(0.5)


async def test_who_unsubscribed_hears_nothing_more(server: WebDaemon) -> None:
    async with _muted(server) as socket:
        await socket.asks("sub", "legacystatus")
        await socket.until(Type="legacystatus")
        assert (await socket.asks("unsub", "LegacyStatus"))["Success"]
        server.daemon.pause.pause()
        assert await socket.silent(0.6)


async def test_a_flood_of_changes_is_told_four_times_a_second_and_ends_with_the_last(
    server: WebDaemon,
) -> None:
    async with live_socket(server) as socket:
        count = 0
        async with trio.open_nursery() as nursery:

            async def flood() -> None:
                for _ in range(50):
                    server.daemon.pause.pause(100)
                    await trio.sleep(0.02)
                server.daemon.pause.resume()

            nursery.start_soon(flood)
            await socket.next()
            await socket.until(ProgramState="Paused")
            while (await socket.next())["ProgramState"] == "Paused":
                count += 1
        assert 1 <= count <= 8


async def test_the_end_of_the_server_closes_the_socket_as_going_away(server: WebDaemon) -> None:
    async with live_socket(server) as socket:
        await socket.next()
        server.stop.set()
        assert await socket.close_code() == 1001


async def test_what_nobody_listens_to_is_not_kept(server: WebDaemon) -> None:
    from triplicati_web.live.feeds import _feeds

    async with live_socket(server) as socket:
        await socket.next()
        assert len(_feeds[server.daemon]) == 1
    with trio.fail_after(5):
        while len(_feeds[server.daemon]):
            await trio.sleep(0.01)


async def test_a_cross_site_page_cannot_open_it(server: WebDaemon) -> None:
    headers = {
        "Origin": "https://evil.example",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{server.url}/notifications?token={server.token}", headers=headers)
    assert answer.status_code == 403


def _names(pushed: dict[str, list[dict[str, dict[str, str]]]]) -> list[str]:
    return [each["Backup"]["Name"] for each in pushed["Data"]]


class _muted:
    """A socket that was opened without a token and then signed in, so that it is subscribed to nothing."""

    def __init__(self, server: WebDaemon) -> None:
        self._server = server
        self._opened = live_socket(server, token=None)

    async def __aenter__(self) -> LiveSocket:
        socket = await self._opened.__aenter__()
        await socket.send(AUTH | {"Token": self._server.token})
        await socket.next()
        return socket

    async def __aexit__(self, *error: object) -> None:
        await self._opened.__aexit__(*error)  # type: ignore[arg-type]
