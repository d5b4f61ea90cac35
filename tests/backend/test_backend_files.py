"""`triplicati backend` with the files of a folder (spec/cli.md 8)."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.backend_tool import Tool
from support.far import FarDestination
from support.locking import make_lockable

from triplicati.errors import DestinationError
from triplicati.storage import registry
from triplicati.storage.destination import RemoteFile, Write
from triplicati.storage.kinds.file import LocalFolder


def test_there_and_back(tool: Tool) -> None:
    sent = tool("PUT", tool.file("letter.txt", "hello"))
    assert (sent.code, sent.whole) == (0, "")
    assert (tool.there / "letter.txt").read_text() == "hello"
    fetched = tool("Get", str(tool.folder / "there" / ".." / "back" / "letter.txt"))
    assert fetched.code == 100
    (tool.folder / "back").mkdir()
    assert tool("Get", str(tool.folder / "back" / "letter.txt")).code == 0
    assert (tool.folder / "back" / "letter.txt").read_text() == "hello"
    assert [path.name for path in (tool.folder / "back").iterdir()] == ["letter.txt"]


def test_the_list_is_a_table(tool: Tool) -> None:
    for name, size in (("b", 3 << 20), ("a", 0)):
        (tool.there / name).write_bytes(bytes(size))
        os.utime(tool.there / name, (1_700_000_000, 1_700_000_000))
    (tool.there / "folder").mkdir()
    changed = datetime.fromtimestamp(1_700_000_000).strftime("%m/%d/%Y %H:%M:%S")
    assert tool("list").out.splitlines() == [
        "Name\tDir/File\tLastChange\tSize",
        f"a\tFile\t{changed}\t0 bytes",
        f"b\tFile\t{changed}\t3.00 MiB",
    ]
    assert json.loads(tool("list", "--json").out)[1] == {"Name": "b", "Size": 3 << 20, "LastChange": 1.7e9}


def test_a_name_breaks_no_line_of_the_table(tool: Tool) -> None:
    (tool.there / "one\nFile\ttwo\x1b[2J").write_text("")
    header, row = tool("list").out.splitlines()
    assert header.count("\t") == row.count("\t") == 3
    assert row.startswith(r"one\x0aFile\x09two\x1b[2J" + "\tFile\t")


def test_nothing_is_overwritten(tool: Tool) -> None:
    (tool.there / "letter.txt").write_text("theirs")
    mine = tool.file("letter.txt", "mine")
    told = tool("get", mine)
    assert told.code == 100
    assert told.out.startswith("Command failed: The file ")
    assert Path(mine).read_text() == "mine"
    (tool.folder / "dangling.txt").symlink_to(tool.folder / "nowhere")
    assert tool("get", str(tool.folder / "dangling.txt")).code == 100
    assert not (tool.folder / "nowhere").exists()


class _Appearing(FarDestination):
    """While it sends, somebody else makes the file that is fetched."""

    target = Path()

    async def get(self, name: str, write: Write) -> None:
        self.target.write_text("theirs")
        await super().get(name, write)


def test_what_appears_meanwhile_is_not_overwritten(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    (tool.there / "letter.txt").write_text("remote")
    appearing = _Appearing(LocalFolder(tool.there))
    appearing.target = tool.folder / "letter.txt"
    monkeypatch.setattr(registry, "open_destination", lambda *_: appearing)
    assert tool("get", str(appearing.target)).code == 100
    assert appearing.target.read_text() == "theirs"
    assert not list(tool.folder.glob(".*"))


class _Breaking(FarDestination):
    async def get(self, name: str, write: Write) -> None:
        await super().get(name, write)
        raise DestinationError(reason="the line broke")


def test_what_broke_off_leaves_nothing(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    (tool.there / "letter.txt").write_text("remote")
    monkeypatch.setattr(registry, "open_destination", lambda *_: _Breaking(LocalFolder(tool.there)))
    told = tool("get", str(tool.folder / "letter.txt"))
    assert (told.code, told.out) == (100, "Command failed: The destination failed: the line broke\n")
    assert [path.name for path in tool.folder.iterdir()] == ["there"]


@pytest.mark.parametrize("name", ["..", ".", "folder/", "../there/..", ""])
@pytest.mark.parametrize("command", ["get", "put", "delete", "get-lock"])
def test_what_names_no_file_is_wrong_usage(tool: Tool, command: str, name: str) -> None:
    (tool.folder / "folder").mkdir()
    assert tool(command, name).code == 200
    assert sorted(path.name for path in tool.folder.iterdir()) == ["folder", "there"]


@pytest.mark.parametrize("command", ["get", "put", "delete"])
def test_only_the_last_part_of_a_path_goes_there(tool: Tool, command: str) -> None:
    """A destination that takes ../ in a name literally would be left by it."""
    (tool.folder / "secret").write_text("secret")
    (tool.folder / "out").mkdir()
    told = tool(command, str(tool.there / ".." / "out" / ".." / "secret"))
    if command == "put":
        assert (tool.there / "secret").read_text() == "secret"
    else:
        assert told.code == 100
    assert (tool.folder / "secret").read_text() == "secret"


class _Hostile(FarDestination):
    """Lists what would lead out of a folder."""

    async def list(self) -> list[RemoteFile]:
        return [RemoteFile("../../escaped", 1)]


def test_a_hostile_listing_is_only_shown(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "open_destination", lambda *_: _Hostile(LocalFolder(tool.there)))
    assert "../../escaped\tFile\t" in tool("list").out
    assert tool("get", "../../escaped").code == 100  # the file "escaped", which is not there
    assert [path.name for path in tool.folder.iterdir()] == ["there"]


def test_deleted_is_gone(tool: Tool) -> None:
    (tool.there / "letter.txt").write_text("")
    assert tool("delete", "letter.txt").code == 0
    assert tool("delete", "letter.txt").code == 100
    assert list(tool.there.iterdir()) == []


@pytest.mark.parametrize("word", ["create-folder", "CREATEFOLDER", "Create_Folder"])
def test_the_folder_is_created(tool: Tool, word: str) -> None:
    url = (tool.folder / "new" / "deep").as_uri()
    assert tool("list", url=url).code == 100
    assert tool(word, url=url).code == 0
    assert tool("list", url=url).code == 0


def test_a_file_gets_another_name(tool: Tool) -> None:
    (tool.there / "a").write_text("a")
    (tool.there / "b").write_text("b")
    assert tool("rename", "a", "b").code == 100
    assert tool("rename", "a", "../c").code == 200
    assert tool("rename", "a", "c").code == 0
    assert {path.name: path.read_text() for path in tool.there.iterdir()} == {"b": "b", "c": "a"}
    assert not (tool.folder / "c").exists()


def test_the_room_there_is(tool: Tool) -> None:
    first, second = tool("quota").out.splitlines()
    assert first.startswith("Total: ")
    assert second.startswith("Free: ")
    found = json.loads(tool("quota", "--json").out)
    assert 0 <= found["Free"] <= found["Total"]


def test_what_a_destination_cannot_do_is_told(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "open_destination", lambda *_: FarDestination(LocalFolder(tool.there)))
    for words, what in (
        (("quota",), "say how much room there is"),
        (("rename", "a", "b"), "rename files"),
        (("get-lock", "a"), "lock files"),
        (("set-lock", "a", "1D"), "lock files"),
    ):
        told = tool(*words)
        assert (told.code, told.out) == (
            100, f"Command failed: The destination far://{tool.there} cannot {what}.\n",
        )  # fmt: skip


def test_locks(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    make_lockable(monkeypatch)
    (tool.there / "a").write_text("")
    assert tool("GET-LOCK", "a").out == "null\n"
    told = tool("set-lock", "a", "2D")
    until = datetime.fromisoformat(told.out.strip())
    assert told.out.endswith("Z\n")
    assert abs(until - datetime.now(UTC) - timedelta(days=2)) < timedelta(minutes=1)
    assert tool("getlock", "a").out == told.out
    assert tool("delete", "a").code == 100
    assert tool("set-lock", "a", "-1D").code == 200
    assert tool("set-lock", "a", "soon").code == 100


def test_only_ordinary_files_are_sent(tool: Tool) -> None:
    (tool.folder / "folder").mkdir()
    assert "it is no ordinary file" in tool("put", str(tool.folder / "folder")).out
    assert "No such file" in tool("put", str(tool.folder / "absent")).out
    assert list(tool.there.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("sing", "there"),
        ("get", "there"),
        ("get", "there", "a", "b"),
        ("list", "there", "a"),
        ("set-lock", "there", "a"),
        (),
    ],
)
def test_words_that_make_no_sense(tool: Tool, words: tuple[str, ...]) -> None:
    told = tool.words(*words)
    assert told.code == 200
    assert "backend" in told.out


@pytest.mark.parametrize(
    "words", [("--help",), ("help",), ("bench", "--help"), ("help", "test"), ("--version",)]
)
def test_help_is_no_mistake(tool: Tool, words: tuple[str, ...]) -> None:
    told = tool.words(*words)
    assert told.code == 0
    assert ("--number-of-files=10" in told.out) == ("test" in words)
    assert ("--parallel=1" in told.out) == ("bench" in words)


def test_an_unknown_kind_and_an_unknown_option(tool: Tool) -> None:
    told = tool("list", url="nonsense://user:hidden@host/folder")
    assert told.code == 100
    assert 'The destination type "nonsense" is not supported' in told.out
    assert "hidden" not in told.whole
    told = tool("list", "--thottle-upload=1mb")
    assert told.code == 0
    assert "Did you mean --throttle-upload?" in told.err


def test_options_from_a_file_and_of_the_kind(tool: Tool) -> None:
    (tool.there / "here").write_text("")
    elsewhere = tool.folder / "elsewhere"
    elsewhere.mkdir()
    parameters = tool.file("parameters", f"--alternate-target-paths={elsewhere}\n--quiet-console=true\n")
    absent = str(tool.folder / "not-mounted")
    told = tool("list", f"--parameters-file={parameters}", url=absent)
    assert (told.code, told.out.count("\n")) == (0, 1)
    assert tool("list", f"--alternate-target-paths={tool.there}", url=absent).out.count("\n") == 2


def test_help_offers_only_kinds_that_there_are(tool: Tool) -> None:
    """It named those too that can only tell why they are not there."""
    told = tool.words("--help").out
    assert "webdav" in told
    assert "tahoe" not in told
