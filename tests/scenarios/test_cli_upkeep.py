"""delete, compact and vacuum on the command line, and compacting after a backup."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

import apsw
import pytest
from support.engine import noise
from support.in_process import Cli

SIZES = ("--dblock-size=1mb", "--blocksize=10kb")


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    made = Cli(tmp_path, capsys)
    made.source.mkdir()
    return made


def grow(cli: Cli, rounds: int, *options: str, size: int = 15_000) -> None:
    for number in range(rounds):
        for file in range(20):
            (cli.source / f"new-{number}-{file}").write_bytes(noise(size, 100 * number + file))
            if file % 3:
                (cli.source / f"new-{number - 1}-{file}").unlink(missing_ok=True)
        cli.backup(*SIZES, *options)


def stored(cli: Cli) -> int:
    return sum(path.stat().st_size for path in cli.dest.glob("*.dblock.*"))


def versions(cli: Cli) -> int:
    return len(list(cli.dest.glob("*.dlist.*")))


def test_delete_by_number(cli: Cli) -> None:
    grow(cli, 4, "--no-auto-compact")
    dry = cli("delete", str(cli.dest), "--version=1,3", "--dry-run")
    assert "The following filesets would be deleted:" in dry.lines
    assert versions(cli) == 4
    done = cli("delete", str(cli.dest), "--version=1,3", "--no-auto-compact")
    assert done.code == 0
    told = done.lines[done.lines.index("These filesets were deleted:") + 1 :]
    assert [line[:3] for line in told] == ["1: ", "3: "]
    assert versions(cli) == 2
    restored = cli("restore", str(cli.dest), "--version=1", f"--restore-path={cli.folder / 'out'}")
    assert restored.code == 0, restored.err


def test_a_dry_run_settles_nothing(cli: Cli) -> None:
    """What an interrupted run left at the destination was deleted by it."""
    grow(cli, 2, "--no-auto-compact")
    (database,) = (cli.folder / "home").glob("*.sqlite")
    connection = apsw.Connection(str(database))
    connection.execute("UPDATE volume SET state = 'Deleting' WHERE kind = 'dindex'").fetchall()
    connection.close()
    names = sorted(os.listdir(cli.dest))
    for words in (("compact",), ("delete", "--version=1")):
        assert cli(words[0], str(cli.dest), *words[1:], "--dry-run").code == 0
        assert sorted(os.listdir(cli.dest)) == names


def test_delete_by_rule_keeps_the_last(cli: Cli) -> None:
    grow(cli, 3, "--no-auto-compact")
    assert "No filesets matched the criteria." in cli("delete", str(cli.dest), "--keep-versions=5").lines
    assert cli("delete", str(cli.dest), "--version=0-2", "--keep-time=1s").code == 0
    assert versions(cli) == 1
    assert cli("delete", str(cli.dest), "--version=0", "--allow-full-removal").code == 0
    assert versions(cli) == 0
    assert "ErrorID: NoVersions" in cli("delete", str(cli.dest), "--version=0").err


def test_delete_without_a_choice(cli: Cli) -> None:
    grow(cli, 1)
    done = cli("delete", str(cli.dest))
    assert done.code == 200
    assert "--keep-versions" in done.out
    missing = cli("delete", str(cli.dest), "--version=7")
    assert "There is no version 7. Versions go from 0, the newest, to 0" in missing.err


def test_delete_then_compact(cli: Cli) -> None:
    grow(cli, 6, "--no-auto-compact")
    before = stored(cli)
    done = cli("delete", str(cli.dest), "--keep-versions=1")
    assert any(line.startswith("Space gained: ") for line in done.lines), done.lines
    assert stored(cli) < before * 0.7
    checked = cli("test", str(cli.dest), "all")
    assert checked.code == 0, checked.out


def test_compact(cli: Cli) -> None:
    grow(cli, 6, "--no-auto-compact", "--keep-versions=1")
    names = sorted(os.listdir(cli.dest))
    dry = cli("compact", str(cli.dest), *SIZES, "--dry-run")
    assert sum(line.startswith("[Dryrun]: Would ") for line in dry.lines) == 2
    assert sorted(os.listdir(cli.dest)) == names
    done = cli("compact", str(cli.dest), *SIZES)
    assert done.code == 0
    assert "Space gained: " in done.out
    again = cli("compact", str(cli.dest), *SIZES)
    assert "Compacting is not worth it: little would be gained." in again.lines
    assert cli.backup(code=1).lines[-1]
    assert cli("repair", str(cli.dest)).code == 0
    assert cli("restore", str(cli.dest), f"--restore-path={cli.folder / 'out'}").code == 0


def test_compacting_in_steps(cli: Cli) -> None:
    grow(cli, 5, "--no-auto-compact", "--keep-versions=1", size=60_000)
    words = ("compact", str(cli.dest), *SIZES, "--small-file-size=0", "--threshold=5")
    limited = cli(*words, "--upkeep-max-download=1kb")
    assert any(line.startswith("Left for the next run: ") for line in limited.lines), limited.lines
    nothing = cli(*words, "--upkeep-max-time=0s")
    assert nothing.code == 0


def test_a_backup_compacts_afterwards_unless_told_not_to(cli: Cli) -> None:
    grow(cli, 6, "--no-auto-compact", "--keep-versions=1")
    before = stored(cli)
    (cli.source / "one more").write_text("more")
    cli.backup(*SIZES, "--keep-versions=1", "--no-auto-compact")
    assert stored(cli) >= before
    (cli.source / "and another").write_text("more")
    cli.backup(*SIZES, "--keep-versions=1")
    assert stored(cli) < before * 0.8


@pytest.mark.parametrize(
    ("options", "packs"),
    [
        ((), False), (("--small-file-max-count=2",), True),
        (("--small-file-max-count=2", "--small-file-size=1kb"), False),
        (("--small-file-size=500kb", *SIZES), True), (("--threshold=1",), False),
    ],
)  # fmt: skip
def test_small_volumes(cli: Cli, options: tuple[str, ...], packs: bool) -> None:
    for number in range(4):
        (cli.source / f"{number}").write_bytes(noise(300_000, number))
        cli.backup("--no-auto-compact", "--blocksize=10kb")
    cli("compact", str(cli.dest), *options)
    assert (len(list(cli.dest.glob("*.dblock.*"))) < 4) is packs


def test_vacuum(cli: Cli) -> None:
    grow(cli, 3, "--keep-versions=1")
    done = cli("vacuum", str(cli.dest))
    assert done.code == 0
    assert "The local database took " in done.out
    assert cli.backup(code=1).lines


def test_repair_in_place(cli: Cli) -> None:
    grow(cli, 2)
    assert "Nothing to repair: " in cli("repair", str(cli.dest)).out
    for kind in ("dlist", "dindex"):
        next(cli.dest.glob(f"*.{kind}.*")).unlink()
    refused = cli("compact", str(cli.dest))
    assert refused.code == 100
    assert "MissingRemoteFiles" in refused.err
    done = cli("repair", str(cli.dest))
    assert done.code == 0
    assert "Made anew from the local database: 1 file list(s) and 1 index volume(s)." in done.out
    assert versions(cli) == 2
    assert cli.backup(*SIZES, code=1).lines


def test_repair_foretells_just_what_it_would_do(cli: Cli) -> None:
    """It told of a rebuilt local database, whatever there was to do."""
    grow(cli, 2)
    assert "[Dryrun]: Nothing to repair: " in cli("repair", str(cli.dest), "--dry-run").out
    for kind in ("dlist", "dindex"):
        next(cli.dest.glob(f"*.{kind}.*")).unlink()
    there = sorted(cli.dest.iterdir())
    told = cli("repair", str(cli.dest), "--dry-run").out
    assert "Would make anew from the local database: 1 file list(s) and 1 index volume(s)." in told
    next(cli.dest.glob("*.dblock.*")).unlink()
    assert "1 volume(s) with data are lost" in cli("repair", str(cli.dest), "--dry-run").out
    assert sorted(cli.dest.iterdir()) == [each for each in there if each.exists()]
    for path in (cli.folder / "home").glob("*.sqlite"):
        path.unlink()
    assert "Would build a local database from " in cli("repair", str(cli.dest), "--dry-run").out


def test_repair_tells_of_what_is_still_broken(cli: Cli) -> None:
    """It said that there was nothing to repair, with lost data just stored again and more still lost."""
    grow(cli, 2)
    for path in cli.dest.glob("*.dblock.*"):
        path.unlink()
    assert "list-broken-files" in cli("repair", str(cli.dest)).lines[-2]
    found = cli("repair", str(cli.dest), "--rebuild-missing-dblock-files").out
    assert "Stored again from this machine: " in found
    assert "Nothing to repair" not in found
    assert "1 version(s) have files that cannot be restored whole" in found
    assert cli("delete", str(cli.dest), "--version=1").code == 0
    assert "cannot be restored whole" not in cli("repair", str(cli.dest)).out


def test_what_is_left_of_a_damaged_volume_is_for_compact(cli: Cli) -> None:
    """A test went on to promise that the next backup stores again what it held, which was done."""
    grow(cli, 1)
    path = next(cli.dest.glob("*.dblock.*"))
    path.write_bytes(path.read_bytes()[:100])
    assert cli("repair", str(cli.dest)).code == 0
    told = cli("test", str(cli.dest), "all")
    assert told.code == 3
    assert '"purge-broken-files" and then "compact" clear it away' in told.out + told.err
    refused = cli("compact", str(cli.dest)).out
    assert "Nothing was compacted." in refused
    assert "not worth it" not in refused
    cli.backup(*SIZES, "--no-auto-compact")
    assert cli("compact", str(cli.dest)).code == 0
    assert cli("test", str(cli.dest), "all").code == 0


def test_the_newest_version_stays_and_that_is_told(cli: Cli) -> None:
    grow(cli, 2)
    assert "--allow-full-removal" in cli("delete", str(cli.dest), "--version=0-1").out
    assert versions(cli) == 1


def test_repair_of_what_this_machine_does_not_know(cli: Cli) -> None:
    grow(cli, 2)
    for path in (cli.folder / "home").glob("*.sqlite"):
        path.unlink()
    assert "was rebuilt: 2 version(s)" in cli("repair", str(cli.dest)).out


@pytest.mark.parametrize(
    "words",
    [
        ("delete", "--version=0", "--allow-full-removal"),
        ("repair",),
        ("purge", "*/new-0-0"),
        ("purge-broken-files",),
    ],
)
def test_the_verification_file_is_kept_up_to_date(words: tuple[str, ...], cli: Cli) -> None:
    """It names every volume that is there then, as Duplicati's own checker wants it, and its hash."""
    grow(cli, 1)
    done = cli(words[0], str(cli.dest), *words[1:], "--upload-verification-file")
    assert done.code == 0, done.err
    told = json.loads((cli.dest / "duplicati-verification.json").read_text("utf-8-sig"))
    there = {path.name: path.read_bytes() for path in cli.dest.glob("duplicati-*.zip*")}
    assert {each["Name"] for each in told if each["State"] in (2, 3)} == set(there)
    for each in told:
        digest = hashlib.sha256(there[each["Name"]]).digest()
        assert (each["Size"], each["Hash"]) == (len(there[each["Name"]]), base64.b64encode(digest).decode())
