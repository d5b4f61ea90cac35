"""Options for testing volumes and for the restore drill: the effect of each on the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.engine import noise
from support.in_process import Cli


@pytest.fixture
def made(cli: Cli) -> Cli:
    """With one version in three dblocks, not tested."""
    cli.make({f"{number}": noise(400_000, number) for number in range(6)})
    cli.backup("--blocksize=10kb", "--dblock-size=1mb", "--backup-test-samples=0")
    assert len(cli.volumes("dblock")) == 3
    return cli


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def drills(cli: Cli, *options: str) -> list[dict[str, Any]]:
    done = cli("test", str(cli.dest), "--result-format=Json", *options)
    found: list[dict[str, Any]] = json.loads(done.out)["Data"]["Drills"]
    return found


def test_backup_test_samples_and_backup_test_percentage(made: Cli) -> None:
    def tested(*options: str) -> int | None:
        (made.source / "changes").write_text(str(os.urandom(9)))
        words = ("backup", str(made.dest), str(made.source), "--no-encryption", "--result-format=Json")
        done = made(*words, *options)
        results = json.loads(done.out)["Data"]["TestResults"]
        return None if results is None else int(results["VerificationsActualLength"])

    assert tested("--backup-test-samples=0", "--backup-test-percentage=0") is None
    assert tested() == 3
    assert tested("--backup-test-samples=2") == 6
    assert tested("--backup-test-samples=0") is None  # a tenth of a percent of so few is none
    volumes = len(list(made.dest.iterdir())) + 3  # with those of the next one
    assert tested("--backup-test-percentage=100") == volumes
    assert tested("--backup-test-samples=2", "--no-backend-verification") is None


def test_dont_replace_faulty_index_files(made: Cli) -> None:
    victim = made.volumes("dindex")[0]
    spoil(victim)
    done = made("test", str(made.dest), "all", "--dont-replace-faulty-index-files")
    assert (done.code, victim.exists()) == (3, True)
    done = made("test", str(made.dest), "all")
    assert (done.code, victim.exists()) == (3, False)
    assert f"Warning: {victim.name}: " in done.out
    assert len(made.volumes("dindex")) == 3
    assert made("test", str(made.dest), "all").code == 0


def test_restore_drill(made: Cli) -> None:
    done = made("test", str(made.dest), "--restore-drill")
    lines = [line for line in done.out.splitlines() if not line.endswith("...")]
    assert done.code == 0
    assert lines[0].startswith("Restored 6 files (2.29 MiB) of version 0 (")
    assert lines[0].endswith(" for trial: all as recorded")
    assert lines[1:] == ["6 of 6 unchanged sources have the same content"]
    both = made("test", str(made.dest), "1", "--restore-drill=1")
    assert "Examined 3 files and found no errors" in both.out
    assert "Restored 6 files" in both.out


def test_a_drill_that_finds_damage(made: Cli) -> None:
    for victim in made.volumes("dblock"):
        victim.unlink()
    done = made("test", str(made.dest), "--restore-drill")
    assert done.code == 3
    assert "Restored 0 files (0 bytes) of version 0 (" in done.out
    assert "as recorded, and 6 not:" in done.out
    assert f"\t{made.source}/3: " in done.out


def test_a_drill_that_finds_another_source(made: Cli) -> None:
    victim = made.source / "3"
    status = victim.stat()
    victim.write_bytes(bytes(status.st_size))
    os.utime(victim, ns=(status.st_mtime_ns, status.st_mtime_ns))
    done = made("test", str(made.dest), "--restore-drill")
    assert done.code == 2
    assert "5 of 6 unchanged sources have the same content" in done.out
    assert f"\t{victim}: its source differs" in done.out


def test_drill_files_drill_size_and_drill_seed(made: Cli) -> None:
    (few,) = drills(made, "--restore-drill=1", "--drill-files=2", "--drill-seed=7")
    assert few["Files"] == 2
    (small,) = drills(made, "--restore-drill=1", "--drill-size=1mb")
    assert small["Files"] == 2
    made.forget()
    (again,) = drills(made, "--restore-drill=1", "--drill-files=2", "--drill-seed=7", "--version=0")
    assert again["Bytes"] == few["Bytes"]


def test_a_drill_of_a_chosen_version(made: Cli) -> None:
    made.make({"later": "x"})
    made.backup()
    (found,) = drills(made, "--restore-drill=5", "--version=1")
    assert (found["Version"], found["Files"]) == (1, 6)
    assert [each["Version"] for each in drills(made, "--restore-drill=5")] == [0, 1]
