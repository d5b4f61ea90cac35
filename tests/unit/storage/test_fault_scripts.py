"""The scripts of --debug-faults, and what the wrapper does with seeds, old listings and full disks."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import DestinationError, DestinationFull, UsageError
from triplicati.storage.fault_script import FaultScript, parse_faults
from triplicati.storage.faults import Accidents, Fault, FaultyDestination
from triplicati.storage.kinds.file import LocalFolder
from triplicati.storage.uploads import FileUpload


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", FaultScript((), None)),
        ("put:error-before", FaultScript((Fault("put", "error-before"),), None)),
        (
            "put:error-after:first=2:times=3:match=dblock; list:stale",
            FaultScript((Fault("put", "error-after", 2, 3, "dblock"), Fault("list", "stale")), None),
        ),
        ("get:latency:seconds=0.5", FaultScript((Fault("get", "latency", seconds=0.5),), None)),
        ("seed=7:rate=0.25", FaultScript((), Accidents(7, 0.25))),
        (
            "seed=1:actions=error-after+truncate",
            FaultScript((), Accidents(1, 0.1, ("error-after", "truncate"))),
        ),
    ],
)
def test_scripts(text: str, expected: FaultScript) -> None:
    assert parse_faults(text) == expected


@pytest.mark.parametrize(
    "text",
    ["put", "put:burn", "fetch:stale", "put:stale:count=1", "put:stale:first=x", "seed=x", "seed=1:a=2", ":"],
)
def test_scripts_that_say_nothing(text: str) -> None:
    with pytest.raises(UsageError, match="debug-faults"):
        parse_faults(text)


@given(st.text())
def test_any_text_is_a_script_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        parse_faults(text)


def upload(folder: Path, content: bytes = b"content") -> FileUpload:
    path = folder.parent / f"{folder.name}-upload"
    path.write_bytes(content)
    return FileUpload(path, len(content), lambda _: None)


async def test_a_seed_gives_the_same_accidents_each_time(tmp_path: Path) -> None:
    outcomes = []
    for _ in range(2):
        failing = FaultyDestination(LocalFolder(tmp_path), accidents=Accidents(5, 0.4))
        struck = []
        for number in range(30):
            try:
                await failing.put(f"name-{number}", upload(tmp_path))
            except DestinationError:
                struck.append(number)
        outcomes.append(struck)
    assert outcomes[0] == outcomes[1]
    assert 5 < len(outcomes[0]) < 20


async def test_a_listing_as_it_was_before(tmp_path: Path) -> None:
    failing = FaultyDestination(LocalFolder(tmp_path), [Fault("list", "stale", first=2)])
    await failing.put("one", upload(tmp_path))
    assert len(await failing.list()) == 1
    await failing.put("two", upload(tmp_path))
    assert [each.name for each in await failing.list()] == ["one"]
    assert len(await failing.list()) == 2


async def test_no_space_leaves_nothing(tmp_path: Path) -> None:
    failing = FaultyDestination(LocalFolder(tmp_path), [Fault("put", "no-space")])
    with pytest.raises(DestinationFull):
        await failing.put("one", upload(tmp_path))
    assert not (tmp_path / "one").exists()
