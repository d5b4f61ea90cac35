"""backup as a user runs it: exit codes, lines, passphrases, signals."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
import termios
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support import warm_start

CANARY = "canary-4711-passphrase"
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment_of(folder: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DUPLICATI_HOME": str(folder / "home"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "PASSPHRASE": CANARY,
    }


@pytest.fixture
def run(tmp_path: Path) -> Run:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.txt").write_text("a" * 5000)
    (source / "b.txt").write_text("b" * 2000)

    def run_it(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return warm_start.run("cli", words, tmp_path, {**environment_of(tmp_path), **environment}, stdin)

    return run_it


def test_the_codes_and_lines_of_three_runs(run: Run, tmp_path: Path) -> None:
    first = run("backup", "dest", "source")
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    assert lines[0].startswith("Backup started at ")
    assert lines[-1] == "Backup completed successfully!"
    assert "  Files added: 2" in lines
    assert "  Remote filesets: 1" in lines
    assert any(line.startswith("  Uploading file duplicati-b") for line in lines)
    assert run("backup", "dest", "source").returncode == 1
    (tmp_path / "source" / "c.txt").write_text("new")
    typo = run("backup", "dest", "source", "--dblok-size=5mb")
    assert typo.returncode == 2
    assert "--dblok-size is not supported" in typo.stdout
    assert CANARY not in first.stdout + first.stderr + typo.stdout
    assert run("list", "dest", "--quiet-console").stdout.count("\t: ") == 2


def test_what_a_backup_was_made_with_stays(run: Run) -> None:
    run("backup", "dest", "source", "--blocksize=100kb")
    conflict = run("backup", "dest", "source", "--blocksize=1mb")
    assert "ErrorID: ParametersConflict" in conflict.stderr
    assert "100.00 KiB" in conflict.stderr
    changed = run("backup", "dest", "source", PASSPHRASE="another")
    assert "ErrorID: PassphraseChangeNotSupported" in changed.stderr
    removed = run("backup", "dest", "source", "--no-encryption")
    assert "ErrorID: PassphraseRemovalNotSupported" in removed.stderr
    assert run("backup", "dest", "source").returncode == 1


def test_no_passphrase_and_nobody_to_ask(run: Run, tmp_path: Path) -> None:
    done = run("backup", "dest", "source", PASSPHRASE="")
    assert "ErrorID: EmptyPassphrase" in done.stderr
    assert done.returncode == 100
    assert not (tmp_path / "dest").exists()
    assert not (tmp_path / "home").exists()


def test_unencrypted_only_when_told_and_then_for_good(run: Run, tmp_path: Path) -> None:
    assert run("backup", "dest", "source", "--no-encryption").returncode == 0
    assert {path.suffix for path in (tmp_path / "dest").glob("duplicati-*")} == {".zip"}
    assert run("backup", "dest", "source", PASSPHRASE="").returncode == 1
    added = run("backup", "dest", "source", f"--passphrase={CANARY}")
    assert "ErrorID: PassphraseAdditionNotSupported" in added.stderr


def test_a_lost_local_database_is_built_again_and_the_backup_goes_on(run: Run, tmp_path: Path) -> None:
    run("backup", "dest", "source")
    for path in (tmp_path / "home").glob("*.sqlite"):
        path.unlink()
    done = run("backup", "dest", "source")
    assert "There is no usable local database yet; it is built from the destination." in done.stdout
    assert done.returncode == 1, done.stdout + done.stderr
    assert "  Files added: 0" in done.stdout.splitlines()


def test_after_a_repair_another_passphrase_is_still_refused(run: Run, tmp_path: Path) -> None:
    """The rebuilt database did not know the passphrase, took the next one given for the right one, and then
    refused the right one."""
    run("backup", "dest", "source")
    assert run("repair", "dest").returncode == 0
    (tmp_path / "source" / "c.txt").write_text("new")
    wrong = run("backup", "dest", "source", PASSPHRASE="another")
    assert "ErrorID: PassphraseChangeNotSupported" in wrong.stderr
    assert run("backup", "dest", "source").returncode == 0


def test_a_wrong_passphrase_is_told_once_before_anything_is_restored(run: Run, tmp_path: Path) -> None:
    run("backup", "dest", "source")
    done = run("restore", "dest", f"--restore-path={tmp_path / 'out'}", PASSPHRASE="another")
    assert done.returncode == 100
    assert "ErrorID: WrongPassphrase" in done.stderr
    assert done.stdout.count("passphrase") == 0
    assert not (tmp_path / "out").exists()


def test_the_first_backup_lists_its_folder_once_before_it_makes_it(run: Run) -> None:
    lines = run("backup", "dest", "source").stdout.splitlines()
    assert lines[1:4] == [
        "Checking remote backup ...",
        "  Listing remote folder ...",
        "  Creating remote folder  ...",
    ]
    assert lines.count("  Listing remote folder ...") == 2  # the other one checks what was uploaded


def test_a_dry_run_to_a_new_destination(run: Run, tmp_path: Path) -> None:
    done = run("backup", "dest", "source", "--dry-run")
    assert done.stdout.splitlines()[-1] == "This was a dry run: nothing was stored."
    assert f"[Dryrun]: Would store {tmp_path / 'source' / 'a.txt'}" in done.stdout
    assert not (tmp_path / "dest").exists()
    assert not (tmp_path / "home").exists()


def test_a_folder_that_may_not_be_made(run: Run, tmp_path: Path) -> None:
    done = run("backup", "dest", "source", "--disable-autocreate-folder")
    assert "ErrorID: FolderMissing" in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_destination_that_is_gone_is_not_made_anew_and_no_dead_end(run: Run, tmp_path: Path) -> None:
    run("backup", "dest", "source")
    (tmp_path / "dest").rename(tmp_path / "unmounted")
    absent = run("backup", "dest", "source")
    assert "ErrorID: FolderMissing" in absent.stderr
    assert not (tmp_path / "dest").exists()
    (tmp_path / "dest").mkdir()
    assert "delete that database" in run("backup", "dest", "source").stderr
    emptied = run("repair", "dest")
    (database,) = (tmp_path / "home").glob("*.sqlite")
    assert "ErrorID: EmptiedRemoteLocation" in emptied.stderr
    assert f"the local database {database} knows one" in emptied.stderr
    database.unlink()
    assert run("backup", "dest", "source").returncode == 0


def test_beside_a_database_of_duplicati_the_backup_goes_on(run: Run, tmp_path: Path) -> None:
    run("backup", "dest", "source")
    theirs = tmp_path / "their.sqlite"
    connection = sqlite3.connect(theirs)
    connection.execute("CREATE TABLE Version (ID INTEGER PRIMARY KEY, Version INTEGER)")
    connection.execute("INSERT INTO Version VALUES (1, 17)")
    connection.commit()
    connection.close()
    before = theirs.read_bytes()
    (tmp_path / "source" / "c.txt").write_text("new")
    done = run("backup", "dest", "source", "--dbpath=their.sqlite")
    assert done.returncode == 0, done.stderr
    assert "belongs to Duplicati and is left alone" in done.stdout
    assert "  Files added: 1" in done.stdout.splitlines()
    assert theirs.read_bytes() == before


def test_the_result_as_json(run: Run) -> None:
    done = run("backup", "dest", "source", "--result-format=Json", "--foo=1")
    found = json.loads(done.stdout)
    assert found["Data"]["AddedFiles"] == 2
    assert found["Data"]["BackendStatistics"]["KnownFilesets"] == 1
    assert found["Data"]["ParsedResult"] == "Warning"
    assert found["Data"]["Warnings"][0]["id"] == "UnsupportedOption"
    assert done.returncode == 2
    assert CANARY not in done.stdout


def test_it_comes_back_as_it_was(run: Run, tmp_path: Path) -> None:
    run("backup", "dest", "source")
    done = run("restore", "dest", f"--restore-path={tmp_path / 'out'}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "a.txt").read_text() == "a" * 5000
    assert "Restored 2 (6.84 KiB) files to " in done.stdout
    dry = run("restore", "dest", f"--restore-path={tmp_path / 'dry'}", "--dry-run")
    assert "[Dryrun]: Would restore 2 (6.84 KiB) files to " in dry.stdout
    assert not (tmp_path / "dry").exists()


def started(folder: Path) -> subprocess.Popen[str]:
    """A backup on its way, its lines on a pipe."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "triplicati.apps.cli", "backup", "dest", "source"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment_of(folder),
    )


