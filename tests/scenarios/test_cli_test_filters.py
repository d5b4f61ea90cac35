"""test-filters as a user runs it, and what the options that leave things out do on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import warm_start
from support.engine import make_tree

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    make_tree(
        tmp_path / "s",
        {"a.txt": "12", "b.bin": "12345", "sub/c.txt": "1", "tag/CACHEDIR.TAG": "", "tag/x": "", ".hid": "1"},
    )

    def run_it(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        surroundings = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DUPLICATI_HOME": str(tmp_path / "home"),
            "LANG": "C.UTF-8",
            **environment,
        }
        return warm_start.run("cli", words, tmp_path, surroundings)

    return run_it


def test_each_decision_and_the_sum(run: Run, tmp_path: Path) -> None:
    done = run("test-filters", "s", "--exclude=*.bin", "--exclude-files-attributes=Hidden")
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace(str(tmp_path), "").splitlines() == [
        "Including source path: /s/",
        "Excluding path due to attribute filter: /s/.hid => Hidden",
        "Including path: /s/a.txt (2 bytes)",
        "Excluding path due to filter: /s/b.bin => -*.bin",
        "Including path: /s/sub/",
        "Including path: /s/sub/c.txt (1 bytes)",
        "Excluding path because ignore file was found: /s/tag/ => CACHEDIR.TAG",
        "Matched 2 files (3 bytes)",
    ]
    assert not (tmp_path / "home").exists()


def test_no_destination_is_asked_for(run: Run) -> None:
    assert run("test-filter", "s", "s/sub", "nowhere").stdout.count("Including source path") == 1
    missing = run("test-filters")
    assert (missing.returncode, "At least one source" in missing.stdout) == (200, True)
    assert run("test-filters", "nowhere").returncode == 100
    assert run("test-filters", "@/mnt|ssh://host").returncode == 200


def test_files_that_are_too_large_do_not_count(run: Run) -> None:
    lines = run("test-filters", "s", "--skip-files-larger-than=2b").stdout.splitlines()
    assert any(line.startswith("Excluding file due to size: ") for line in lines)
    assert lines[-1] == "Matched 3 files (4 bytes)"


def test_as_json(run: Run) -> None:
    found = json.loads(run("test-filters", "s", "--result-format=Json", "--ignore-filenames").stdout)
    assert (found["Data"]["FileCount"], found["Data"]["FileSize"]) == (6, 9)
    assert found["Data"]["MainOperation"] == "TestFilters"


def test_verbose_lines_come_once(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = ("--log-file", str(log), "--log-file-log-level=Verbose")
    plain = run("test-filters", "s", f"{words[0]}={words[1]}", words[2])
    assert plain.stdout.count("/s/a.txt") == 1
    assert log.read_text().count("/s/a.txt") == 1
    assert "FileEnumerationProcess-IncludingPath]: Including path: " in log.read_text()
    assert run("test-filters", "s", "--console-log-level=Verbose").stdout.count("/s/a.txt") == 1


def test_the_options_on_the_command_line(run: Run, tmp_path: Path) -> None:
    listed = ("list", "dest", "*", "--no-encryption")
    common = ("--no-encryption",)
    made = run("backup", "dest", "s", *common, "--exclude-files-attributes=hidden", "--exclude-empty-folders")
    assert made.returncode == 0, made.stdout + made.stderr
    first = run(*listed).stdout
    assert ".hid" not in first
    assert "/tag/" not in first
    named = run("backup", "dest", "s", *common, f"--changed-files={tmp_path}/s/.hid")
    assert "  Files added: 1" in named.stdout.splitlines()
    assert run("backup", "dest", "s", *common, "--ignore-filenames=").returncode == 0
    assert "/tag/x" in run(*listed).stdout
    required = run("backup", "dest", "s", *common, "--snapshot-policy=Required", PATH=str(tmp_path))
    assert required.returncode == 100
    assert "ErrorID: SnapshotFailed" in required.stderr


def test_a_verbose_log_of_a_backup_tells_of_each_path(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log"
    run("backup", "dest", "s", "--no-encryption", f"--log-file={log}", "--log-file-log-level=Verbose")
    assert "ExcludingPathDueToIgnoreFile]: " in log.read_text()
    nothing = run("backup", "empty", "s", "--no-encryption", "--include=*/nothing")
    assert "Run test-filters on the same sources to see why." in nothing.stdout
