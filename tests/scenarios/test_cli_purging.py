"""list-broken-files, purge-broken-files and purge on the command line."""

from __future__ import annotations

import base64
import hashlib
import itertools
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.engine import noise
from support.in_process import Cli
from support.independent_reader import read_destination

SIZES = ("--dblock-size=1mb", "--blocksize=10kb")


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Two versions, ten seconds apart; the second has one file more, `new`."""
    made = Cli(tmp_path, capsys)
    seconds = itertools.count(1_700_000_000, 10)
    monkeypatch.setattr("triplicati.engine.backup.time", SimpleNamespace(time=lambda: float(next(seconds))))
    made.make({f"old-{number}": noise(15_000, number) for number in range(8)} | {"sub/old-1": "another"})
    made.backup(*SIZES)
    made.make({"new": noise(15_000, 99)})
    made.backup(*SIZES)
    return made


def lose(cli: Cli, path: Path) -> None:
    """The volumes with the first block of a file."""
    digest = base64.b64encode(hashlib.sha256(path.read_bytes()[: 10 << 10]).digest()).decode()
    (cli.dest / read_destination(cli.dest, None).volume_of_block[digest]).unlink()


def shown(cli: Cli, version: int) -> set[str]:
    """Files of a version by their paths below the source, the newest is -1."""
    entries = read_destination(cli.dest, None).versions[version].entries
    return {entry.path.removeprefix(f"{cli.source}/") for entry in entries if entry.kind == "File"}


def test_nothing_is_broken(cli: Cli) -> None:
    assert cli("list-broken-files", str(cli.dest)).lines[-1] == "No broken files were found."
    done = cli("purge-broken-files", str(cli.dest))
    assert (done.code, done.lines[-1]) == (0, "No broken files were found.")


def test_list_broken_files(cli: Cli) -> None:
    lose(cli, cli.source / "old-0")
    done = cli("list-broken-files", str(cli.dest))
    assert done.code == 0
    lines = [line for line in done.lines if line.startswith(("Fileset", "\t"))]
    assert lines[0].startswith("Fileset 0\t: 11/14/2023")
    assert "match(es))" in lines[0]
    newest = lines[1 : next(number for number, line in enumerate(lines) if line.startswith("Fileset 1"))]
    assert len(newest) == 6
    assert newest[-1].endswith("more, (use --full-result to list all)")
    assert any("purge-broken-files" in line for line in done.lines)

    whole = cli("list-broken-files", str(cli.dest), "--full-result")
    assert f"\t{cli.source}/old-7 (14.65 KiB)" in whole.lines
    assert not [line for line in whole.lines if "more, (use" in line]

    (first, second) = cli("list-broken-files", str(cli.dest), "--result-format=Json").data["BrokenFiles"]
    assert (first["Number"], second["Number"]) == (0, 1)
    assert first["FileCount"] == len(first["Files"]) > 5


def test_purge_broken_files(cli: Cli) -> None:
    lose(cli, cli.source / "new")
    dry = cli("purge-broken-files", str(cli.dest), "--dry-run")
    assert f"\t{cli.source}/new (14.65 KiB)" in dry.lines
    assert "new" in shown(cli, -1)
    done = cli("purge-broken-files", str(cli.dest))
    assert "Removed 1 entries (14.65 KiB) from 1 file list(s)" in done.lines
    assert shown(cli, -1) == shown(cli, -2)
    assert cli("list-broken-files", str(cli.dest)).lines[-1] == "No broken files were found."
    cli.forget()
    cli.restore("--version=0")
    assert set(cli.restored()) == shown(cli, -1)


def test_lost_metadata(cli: Cli) -> None:
    (cli.source / "old-3").chmod(0o604)
    before = set(cli.volumes("dblock"))
    cli.backup(*SIZES)
    for path in set(cli.volumes("dblock")) - before:
        path.unlink()
    whole = shown(cli, -1)
    dry = cli("purge-broken-files", str(cli.dest), "--dry-run", "--disable-replace-missing-metadata")
    assert [line for line in dry.lines if line.startswith("[Dryrun]: Would remove 1 entries")]
    done = cli("purge-broken-files", str(cli.dest))
    assert "1 entries were kept without the metadata that they lost" in done.lines
    assert shown(cli, -1) == whole


def test_everything_is_lost(cli: Cli) -> None:
    for path in cli.volumes("dblock"):
        path.unlink()
    before = sorted(path.name for path in cli.dest.iterdir())
    done = cli("purge-broken-files", str(cli.dest))
    assert done.code == 100
    assert "ErrorID: AllFilesetsBroken" in done.err
    assert sorted(path.name for path in cli.dest.iterdir()) == before


def test_purge_by_name(cli: Cli) -> None:
    dry = cli("purge", str(cli.dest), "*/old-1", "--dry-run")
    assert [line for line in dry.lines if line.startswith("\t")] == [
        f"\t{cli.source}/old-1 (14.65 KiB)",
        f"\t{cli.source}/sub/old-1 (7 bytes)",
    ] * 2
    assert "old-1" in shown(cli, -1)
    done = cli("purge", str(cli.dest), "*/old-1")
    assert done.code == 0
    assert [line for line in done.lines if line.startswith("Removed 4 entries")]
    for version in (-1, -2):
        assert not {"old-1", "sub/old-1"} & shown(cli, version)
    assert cli("test", str(cli.dest), "all", "--full-remote-verification").code == 0
    again = cli("purge", str(cli.dest), "*/old-1")
    assert (again.code, again.lines[-1]) == (0, "No files matched the criteria.")


def test_purge_a_folder(cli: Cli) -> None:
    cli("purge", str(cli.dest), f"{cli.source}/sub/")
    assert "sub/old-1" not in shown(cli, -1)
    assert "old-1" in shown(cli, -1)


def test_purge_by_filter_from_one_version(cli: Cli) -> None:
    before = shown(cli, -1), shown(cli, -2)
    done = cli("purge", str(cli.dest), "--include=*/old-?", "--version=1")
    assert done.code == 0
    assert (shown(cli, -1), shown(cli, -2)) == (before[0], set())


def test_purge_up_to_a_time(cli: Cli) -> None:
    before = shown(cli, -1)
    older = read_destination(cli.dest, None).versions[-2].time
    cli("purge", str(cli.dest), "*/old-2", f"--time={older}")
    assert shown(cli, -1) == before
    assert "old-2" not in shown(cli, -2)


def test_purge_compacts_unless_told_not_to(cli: Cli) -> None:
    kept = cli.volumes("dblock")
    cli("purge", str(cli.dest), "*/old-?", "--no-auto-compact")
    assert cli.volumes("dblock") == kept
    cli("purge", str(cli.dest), "*/new")
    assert not set(cli.volumes("dblock")) & set(kept)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["purge", "{dest}"], "Say which files"),
        (["purge", "{dest}", "*/old-1", "--include=*"], "Say which files"),
        (["list-broken-files", "{dest}", "old-1"], "Only a destination is needed"),
        (["list-broken-files", "{dest}", "--include=*"], "Only a destination is needed"),
        (["purge-broken-files", "{dest}", "--exclude=*"], "Only a destination is needed"),
    ],
)
def test_wrong_usage(cli: Cli, words: list[str], text: str) -> None:
    done = cli(*(word.format(dest=cli.dest) for word in words))
    assert done.code == 200
    assert text in done.out
    assert f"Usage: {words[0]}" in done.out