def signalled(folder: Path, number: signal.Signals, line_start: str) -> tuple[int, str, str]:
    """A backup of something large that gets a signal when it prints a line with this start."""
    with (folder / "source" / "large").open("wb") as file:
        for part in range(300):
            file.write(os.urandom(1 << 20) if part % 2 else bytes([part % 256]) * (1 << 20))
    process = started(folder)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(line_start):
            break
    process.send_signal(number)
    output, complaint = process.communicate(timeout=30)
    return process.returncode, output, complaint


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_and_the_next_run_goes_on(
    run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    code, output, complaint = signalled(tmp_path, number, "Scanning source files")
    assert "Stopping ..." in output
    assert complaint.splitlines()[1] == "ErrorID: OperationAborted"
    assert code == 100
    assert run("backup", "dest", "source").returncode == 0


def test_stopping_now_keeps_a_partial_version(run: Run, tmp_path: Path) -> None:
    code, output, complaint = signalled(tmp_path, signal.SIGUSR1, "  Uploading file")
    assert (code, complaint) == (50, "")
    assert output.splitlines()[-1].startswith("Backup stopped early")
    assert ", partial" in run("list", "dest").stdout
    assert run("backup", "dest", "source").returncode == 0
    assert ", partial" not in run("list", "dest", "--version=0").stdout


def test_a_stop_is_heard_though_nobody_reads_the_output(run: Run, tmp_path: Path) -> None:
    """The backup waited in a write for a reader who had stopped, and SIGTERM was never acted on."""
    for number in range(3000):
        (tmp_path / "source" / f"a file with a rather long name, number {number}").touch()
    words = ["backup", "dest", "source", "--console-log-level=Verbose"]
    with subprocess.Popen(
        [sys.executable, "-m", "triplicati.apps.cli", *words],
        cwd=tmp_path,
        env=environment_of(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        waiting = array("i", [0])
        while waiting[0] < 60_000:  # nearly all that a pipe holds
            assert process.poll() is None
            fcntl.ioctl(process.stdout, termios.FIONREAD, waiting)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 100
        assert process.stderr is not None
        assert b"ErrorID: OperationAborted" in process.stderr.read()
