"""`triplicati mirror`, the SyncTool (spec/cli.md 8): its words, what it copies, and how it ends."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import trio
from support.backend_tool import Tool
from support.command_line import Terminal, environment_of
from support.far import FarDestination
from support.golden import CASES

from triplicati.backend.mirror_words import parse
from triplicati.errors import UsageError
from triplicati.storage import registry
from triplicati.storage.destination import Destination, RemoteFile, Upload, Write
from triplicati.storage.faults import Fault, FaultyDestination
from triplicati.values.urls import DestinationUrl

GOLDEN = CASES["b-aes"].remote
OTHER = CASES["j-gpg"].remote


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def volume(folder: Path, name: str, content: bytes = b"content") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.fixture
def pair(tool: Tool) -> tuple[str, str]:
    """A source with some volumes, and the address of a destination that is not made yet."""
    source = tool.folder / "source"
    for name in ("a-b01.dblock.zip", "a-b02.dblock.zip", "a-i01.dindex.zip", "a-20260101T000000Z.dlist.zip"):
        volume(source, name, name.encode() * 100)
    return str(source), str(tool.folder / "target")


def around(patch: pytest.MonkeyPatch, wrap: Callable[[Destination], Destination], ending: str) -> None:
    """Destinations whose path ends so are wrapped."""
    real = registry.open_destination

    def opened(url: DestinationUrl, options: Mapping[str, str | None]) -> Destination:
        found = real(url, options)
        return wrap(found) if url.path.endswith(ending) else found

    patch.setattr(registry, "open_destination", opened)


def test_both_hold_the_same(tool: Tool) -> None:
    target = tool.folder / "target"
    told = tool.mirror(str(GOLDEN), str(target), "-y")
    assert (told.code, told.out.startswith("Copied 13 volumes (6.76 MiB), deleted 0 at ")) == (0, True)
    assert contents(target) == contents(GOLDEN)
    assert tool.mirror(str(GOLDEN), str(target)).out.startswith("Copied 0 volumes")


def test_volumes_of_all_prefixes_or_of_one(tool: Tool, pair: tuple[str, str]) -> None:
    source, target = pair
    volume(Path(source), "other-b01.dblock.zip.aes")
    volume(Path(source), "letter.txt")
    assert tool.mirror(source, target, "-y", "--prefix=other").code == 0
    assert set(contents(Path(target))) == {"other-b01.dblock.zip.aes"}
    assert tool.mirror(source, target, "-y").code == 0
    assert set(contents(Path(target))) == set(contents(Path(source))) - {"letter.txt"}


def test_old_ones_go_and_files_of_others_stay(tool: Tool, pair: tuple[str, str]) -> None:
    source, target = pair
    assert tool.mirror(source, target, "--confirm").code == 0
    Path(source, "a-b02.dblock.zip").unlink()
    volume(Path(target), "letter.txt")
    told = tool.mirror(source, target, "-y")
    assert "deleted 1" in told.out
    assert set(contents(Path(target))) == set(contents(Path(source))) | {"letter.txt"}


def test_without_a_yes_nothing_is_done(tool: Tool, pair: tuple[str, str]) -> None:
    told = tool.mirror(*pair)
    assert told.code == 255
    assert "4 (" in told.err
    assert "give -y" in told.err
    assert contents(Path(pair[1])) == {}


@pytest.mark.parametrize(("answer", "code", "count"), [("\n", 255, 0), ("y\n", 0, 4)])
def test_who_sits_at_a_terminal_is_asked(
    tool: Tool, pair: tuple[str, str], answer: str, code: int, count: int
) -> None:
    script = (
        "import os, sys; from triplicati.backend.mirror import run;"
        " print('ended with', run(sys.argv[1:], os.environ), flush=True); sys.stdin.readline()"
    )
    words = [sys.executable, "-c", script, *pair]
    with Terminal(words, tool.folder, environment_of(tool.folder)) as terminal:
        shown = terminal.read("[y/N]")
        assert "4 (" in shown
        assert f"ended with {code}" in terminal.type(answer, f"ended with {code}")
    assert len(contents(Path(pair[1]))) == count


def test_a_dry_run_only_tells(tool: Tool, pair: tuple[str, str]) -> None:
    told = tool.mirror(*pair, "-d")
    assert told.code == 0
    assert "Would copy a-b01.dblock.zip." in told.err
    assert told.out.startswith("[Dryrun]: Would have copied 4 volumes")
    assert not Path(pair[1]).exists()


def test_another_backup_is_let_be_unless_forced(tool: Tool) -> None:
    target = tool.folder / "target"
    shutil.copytree(GOLDEN, target)
    told = tool.mirror(str(OTHER), str(target), "-y")
    assert (told.code, "none of them is of this backup" in told.err) == (1, True)
    assert contents(target) == contents(GOLDEN)
    assert tool.mirror(str(OTHER), str(target), "-y", "-f").code == 0
    assert contents(target) == contents(OTHER)


def test_an_empty_source_empties_nothing(tool: Tool) -> None:
    """Its disk is not mounted."""
    target = tool.folder / "target"
    shutil.copytree(GOLDEN, target)
    (tool.folder / "mount").mkdir()
    assert tool.mirror(str(tool.folder / "mount"), str(target), "-y").code == 1
    assert tool.mirror(str(tool.folder / "absent"), str(target), "-y").code == 1
    assert contents(target) == contents(GOLDEN)


def test_old_ones_can_be_kept_and_stay_so(tool: Tool, pair: tuple[str, str]) -> None:
    source, target = pair
    tool.mirror(source, target, "-y")
    gone = Path(source, "a-b02.dblock.zip")
    gone.unlink()
    told = tool.mirror(source, target, "-y", "--retention")
    assert "renamed 1" in told.out
    (kept,) = set(contents(Path(target))) - set(contents(Path(source)))
    assert kept.endswith(".old.a-b02.dblock.zip")
    again = tool.mirror(source, target, "-y")
    assert again.out.startswith("Copied 0 volumes (0 bytes), deleted 0 at")
    assert kept in contents(Path(target))


@pytest.mark.parametrize("far", [False, True])
def test_damage_is_found_and_made_good(
    tool: Tool, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch, far: bool
) -> None:
    source, target = pair
    tool.mirror(source, target, "-y")
    damaged = Path(target, "a-b01.dblock.zip")
    good = damaged.read_bytes()
    damaged.write_bytes(bytes(len(good)))
    if far:
        around(monkeypatch, FarDestination, "target")
    assert tool.mirror(source, target, "-y").out.startswith("Copied 0")
    told = tool.mirror(source, target, "-y", "--verify-contents")
    assert "compared 4, of which 1 differed" in told.out
    assert damaged.read_bytes() == good


def test_what_arrived_wrong_is_sent_again(
    tool: Tool, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    around(monkeypatch, lambda inner: FaultyDestination(inner, [Fault("put", "truncate")]), "target")
    told = tool.mirror(*pair, "-y", "--verify-get-after-put")
    assert (told.code, "of which 1 differed" in told.out) == (0, True)
    assert contents(Path(pair[1])) == contents(Path(pair[0]))


def test_each_failure_counts_and_the_others_are_copied(
    tool: Tool, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both dblocks fail: the index and the list that need them are not sent."""
    for number in range(3, 6):
        volume(Path(pair[0]), f"a-b0{number}.dblock.zip")
    faults = [Fault("put", "error-before", match=name, times=99) for name in ("b01", "b04")]
    around(monkeypatch, lambda inner: FaultyDestination(inner, faults), "target")
    told = tool.mirror(*pair, "-y", "--backend-retries=0")
    assert told.code == 2
    assert told.err.count("\nError: a-b0") == 2
    assert "2 error(s)" in told.out
    assert set(contents(Path(pair[1]))) == {f"a-b0{number}.dblock.zip" for number in (2, 3, 5)}


