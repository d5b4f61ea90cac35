"""Requests and events per second of a real server: python -m tools.bench.web [--listeners N] [--seconds S]

A server of its own is started on a new data folder. What is measured is printed as JSON, times in
milliseconds; see `Report`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import msgspec
import trio
from tools.bench.a_server import PASSWORD, server

from triplicati.client import Client, EventStream, connect

_UPDATES = 10
# Slower than the server passes a state on, so that nothing waits on purpose.
_SINGLE = 0.4


class Spread(msgspec.Struct):
    p50: float
    p99: float


class Requests(msgspec.Struct):
    path: str
    connections: int
    per_second: float
    milliseconds: Spread


class Events(msgspec.Struct):
    """`frames_per_second` of all listeners, at ten updates a second; `milliseconds` from an update to a
    listener, of single updates."""

    listeners: int
    frames_per_second: float
    milliseconds: Spread


class Report(msgspec.Struct):
    requests: list[Requests]
    events: Events
    server_megabytes: float


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.web", description=__doc__)
    parser.add_argument("--listeners", type=int, default=100)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args(words)
    with (
        tempfile.TemporaryDirectory(prefix="triplicati-bench-") as folder,
        server(Path(folder)) as (url, process),
    ):
        report = trio.run(_measured, url, given.listeners, given.connections, given.seconds)
        report.server_megabytes = _megabytes(process.pid)
    print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())


async def _measured(url: str, listeners: int, connections: int, seconds: float) -> Report:
    async with connect(url, password=PASSWORD) as client:
        paths = ("/health", "/api/v1/serverstate", "/api/v1/backups")
        requests = [await _requests(client, path, connections, seconds) for path in paths]
        return Report(requests, await _events(client, listeners, seconds), 0.0)


async def _requests(client: Client, path: str, connections: int, seconds: float) -> Requests:
    times: list[float] = []
    bearer = {"Authorization": f"Bearer {client._connection.bearer}"}

    async def ask() -> None:
        async with httpx.AsyncClient(base_url=client.url, headers=bearer, trust_env=False) as http:
            while True:
                begin = time.perf_counter()
                (await http.get(path)).raise_for_status()
                times.append(time.perf_counter() - begin)

    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            for _ in range(connections):
                nursery.start_soon(ask)
    return Requests(path, connections, round(len(times) / seconds, 1), _spread(times))


async def _events(client: Client, listeners: int, seconds: float) -> Events:
    async with AsyncExitStack() as stack, trio.open_nursery() as nursery:
        heard: dict[int, list[float]] = {}
        streams = [await stack.enter_async_context(client.events()) for _ in range(listeners)]
        for stream in streams:
            await anext(stream)

        async def listen(number: int, stream: EventStream) -> None:
            async for event in stream:
                if event.topic == "server":
                    heard.setdefault(number, []).append(time.perf_counter())

        for number, stream in enumerate(streams):
            nursery.start_soon(listen, number, stream)
        begin = time.perf_counter()
        while time.perf_counter() - begin < seconds:
            await client.pause("1h")
            await trio.sleep(1 / _UPDATES)
        rate = sum(map(len, heard.values())) / (time.perf_counter() - begin)
        delays: list[float] = []
        for _ in range(max(int(seconds / _SINGLE), 1)):
            await trio.sleep(_SINGLE)
            heard.clear()
            begin = time.perf_counter()
            await client.pause("2h")
            await trio.sleep(_SINGLE)
            delays += [times[0] - begin for times in heard.values()]
        nursery.cancel_scope.cancel()
    return Events(listeners, round(rate, 1), _spread(delays))


def _spread(seconds: list[float]) -> Spread:
    ordered = sorted(seconds) or [0.0]
    return Spread(*(round(ordered[int(len(ordered) * share)] * 1000, 1) for share in (0.5, 0.99)))


def _megabytes(process: int) -> float:
    """Resident, where the system tells."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


if __name__ == "__main__":
    main(sys.argv[1:])
