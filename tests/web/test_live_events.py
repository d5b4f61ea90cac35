"""``/api/v2/events``: a snapshot, then numbered frames, and coming back without a loss."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
import trio
import trio_websocket
from support.daemons import a_backup, finished
from support.live_sockets import live_socket
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.client.events import Event, decoded
from triplicati.messages.live import LiveProgress, RunEnded, ServerLine, TaskLine
from triplicati_web.live import SOCKETS

PATH = "/api/v2/events"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[WebDaemon]:
    async with a_web_daemon(tmp_path / "data", sockets=SOCKETS) as made:
        yield made


async def test_the_first_frame_is_a_snapshot_of_every_state(server: WebDaemon) -> None:
    async with live_socket(server, PATH) as socket:
        first = await socket.next()
    assert first["Topic"] == "snapshot"
    assert not first["Resync"]
    assert set(first["Data"]) == {"server", "tasks", "backups", "schedule", "notifications", "settings"}
    assert first["Data"]["server"]["State"] == "Running"


async def test_frames_are_numbered_and_each_run_is_told(server: WebDaemon, tmp_path: Path) -> None:
    number = await server.daemon.store.add_backup(a_backup(tmp_path, passphrase=None))
    frames: list[Event] = []
    async with live_socket(server, PATH) as socket:
        task = await server.daemon.start(number, "Backup")
        await finished(task)
        with trio.fail_after(10):
            while not frames or frames[-1].topic != "run-ended":
                message = await socket.socket.get_message()
                assert isinstance(message, str)
                frames.append(decoded(message))
    numbers = [each.seq for each in frames]
    assert numbers == sorted(set(numbers))
    assert isinstance(frames[0].value["server"], ServerLine)
    ended = frames[-1].value
    assert isinstance(ended, RunEnded)
    assert (ended.task_id, ended.parsed) == (task.id, "Success")
    progress = [each.value for each in frames if each.topic == "progress"]
    assert isinstance(progress[-1], LiveProgress)
    assert progress[-1].files_done == progress[-1].files_total == 2
    lines = [line for each in frames if each.topic == "tasks" for line in each.value]
    assert all(isinstance(line, TaskLine) and line.backup_id == number for line in lines)


async def test_who_comes_back_gets_what_it_missed_and_no_snapshot(server: WebDaemon) -> None:
    async with live_socket(server, PATH) as socket:
        seen = (await socket.next())["Seq"]
    server.daemon.hub.event("problem", "first")
    server.daemon.hub.event("problem", "second")
    async with live_socket(server, f"{PATH}?since={seen}") as socket:
        told = [await socket.until(Topic="problem") for _ in range(2)]
    assert [each["Data"] for each in told] == ["first", "second"]
    assert [each["Seq"] for each in told] == sorted(each["Seq"] for each in told)


@pytest.mark.parametrize("since", ["1", "99999999999999999999999", "9007199254740993"])
async def test_who_is_too_far_behind_is_told_to_begin_anew(server: WebDaemon, since: str) -> None:
    async with live_socket(server, f"{PATH}?since={since}") as socket:
        first = await socket.next()
    assert first["Topic"] == "snapshot"
    assert first["Resync"] == (len(since) < 20)


@pytest.mark.parametrize("since", ["", "x", "-1", "٣"])
async def test_a_number_that_is_none_is_a_new_beginning(server: WebDaemon, since: str) -> None:
    async with live_socket(server, f"{PATH}?since={quote(since)}") as socket:
        first = await socket.next()
    assert (first["Topic"], first["Resync"]) == ("snapshot", False)


async def test_a_page_signs_in_with_its_first_message(server: WebDaemon) -> None:
    token = server.daemon.sign_in.issue_operation_token("webserver", "websocket")
    async with live_socket(server, PATH, token=None) as socket:
        await socket.send({"Version": 1, "Action": "auth", "Token": token})
        assert (await socket.next())["Success"]
        assert (await socket.next())["Topic"] == "snapshot"
    async with live_socket(server, PATH, token=None) as socket:
        await socket.send({"Version": 1, "Action": "auth", "Token": "bad"})
        assert await socket.close_code() == 4401


async def test_a_bad_token_is_refused(server: WebDaemon) -> None:
    with pytest.RaisesGroup(trio_websocket.ConnectionRejected, flatten_subgroups=True):
        async with live_socket(server, PATH, token="bad"):
            pass


async def test_what_a_listener_says_does_no_harm(server: WebDaemon) -> None:
    async with live_socket(server, PATH) as socket:
        await socket.next()
        for _ in range(50):
            await socket.socket.send_message("x" * 10_000)
        await socket.socket.send_message(b"")
        server.daemon.pause.pause()
        assert (await socket.until(Topic="server"))["Data"]["State"] == "Paused"


async def test_the_end_of_the_server_is_told_and_closes_the_socket(server: WebDaemon) -> None:
    async with live_socket(server, PATH) as socket:
        await socket.next()
        server.stop.set()
        assert await socket.close_code() == 1001


async def test_no_frame_has_a_secret_in_it(server: WebDaemon, tmp_path: Path) -> None:
    backup = a_backup(tmp_path, passphrase="canary-passphrase")
    url = "ftp://host/folder?auth-username=u&auth-password=canary-password"
    async with live_socket(server, PATH) as socket:
        await socket.next()
        await server.daemon.store.add_backup(msgspec.structs.replace(backup, target_url=url))
        while not (told := await socket.until(Topic="backups"))["Data"]:
            pass
    async with live_socket(server, PATH) as socket:
        text = str(told) + str(await socket.next())
    assert "canary" not in text
    assert "auth-username" in text
