"""`triplicati backend bench`: what it measures, and that it leaves nothing."""

from __future__ import annotations

import json

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from support.backend_tool import Tool
from support.far import FarDestination

from triplicati.backend.bench import quantile
from triplicati.storage import registry
from triplicati.storage.destination import Destination, Upload
from triplicati.storage.faults import Fault, FaultyDestination
from triplicati.storage.kinds.file import LocalFolder

SMALL = ("--size=100kb", "--count=3", "--samples=4")


def test_it_is_shown_as_a_table(tool: Tool) -> None:
    (tool.there / "photo").write_text("mine")
    told = tool("bench", *SMALL, "--parallel=1..2")
    assert told.code == 0, told.whole
    lines = told.out.splitlines()
    assert lines[0] == f"Destination: file://{tool.there}"
    assert [line.split()[0] for line in lines if line.endswith(" ms")] == ["list", "put", "get", "delete"]
    assert [line[:15].strip() for line in lines if line.endswith("MB/s")] == ["1 at a time", "2 at a time"]
    assert [path.name for path in tool.there.iterdir()] == ["photo"]


def test_or_as_json(tool: Tool) -> None:
    found = json.loads(tool("bench", *SMALL, "--parallel=2,1", "--json").out)
    assert (found["Size"], found["Count"], found["Samples"]) == (102_400, 3, 4)
    assert list(found["Latency"]) == ["list", "put", "get", "delete"]
    assert all(0 < each["P50"] <= each["P99"] for each in found["Latency"].values())
    assert [each["Parallel"] for each in found["Throughput"]] == [2, 1]
    assert all(each["Put"] > 0 and each["Get"] > 0 for each in found["Throughput"])


def test_as_many_go_at_once_as_were_asked_for(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = [0]
    most: list[int] = []

    class Counting(FarDestination):
        """The first volumes wait until there are three."""

        def __init__(self, folder: Destination) -> None:
            super().__init__(folder)
            self._all = trio.Event()

        async def put(self, name: str, upload: Upload) -> None:
            busy[0] += 1
            most.append(busy[0])
            if busy[0] == 3:
                self._all.set()
            if "small" not in name:
                with trio.fail_after(10):
                    await self._all.wait()
            await super().put(name, upload)
            busy[0] -= 1

    monkeypatch.setattr(registry, "open_destination", lambda *_: Counting(LocalFolder(tool.there)))
    assert tool("bench", "--size=100kb", "--count=6", "--samples=1", "--parallel=3").code == 0
    assert max(most) == 3


@pytest.mark.parametrize(
    "fault", [Fault("put", "error-after", first=6), Fault("get", "truncate", first=6)], ids=["put", "get"]
)
def test_what_fails_leaves_nothing(tool: Tool, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    destination = FaultyDestination(LocalFolder(tool.there), [fault])
    monkeypatch.setattr(registry, "open_destination", lambda *_: destination)
    told = tool("bench", *SMALL)
    assert told.code == 100
    assert told.out.startswith("Command failed: ")
    assert list(tool.there.iterdir()) == []


@pytest.mark.parametrize(
    "word", ["--parallel=0", "--parallel=1..x", "--parallel=", "--parallel=1,,2", "--count=0"]
)
def test_wrong_numbers(tool: Tool, word: str) -> None:
    assert tool("bench", *SMALL, word).code == 200


def test_the_folder_is_made_when_asked(tool: Tool) -> None:
    url = str(tool.folder / "new")
    assert tool("bench", *SMALL, url=url).code == 100
    assert tool("bench", *SMALL, "--auto-create-folder", url=url).code == 0


@given(st.lists(st.floats(0, 10), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_exceeded_by_no_more_than_the_rest(times: list[float], share: float) -> None:
    found = quantile(times, share)
    assert found in times
    assert sum(each <= found for each in times) >= share * len(times)
    assert sum(each < found for each in times) < share * len(times)
