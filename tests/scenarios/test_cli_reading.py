"""list, find, compare, repair, restore and help as a user runs them, on backups of real Duplicati."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import warm_start
from support.golden import CASES

CANARY = "canary-4711-passphrase"
AES, PLAIN = CASES["b-aes"], CASES["d-lookup"]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs duplicati-cli in an empty home, in UTC, with nobody at the terminal."""

    def run_it(
        *words: str, program: str = "cli", stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        surroundings = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DUPLICATI_HOME": str(tmp_path / "home"),
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            **environment,
        }
        return warm_start.run(program, words, tmp_path, surroundings, stdin)

    return run_it


def after_start(output: str) -> list[str]:
    """Lines but those on phases and transfers."""
    return [line for line in output.splitlines() if not line.endswith(" ...")]


def test_versions(run: Run) -> None:
    done = run("list", str(AES.remote), PASSPHRASE=AES.passphrase or "")
    assert after_start(done.stdout) == [
        "Listing filesets:",
        "0\t: 11/22/2026 07:47:03 (92 files, 7.00 MiB)",
        "1\t: 11/22/2026 07:47:00 (163 files, 7.06 MiB)",
        "2\t: 11/22/2026 07:46:56 (166 files, 6.94 MiB)",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_reading_leaves_no_trace(run: Run, tmp_path: Path) -> None:
    run("list", str(PLAIN.remote))
    assert list(tmp_path.iterdir()) == []


def test_files_of_the_newest_version(run: Run) -> None:
    done = run("list", f"file://{PLAIN.remote}", "bo*.txt", "book.txt", "--quiet-console")
    assert done.stdout.splitlines() == [
        "Listing contents 0 (11/22/2026 07:47:58):",
        "/srv/source/data/text/book.txt (400.39 KiB)",
    ]


@pytest.mark.parametrize(
    "words", [["2"], ["11/22/2026 07:47:50"], ["*", "--version=2"], ["*", "--time=20261122T074750Z"]]
)
def test_one_version_by_number_or_time(run: Run, words: list[str]) -> None:
    done = run("list", str(PLAIN.remote), *words, "--quiet-console")
    lines = done.stdout.splitlines()
    assert lines[0] == "Listing contents 2 (11/22/2026 07:47:50):"
    assert "/srv/source/data/ " in lines
    assert sum(line.endswith("bytes)") or line.endswith("iB)") for line in lines) == 166


def test_find_looks_in_all_versions(run: Run) -> None:
    done = run("find", str(PLAIN.remote), "*/many-renamed/f000.txt", "--quiet-console")
    assert done.stdout.splitlines() == [
        "Listing files and versions:",
        "/srv/source/data/many-renamed/f000.txt",
        "0\t: 11/22/2026 07:47:58  - ",
        "1\t: 11/22/2026 07:47:54 13 bytes",
        "2\t: 11/22/2026 07:47:50  - ",
        "",
    ]


def test_list_goes_on_to_all_versions_when_nothing_matches(run: Run) -> None:
    done = run("list", str(PLAIN.remote), "*/many-renamed/f000.txt", "--quiet-console")
    assert done.stdout.splitlines()[:2] == [
        "No files matching, looking in all versions",
        "Listing files and versions:",
    ]
    nothing = run("list", str(PLAIN.remote), "no-such-file", "--quiet-console")
    assert nothing.stdout.splitlines()[-1] == "No files matched expression"
    assert nothing.returncode == 0


def test_json(run: Run) -> None:
    done = run("find", str(PLAIN.remote), "book.txt", "--result-format=Json")
    found = json.loads(done.stdout)
    assert found["Exception"] is None
    assert found["Data"]["ParsedResult"] == "Success"
    assert [each["Number"] for each in found["Data"]["Versions"]] == [0, 1, 2]
    assert found["Data"]["Files"][0]["Path"] == "/srv/source/data/text/book.txt"


def test_a_failure_in_json(run: Run, tmp_path: Path) -> None:
    done = run("list", str(tmp_path / "nowhere"), "--result-format=json")
    assert json.loads(done.stdout)["Exception"].startswith("FolderMissing: ")
    assert (json.loads(done.stdout)["Data"], done.returncode) == (None, 100)


def test_compare(run: Run) -> None:
    done = run("compare", str(AES.remote), "--quiet-console", PASSPHRASE=AES.passphrase or "")
    lines = done.stdout.splitlines()
    assert lines[:5] == [
        "Listing changes",
        "  1: 11/22/2026 07:47:00",
        "  0: 11/22/2026 07:47:03",
        "",
        "Size of backup 1: 7.06 MiB",
    ]
    assert "  + /srv/source/data/new-in-v3/dupe-of-b.bin" in lines
    assert "  ... and 68 more (use --full-result to see all)" in lines
    assert lines[-9:] == [
        "",
        "  Added folders:     2",
        "  Added files:       3",
        "  Deleted folders:   5",
        "  Deleted files:     74",
        "  Modified folders:  45",
        "  Modified files:    4",
        "",
        "Size of backup 0: 7.00 MiB",
    ]


def test_repair_builds_the_database_and_list_uses_it(run: Run, tmp_path: Path) -> None:
    """After a repair nothing asks for the passphrase to list."""
    done = run("repair", str(AES.remote), PASSPHRASE=AES.passphrase or "")
    assert "3 version(s), 13 volume(s)" in done.stdout
    assert done.returncode == 0
    home = tmp_path / "home"
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == {0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    listed = run("list", str(AES.remote))
    assert listed.stdout.startswith("Listing filesets:\n0\t: ")


def test_a_database_of_duplicati_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    theirs = tmp_path / "ABCDEFGHIJ.sqlite"
    connection = sqlite3.connect(theirs)
    connection.execute("CREATE TABLE Version (ID INTEGER PRIMARY KEY, Version INTEGER)")
    connection.execute("INSERT INTO Version VALUES (1, 14)")
    connection.commit()
    connection.close()
    before = theirs.read_bytes()
    done = run("list", str(PLAIN.remote), f"--dbpath={theirs}")
    first = done.stdout.splitlines()[0]
    assert first == (
        f"The local database {theirs} belongs to Duplicati and is left alone;"
        f" Triplicati uses {tmp_path / 'ABCDEFGHIJ.triplicati.sqlite'}"
        ' ("help duplicati" tells more).'
    )
    assert done.stdout.splitlines()[-3].startswith("0\t: ")
    again = run("list", str(PLAIN.remote), f"--dbpath={theirs}")
    assert again.stdout.splitlines()[1] == "Listing filesets:"
    assert theirs.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [theirs.name, "ABCDEFGHIJ.triplicati.sqlite"]


def test_restore_without_a_local_database(run: Run, tmp_path: Path) -> None:
    done = run(
        "restore",
        str(AES.remote),
        f"--restore-path={tmp_path / 'out'}",
        "--version=1",
        "book.txt",
        PASSPHRASE=AES.passphrase or "",
    )
    assert done.returncode == 0, done.stderr
    (restored,) = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    manifest = json.loads(AES.manifest(2).read_text("utf-8"))
    expected = next(each["sha256"] for each in manifest["entries"] if each["path"].endswith("book.txt"))
    assert hashlib.sha256(restored.read_bytes()).hexdigest() == expected
    assert f"files to {tmp_path / 'out'}" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "identity"),
    [
        (["list", "{aes}"], 100, "PassphraseNeeded"),
        (["list", "{aes}", f"--passphrase={CANARY}"], 100, "WrongPassphrase"),
        (["list", "{empty}"], 100, "EmptyRemoteLocation"),
        (["list", "{empty}/nowhere"], 100, "FolderMissing"),
        (["list", "{plain}", "--prefix=a-b"], 100, "PrefixCannotContainHyphens"),
        (["list", "{plain}", "--prefix=other"], 100, "EmptyRemoteLocationWithPrefix"),
        (["list", "gopher://host/x"], 100, "UnsupportedBackend"),
        (["restore", "{plain}", "--restore-path=@/x|ssh://h"], 100, "OptionNotBuilt"),
        (["restore", "{plain}", "--restore-path={empty}", "no-such"], 100, "EmptyRestoreOperation"),
        (["list", "{plain}", "--log-file={plain}"], 100, "LogFileUnusable"),
        (["open", "{plain}"], 200, "CommandNotBuilt"),
    ],
)
def test_errors_have_an_id_a_sentence_and_no_traceback(
    run: Run, tmp_path: Path, words: list[str], code: int, identity: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"aes": str(AES.remote), "plain": str(PLAIN.remote), "empty": str(tmp_path / "empty")}
    done = run(*(word.format(**places) for word in words))
    assert done.returncode == code
    blank, first, message = done.stderr.split("\n", 2)
    assert (blank, first) == ("", f"ErrorID: {identity}")
    assert message.strip()
    assert "Traceback" not in done.stderr
    assert CANARY not in done.stdout + done.stderr