def test_what_can_be_had_of_a_dying_disk(
    tool: Tool, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One volume cannot be read any more; without the list nobody would know what is in the others."""
    source, target = pair
    volume(Path(target), "a-b09.dblock.zip")
    fault = Fault("get", "error-during", match="b01", times=99)
    around(monkeypatch, lambda inner: FaultyDestination(inner, [fault]), "source")
    words = ("-y", "--backend-retries=0", "--force")
    assert tool.mirror(source, target, *words).code == 1
    assert set(contents(Path(target))) == {"a-b02.dblock.zip", "a-b09.dblock.zip"}
    told = tool.mirror(source, target, *words, "--despite-failures")
    assert told.code == 1
    wanted = set(contents(Path(source))) - {"a-b01.dblock.zip"} | {"a-b09.dblock.zip"}
    assert set(contents(Path(target))) == wanted


def test_nothing_is_deleted_after_a_failure(
    tool: Tool, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = pair
    tool.mirror(source, target, "-y")
    Path(source, "a-b02.dblock.zip").unlink()
    volume(Path(source), "a-b03.dblock.zip")
    fault = Fault("put", "error-before", times=99)
    around(monkeypatch, lambda inner: FaultyDestination(inner, [fault]), "target")
    assert tool.mirror(source, target, "-y", "--backend-retries", "0").code == 1
    assert Path(target, "a-b02.dblock.zip").exists()


def test_nothing_is_deleted_where_a_comparison_failed(
    tool: Tool, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is listed there, but one volume cannot be read: what is old may still be needed."""
    source, target = pair
    tool.mirror(source, target, "-y")
    Path(source, "a-b02.dblock.zip").unlink()
    fault = Fault("get", "error-before", match="b01", times=99)
    around(monkeypatch, lambda inner: FaultyDestination(inner, [fault]), "target")
    words = ("-y", "--verify-contents", "--backend-retries=0", "--despite-failures")
    assert tool.mirror(source, target, *words).code == 1
    assert Path(target, "a-b02.dblock.zip").exists()


def test_a_hopeless_destination_is_given_up(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tool.folder / "source"
    for number in range(100, 200):
        volume(source, f"a-b{number}.dblock.zip")
    faulty: list[FaultyDestination] = []

    def wrap(inner: Destination) -> Destination:
        faulty.append(FaultyDestination(inner, [Fault("put", "error-before", times=999)]))
        return faulty[0]

    around(monkeypatch, wrap, "target")
    told = tool.mirror(str(source), str(tool.folder / "target"), "-y", "--backend-retries=0", "--at-once=1")
    assert told.code == 5
    assert sum(operation == "put" for operation, _ in faulty[0].calls) == 5


def test_a_request_that_failed_is_tried_again(
    tool: Tool, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [Fault("put", "error-during", times=2), Fault("list", "error-before")]
    around(monkeypatch, lambda inner: FaultyDestination(inner, faults), "target")
    assert tool.mirror(*pair, "-y", "--backend-retry-delay=1").code == 0
    assert contents(Path(pair[1])) == contents(Path(pair[0]))


class _Together(FarDestination):
    """Counts transfers that go on at once, and the order in which kinds come. The first ones wait until there
    are as many as are `wanted`."""

    def __init__(self, folder: Destination, wanted: int) -> None:
        super().__init__(folder)
        self.most = self._busy = 0
        self.ended: list[str] = []
        self._wanted = wanted
        self._all = trio.Event()

    async def put(self, name: str, upload: Upload) -> None:
        self._busy += 1
        self.most = max(self.most, self._busy)
        if self._busy == self._wanted:
            self._all.set()
        with trio.fail_after(10):
            await self._all.wait()
        await super().put(name, upload)
        self._busy -= 1
        self.ended.append(name.split(".")[1])


@pytest.mark.parametrize(("words", "most"), [((), 4), (("--at-once=1",), 1), (("--at-once", "2"), 2)])
def test_several_go_at_once_and_kinds_one_after_the_other(
    tool: Tool, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], most: int
) -> None:
    source = tool.folder / "source"
    for number in range(10, 20):
        volume(source, f"a-b{number}.dblock.zip", bytes(100_000))
        volume(source, f"a-i{number}.dindex.zip")
        volume(source, f"a-202601{number}T000000Z.dlist.zip")
    found: list[_Together] = []

    def wrap(inner: Destination) -> Destination:
        found.append(_Together(inner, most))
        return found[0]

    around(monkeypatch, wrap, "target")
    assert tool.mirror(str(source), str(tool.folder / "target"), "-y", *words).code == 0
    assert found[0].most == most
    assert found[0].ended == ["dblock"] * 10 + ["dindex"] * 10 + ["dlist"] * 10


class _Hostile(FarDestination):
    """Lists and gives volumes whose names lead out of a folder."""

    async def list(self) -> list[RemoteFile]:
        hostile = ("../a-b66.dblock.zip", "a-b67.dblock.zip.aes/../../../escaped", "a-b68.dblock.zip.\\..\\x")
        return [*await super().list(), *(RemoteFile(name, 4) for name in hostile)]

    async def get(self, name: str, write: Write) -> None:
        if "b6" in name:
            write(b"evil")
        else:
            await super().get(name, write)


@pytest.mark.parametrize("side", ["source", "target"])
def test_names_that_lead_elsewhere_are_let_be(
    tool: Tool, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    bystander = volume(tool.folder, "a-b66.dblock.zip", b"mine")
    (tool.folder / "target" / "a-b67.dblock.zip.aes").mkdir(parents=True)
    around(monkeypatch, _Hostile, side)
    told = tool.mirror(*pair, "-y")
    assert told.code == 0, told.whole
    assert told.err.count("is no name of a volume; it is let be") == 3
    assert bystander.read_bytes() == b"mine"
    assert sorted(path.name for path in tool.folder.iterdir()) == [
        "a-b66.dblock.zip", "source", "target", "there",
    ]  # fmt: skip
    assert contents(Path(pair[1])) == contents(Path(pair[0]))


class _Hanging(FarDestination):
    """Never answers once a transfer has begun."""

    async def put(self, name: str, upload: Upload) -> None:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        await trio.sleep_forever()


def test_a_signal_ends_it_at_once(tool: Tool, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    around(monkeypatch, _Hanging, "target")
    told = tool.mirror(*pair, "-y", "--at-once=1")
    assert told.code == 255
    assert "Stopped. What was copied stays" in told.err
    assert signal.getsignal(signal.SIGTERM) is before


def test_options_of_a_side(tool: Tool, pair: tuple[str, str]) -> None:
    source, target = pair
    Path(target).mkdir()
    elsewhere = str(tool.folder / "not-mounted")
    option = f"alternate-target-paths={target}"
    for words in (("--dst-options", option), (f"--dst-options={option}",), ("--dst-options", f"--{option}")):
        assert tool.mirror(source, elsewhere, "-y", *words).code == 0
    assert len(contents(Path(target))) == 4
    assert not Path(elsewhere).exists()
    told = tool.mirror(source, elsewhere, "-y", "--auto-create-folders=false", "--src-options", option)
    assert told.code == 1


def test_what_happens_is_in_the_log_file(tool: Tool, pair: tuple[str, str]) -> None:
    log = tool.folder / "log"
    assert tool.mirror(*pair, "-y", "--log-file", str(log), "--log-level", "information").code == 0
    assert "Put - Started: a-b01.dblock.zip" in log.read_text()


def test_a_missing_folder_is_only_made_when_wanted(tool: Tool, pair: tuple[str, str]) -> None:
    assert tool.mirror(*pair, "-y", "--auto-create-folders=false").code == 1
    assert not Path(pair[1]).exists()


def test_a_folder_is_not_copied_to_itself(tool: Tool, pair: tuple[str, str]) -> None:
    source = Path(pair[0])
    assert tool.mirror(pair[0], source.as_uri(), "-y", "--force").code == 200


def test_secrets_are_not_shown(tool: Tool, pair: tuple[str, str]) -> None:
    url = f"nonsense://user:hidden1@host/?auth-password=hidden2&x={pair[0]}"
    told = tool.mirror(url, pair[1], "-y", "--dst-options", "auth-password=hidden3")
    assert told.code == 1
    assert "hidden" not in told.whole


@pytest.mark.parametrize(
    "words",
    [
        ("a",),
        ("a", "b", "c"),
        ("a", "b", "-x"),
        ("a", "b", "--retry=many"),
        ("a", "b", "--at-once=0"),
        ("a", "b", "--retry"),
        ("a", "b", "--dry-run=perhaps"),
        ("a", "b", "--log-level=loud"),
        ("a", "b", "--src-options=x"),
    ],
)
def test_words_that_make_no_sense(tool: Tool, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        parse(words)
    told = tool.mirror(*words)
    assert (told.code, "--help" in told.out) == (200, True)


def test_the_words_of_the_sync_tool() -> None:
    given = parse(
        [
            "src", "dst", "--parse-arguments-only", "--dry-run", "true", "--force", "--verify-contents",
            "--verify-get-after-put", "--retry", "5", "--log-level", "profiling", "--log-file", "x",
            "--progress", "--retention", "--yes", "--backend-retries", "7", "--backend-retry-delay", "2000",
            "--backend-retry-with-exponential-backoff", "false", "--auto-create-folders=false",
            "--global-options", "a=1", "b=2", "--src-options", "--c=3", "--dst-options=d=4", "e=5", "--f=6",
        ]
    )  # fmt: skip
    assert (given.source, given.target) == ("src", "dst")
    switches = (
        given.only_parses, given.dry_run, given.force, given.checks_all, given.checks_copies, given.progress,
        given.keeps_old, given.confirmed,
    )  # fmt: skip
    assert all(switches)
    assert (given.backoff, given.creates) == (False, False)
    assert (given.attempts, given.retries, given.delay) == (5, 7, 2.0)
    assert (given.log_level, given.log_file) == ("Profiling", "x")
    assert given.options == {"a": "1", "b": "2", "f": "6"}
    assert (given.source_options, given.target_options) == ({"c": "3"}, {"d": "4", "e": "5"})


def test_a_switch_swallows_no_address() -> None:
    given = parse(["--dry-run", "src", "-y", "--src-options", "a=b", "s3://bucket/?c=d"])
    assert (given.source, given.target) == ("src", "s3://bucket/?c=d")
    assert (given.dry_run, given.confirmed) == (True, True)


def test_help_and_parsing_alone(tool: Tool, pair: tuple[str, str]) -> None:
    assert tool.mirror("--help").out.startswith("Usage: triplicati mirror <source> <destination>")
    assert tool.mirror("--version").out.startswith("Triplicati ")
    told = tool.mirror(*pair, "--parse-arguments-only")
    assert (told.code, told.out) == (0, f"file://{pair[0]} -> file://{pair[1]}\n")
    assert not Path(pair[1]).exists()


def test_a_mistyped_option_does_nothing(tool: Tool, pair: tuple[str, str]) -> None:
    """With a mere warning, what was to be a dry run deleted volumes."""
    old = volume(Path(pair[1]), "a-b09.dblock.zip")
    told = tool.mirror(*pair, "-y", "--force", "--dry-rum")
    assert (told.code, "--dry-rum" in told.out) == (200, True)
    assert [path.name for path in Path(pair[1]).iterdir()] == [old.name]


def test_a_warning_for_both_sides_is_told_once(tool: Tool, pair: tuple[str, str]) -> None:
    told = tool.mirror(*pair, "-y", "--number-of-retries=many")
    assert (told.code, told.err.count("--number-of-retries")) == (0, 1)


def test_buckets_of_one_name_at_two_servers_are_two_places(tool: Tool) -> None:
    """They were refused as the same, since the server is in an option."""
    keys = ("--aws-access-key-id=a", "--aws-secret-access-key=b")
    words = ["s3://bucket/x", "s3://bucket/x", *keys, "--parse-arguments-only"]
    words.append("--src-options=s3-server-name=one.example")
    assert tool.mirror(*words, "--dst-options=s3-server-name=two.example").code == 0
    assert tool.mirror(*words, "--dst-options=s3-server-name=one.example").code == 200
