"""`triplicati backend test`: it finds what is wrong with a destination, and leaves nothing there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.backend_tool import Tool
from support.far import FarDestination

from triplicati.backend.trial_names import content, new_name
from triplicati.storage import registry
from triplicati.storage.destination import RemoteFile, Upload, Write
from triplicati.storage.faults import Action, Fault, FaultyDestination, Operation
from triplicati.storage.kinds.file import LocalFolder

SMALL = ("--reruns=1", "--number-of-files=3", "--max-file-size=20kb", "--verification-retries=0")


def opened_as(patch: pytest.MonkeyPatch, destination: object) -> None:
    patch.setattr(registry, "open_destination", lambda *_: destination)


def test_a_good_destination(tool: Tool) -> None:
    told = tool("Test", "--reruns=2", *SMALL[1:])
    assert (told.code, told.err) == (0, "")
    assert "***" not in told.out
    assert told.out.count("Starting run no") == 2
    assert told.out.count("it is the same") == 6
    assert told.out.endswith("Test complete!\n")
    assert list(tool.there.iterdir()) == []


def test_the_same_seed_does_the_same(tool: Tool) -> None:
    first, second = (tool("test", *SMALL, "--seed=5") for _ in range(2))
    assert first.out == second.out
    assert tool("test", *SMALL, "--seed=6").out != first.out


@pytest.mark.parametrize(
    ("operation", "action", "first", "wanted"),
    [
        ("put", "truncate", 4, "The file .* bytes, listed are"),
        ("put", "error-before", 5, "Failed to upload"),
        ("get", "error-before", 1, "Failed to download"),
        ("get", "truncate", 2, "The file .* is not what was uploaded"),
        ("delete", "error-before", 1, "Failed to delete"),
        ("list", "stale", 2, "The file .* was uploaded but not found"),
    ],
)
def test_what_is_wrong_is_found(
    tool: Tool, monkeypatch: pytest.MonkeyPatch, operation: Operation, action: Action, first: int, wanted: str
) -> None:
    fault = Fault(operation, action, first=first)
    opened_as(monkeypatch, FaultyDestination(LocalFolder(tool.there), [fault]))
    told = tool("test", *SMALL)
    assert told.code == 1
    assert re.search(rf"^\*\*\* {wanted}", told.out, re.MULTILINE)
    assert told.out.endswith("*** The test failed\n")
    assert list(tool.there.iterdir()) == []


class _Keeping(FarDestination):
    """Says yes to a file of a name that is taken, and keeps the old one."""

    async def put(self, name: str, upload: Upload) -> None:
        if name not in {each.name for each in await self.list()}:
            await super().put(name, upload)


class _Inventing(FarDestination):
    """Gives an empty file for one that is not there."""

    async def get(self, name: str, write: Write) -> None:
        if name in {each.name for each in await self.list()}:
            await super().get(name, write)


class _Doubling(FarDestination):
    async def list(self) -> list[RemoteFile]:
        return [each for each in await super().list() for _ in range(2)]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (_Keeping, "is the one that was overwritten"),
        (_Inventing, "A file that is not there could be downloaded"),
        (_Doubling, "was found more than once"),
    ],
)
def test_oddities_of_destinations_are_found(
    tool: Tool, monkeypatch: pytest.MonkeyPatch, kind: Any, wanted: str
) -> None:
    opened_as(monkeypatch, kind(LocalFolder(tool.there)))
    told = tool("test", *SMALL)
    assert told.code == 1
    assert wanted in told.out
    assert list(tool.there.iterdir()) == []


def test_a_passing_fault_is_tried_again(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [Fault("put", "error-before", first=2), Fault("get", "error-during", first=2)]
    opened_as(monkeypatch, FaultyDestination(LocalFolder(tool.there), faults))
    assert tool("test", *SMALL, "--failure-retries=1").code == 0


def test_files_of_others_stay(tool: Tool) -> None:
    (tool.there / "photo").write_text("mine")
    for words in ((), ("--auto-clean",), ("--force",)):
        told = tool("test", *SMALL, *words)
        assert told.code == 1
        assert "is not empty: it holds 1 file(s), for example photo" in told.out
    assert (tool.there / "photo").read_text() == "mine"
    assert tool("test", *SMALL, "--auto-clean", "--force").code == 0
    assert list(tool.there.iterdir()) == []


def test_a_missing_folder_is_made_when_asked(tool: Tool) -> None:
    url = str(tool.folder / "new")
    assert tool("test", *SMALL, url=url).code == 1
    assert tool("test", *SMALL, "--auto-create-folder", url=url).code == 0


def test_overwriting_can_be_left_out(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    opened_as(monkeypatch, _Keeping(LocalFolder(tool.there)))
    assert tool("test", *SMALL, "--skip-overwrite-test").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--reruns=0",),
        ("--number-of-files=many",),
        ("--min-file-size=2mb", "--max-file-size=1mb"),
        ("--min-filename-length=0",),
        ("--extended-chars=a/b",),
        ("--auto-clean=perhaps", "--force"),
    ],
)
def test_wrong_values_end_it_before_anything_is_done(tool: Tool, words: Sequence[str]) -> None:
    (tool.there / "photo").write_text("mine")
    assert tool("test", *words).code == 200
    assert (tool.there / "photo").exists()


def test_all_words_in_a_file(tool: Tool) -> None:
    path = tool.file("words", "\n".join(["# a comment", str(tool.there), "", *SMALL, "--seed=1"]))
    told = tool.words("test", path)
    assert (told.code, "--seed=1" in told.out) == (0, True)


@given(
    seed=st.integers(),
    least=st.integers(3, 12),
    more=st.integers(0, 20),
    extended=st.sampled_from(["", " ", " .", "-_',=)(&%$#@! +"]),
    trims=st.booleans(),
)
def test_names_differ_and_can_be_names(seed: int, least: int, more: int, extended: str, trims: bool) -> None:
    dice, taken = Random(seed), set[str]()
    for _ in range(8):
        name = new_name(dice, (least, least + more), extended, taken, trims=trims)
        assert name.strip(". ")
        assert len(name) <= least + more
        assert name.casefold() not in {each.casefold() for each in taken}
        assert not trims or name == name.strip()
        assert trims or len(name) >= least
        taken.add(name)


@given(seed=st.integers(0, 2**64 - 1), size=st.integers(0, (1 << 20) + 99))
def test_contents_have_their_size_and_come_again(seed: int, size: int) -> None:
    parts = list(content(seed, size))
    assert sum(map(len, parts)) == size
    assert all(len(part) <= 1 << 20 for part in parts)
    assert parts == list(content(seed, size))


def test_one_file_at_a_time_needs_room(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scratch folder never holds more than one content."""
    scratch = tool.folder / "scratch"
    scratch.mkdir()
    most: list[int] = []

    class Looking(FarDestination):
        async def put(self, name: str, upload: Upload) -> None:
            most.append(sum(path.stat().st_size for path in Path(scratch).rglob("*") if path.is_file()))
            await super().put(name, upload)

    opened_as(monkeypatch, Looking(LocalFolder(tool.there)))
    assert tool("test", *SMALL, f"--tempdir={scratch}").code == 0
    assert max(most) <= 20 << 10
    assert list(scratch.iterdir()) == []