def test_debug_output_shows_where_it_came_from(run: Run, tmp_path: Path) -> None:
    done = run("list", str(tmp_path), "--debug-output")
    assert "Traceback" in done.stderr
    assert "EmptyRemoteLocation" in done.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["frobnicate", "x"], '"frobnicate" is not known. Run "help"'),
        (["bakup", "x"], 'Did you mean "backup"?'),
        (["list"], "Usage: list <destination>"),
        (["backup", "x"], "Usage: backup <destination> <source>"),
        (["repair", "x", "y"], "Usage: repair <destination>"),
        (["backup", "x", "@/mnt|ssh://host"], "starts with @"),
        (["list", "x", "--main-action=Backup"], "--main-action"),
    ],
)
def test_wrong_usage_is_told_on_standard_output(run: Run, words: list[str], text: str) -> None:
    done = run(*words)
    assert text in done.stdout
    assert done.returncode == 200


@pytest.mark.parametrize("command", ["open"])
def test_what_is_still_to_come_says_so(run: Run, command: str) -> None:
    done = run(command)
    assert f'The command "{command}" is known but not built yet' in done.stderr
    assert done.returncode == 200


def test_versions_and_changes_as_json(run: Run) -> None:
    listed = json.loads(run("list", str(PLAIN.remote), "--result-format=Json").stdout)["Data"]
    assert listed["Versions"][2]["Time"] == "2026-11-22T07:47:50.000000Z"
    compared = json.loads(run("compare", str(PLAIN.remote), "2", "1", "--result-format=Json").stdout)["Data"]
    assert compared["Base"]["Time"] == listed["Versions"][2]["Time"]
    assert len(compared["Added"]) == 11
    assert [compared[f"Added{kind}"] for kind in ("ActualLength", "Files", "Folders", "Symlinks")] == [
        52,
        46,
        3,
        3,
    ]
    assert not [name for name in compared if "Counts" in name]


