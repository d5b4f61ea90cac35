"""What systemd is told."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
import trio.testing

from triplicati.runner.service_notify import ServiceNotify


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@triplicati-{uuid.uuid4()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(name.replace("@", "\0", 1))
        made.settimeout(1)
        yield made, name


def test_what_is_told(manager: tuple[socket.socket, str]) -> None:
    listening, name = manager
    notify = ServiceNotify({"NOTIFY_SOCKET": name})
    notify.ready("Listening on port 8200")
    notify.status("Runs two\nbackups ä" + "x" * 300)
    notify.stopping()
    received = [listening.recv(1000).decode() for _ in range(3)]
    assert received[0] == "READY=1\nSTATUS=Listening on port 8200"
    assert received[1].startswith("STATUS=Runs two backups ä")
    assert received[1].count("\n") == 0
    assert received[2] == "STOPPING=1"


@pytest.mark.parametrize("address", ["", "/nonexistent/notify", "@nobody-listens"])
def test_where_nobody_listens_nothing_happens(address: str) -> None:
    notify = ServiceNotify({"NOTIFY_SOCKET": address})
    notify.ready()
    notify.stopping()


def test_a_manager_that_does_not_read_is_not_waited_for(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        notify = ServiceNotify({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        for _ in range(5000):
            notify.status("x" * 200)


async def test_the_watchdog_is_fed_while_all_is_well(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.setblocking(False)
        environment = {
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "20000000",
            "WATCHDOG_PID": str(os.getpid()),
        }
        with trio.move_on_after(65):
            await ServiceNotify(environment).feed(lambda: trio.current_time() < 35)
        received = []
        while True:
            try:
                received.append(made.recv(100))
            except BlockingIOError:
                break
    assert received == [b"WATCHDOG=1"] * 4


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": ""},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "1"},
    ],
)
async def test_without_a_watchdog_nothing_is_fed(environment: dict[str, str]) -> None:
    with trio.fail_after(1):
        await ServiceNotify(environment).feed(lambda: True)