def test_help(run: Run) -> None:
    for words in ([], ["help"], ["list", "-h"]):
        done = run(*words)
        assert (done.returncode, done.stderr) == (0, "")
    assert run("help", "blocksize").stdout.startswith("  --blocksize (Size):")
    unknown = run("help", "xyzzy")
    assert unknown.stdout.startswith("Topic not found: xyzzy\n\n")
    assert unknown.returncode == 0


def test_help_imports_nothing_slow() -> None:
    program = (
        "import sys\nfrom triplicati.cli.dispatch import main\nmain(['help'])\n"
        "slow = {'trio', 'rich', 'apsw', 'cryptography', 'platformdirs'}\n"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr == "[]\n"


def test_the_state_of_this_machine(run: Run, tmp_path: Path) -> None:
    done = run(program="main")
    assert len(done.stdout.splitlines()) == 6
    assert f"{tmp_path / 'home'} (not made yet)" in done.stdout
    assert list(tmp_path.iterdir()) == []
    shutil.copytree(PLAIN.remote, tmp_path / "remote")
    run("repair", str(tmp_path / "remote"))
    again = run(program="main").stdout.splitlines()
    assert again[1].split() == ["Known", "destinations:", "1"]
    assert ".sqlite" in again[2]


def test_a_target_with_dots_in_it_is_looked_at_where_it_leads(run: Run, tmp_path: Path) -> None:
    """The folder "new" was made, and each file failed, where the target was a file all along."""
    (tmp_path / "file").write_text("in the way")
    done = run("restore", str(PLAIN.remote), "--restore-path=new/../file")
    assert done.returncode == 100
    assert "ErrorID: RestoreTargetUnusable" in done.stderr
    assert not (tmp_path / "new").exists()
