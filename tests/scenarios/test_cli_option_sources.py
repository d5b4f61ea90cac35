"""Where options come from, as a user meets it: files, presets, variables, secret providers, the prompt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import warm_start
from support.golden import CASES

CANARY = "canary-1337-passphrase"
PLAIN = CASES["d-lookup"]
AES = CASES["b-aes"]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DUPLICATI_HOME": str(tmp_path / "home"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
    }


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Runs duplicati-cli; `stdin` is what is typed blindly, `variables` are more environment."""

    def run_it(*words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        done = warm_start.run("cli", words, tmp_path, {**environment, **variables}, stdin)
        assert CANARY not in done.stdout + done.stderr
        return done

    return run_it


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("a.txt", "b.tmp", "c.txt"):
        (folder / name).write_text(name)
    return folder


def names(done: subprocess.CompletedProcess[str]) -> list[str]:
    return sorted(Path(line.split(" (")[0]).name for line in done.stdout.splitlines() if " bytes)" in line)


def test_a_parameters_file(run: Run, tmp_path: Path, source: Path) -> None:
    lines = [f"--target={tmp_path}/target", f"--source={source}", "--exclude=*.tmp", "--no-encryption", "# x"]
    (tmp_path / "options").write_text("\n".join(lines))
    done = run("backup", "--parameters-file=%HERE%/options", HERE=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert names(run("list", str(tmp_path / "target"), "*")) == ["a.txt", "c.txt"]


@pytest.mark.parametrize(
    ("content", "words", "expected"),
    [
        (None, [], "ErrorID: ParametersFileUnusable\nThe parameters file {path} cannot be read: No such"),
        ("--include=*.a", ["--exclude=*.b"], "ErrorID: FiltersGivenTwice"),
    ],
)
def test_a_parameters_file_that_cannot_be_used(
    run: Run, tmp_path: Path, content: str | None, words: list[str], expected: str
) -> None:
    path = tmp_path / "options"
    if content is not None:
        path.write_text(content)
    done = run("list", str(PLAIN.remote), f"--parameterfile={path}", *words)
    assert expected.format(path=path) in done.stderr
    assert done.returncode == 100


def test_presets_of_an_administrator(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    words = ["--quiet-console", "--allowed-backend-modules=file"]
    (home / "preload.json").write_text(json.dumps({"args": {"cli": words}, "env": {"*": {"TZ": "X"}}}))
    done = run("list", str(PLAIN.remote))
    assert done.stdout.startswith("Listing filesets:")
    assert (done.returncode, done.stderr) == (0, "")
    done = run("list", str(PLAIN.remote), "--allowed-backend-modules=s3")
    assert "ErrorID: ModuleNotAllowed" in done.stderr
    done = run("list", str(PLAIN.remote), "--quiet-console=no", DUPLICATI_PRELOAD_SETTINGS_DEBUG="1")
    assert f"Preload settings {home}/preload.json: used." in done.stdout


def test_a_secret_from_a_file(run: Run, tmp_path: Path, source: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({"key": CANARY}))
    secret = f"--secret-provider=file-secret://{tmp_path}/secrets.json"
    target = f"file://{tmp_path}/target?passphrase=$Key"
    log = tmp_path / "log"
    more = (secret, f"--log-file={log}", "--log-file-log-level=Profiling", "--full-result", "--debug-output")
    done = run("backup", target, str(source), *more)
    assert (done.returncode, done.stderr) == (0, "")
    assert CANARY not in log.read_text()
    assert "3 files" in run("list", f"{tmp_path}/target", PASSPHRASE=CANARY).stdout
    listed = run("list", f"{tmp_path}/target", secret, "--passphrase=$key", "--result-format=Json")
    assert listed.returncode == 0
    for environment in ({"PROVIDER": secret.partition("=")[2]}, {"provider": "env://"}):
        words = ["list", f"{tmp_path}/target", "--secret-provider=%Provider%", "--passphrase=$KEY"]
        assert run(*words, **environment, KEY=CANARY).returncode == (0 if "PROVIDER" in environment else 100)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--passphrase=$absent"], "ErrorID: SecretMissing"),
        (["--passphrase=$key", "--prefix=$dash"], "ErrorID: PrefixCannotContainHyphens"),
        (["--passphrase=$key", "--dblock-size=$key"], "ErrorID: InvalidValue"),
        (["--passphrase=$key", "--dblock-size=$key", "--debug-output"], "Traceback"),
        (["--passphrase=$key"], "ErrorID: WrongPassphrase"),
    ],
)
def test_no_error_shows_a_secret(run: Run, words: list[str], error: str) -> None:
    done = run("list", str(AES.remote), "--secret-provider=env://", *words, KEY=CANARY, DASH=f"{CANARY}-x")
    assert error in done.stderr
    assert done.returncode == 100


def test_a_failure_shows_no_secret_in_json_or_to_a_script(run: Run, tmp_path: Path, source: Path) -> None:
    """The local database cannot be opened under a name that is a secret."""
    database = tmp_path / CANARY
    database.mkdir()
    script = tmp_path / "after"
    script.write_text(f'#!/bin/sh\ncat "$DUPLICATI__RESULTFILE" >{tmp_path}/seen\n')
    script.chmod(0o755)
    words = ["--secret-provider=env://", "--dbpath=$db", "--result-format=Json"]
    words.append(f"--run-script-after={script}")
    for command in (["list", str(PLAIN.remote)], ["backup", f"{tmp_path}/t", str(source), "--no-encryption"]):
        done = run(*command, *words, DB=str(database))
        assert done.returncode == 100
        assert "********" in done.stdout
        assert "********" in done.stderr
        assert CANARY not in (tmp_path / "seen").read_text()


def test_a_placeholder_among_other_text_is_a_warning(run: Run) -> None:
    done = run("list", str(PLAIN.remote), "--secret-provider=env://", "--machine-name=a$b")
    assert "a placeholder among other text" in done.stdout


def test_the_prompt_can_be_disabled(run: Run, tmp_path: Path, source: Path) -> None:
    words = ["backup", f"{tmp_path}/t", str(source), "--force-passphrase-from-stdin"]
    assert run(*words, stdin="x\nx\n").returncode == 0
    done = run(*words, "--disable-module=console-password-input", "--prefix=other", stdin="x\nx\n")
    assert "ErrorID: EmptyPassphrase" in done.stderr


@pytest.mark.parametrize("option", ["allowed-encryption-modules=gpg", "allowed-compression-modules=tzstd"])
def test_what_is_not_allowed(run: Run, tmp_path: Path, source: Path, option: str) -> None:
    done = run("backup", f"{tmp_path}/t", str(source), f"--{option}", PASSPHRASE="x")
    assert "ErrorID: ModuleNotAllowed" in done.stderr
    assert done.returncode == 100
    assert list(tmp_path.glob("t/*")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_backup_at_a_terminal(tmp_path: Path, source: Path, environment: dict[str, str]) -> None:
    from support.terminal import start

    words = ["-m", "triplicati.apps.cli", "backup", f"{tmp_path}/target", str(source)]
    terminal = start(words, {**environment, "TERM": "dumb"})
    try:
        terminal.wait_for("Passphrase: ")
        terminal.type(f"{CANARY}\r")
        terminal.wait_for("Confirm passphrase: ")
        terminal.type(f"{CANARY}\r")
        terminal.wait_for("Backup completed successfully!")
        assert terminal.end() == 0
        assert CANARY not in terminal.shown
        assert "*" * len(CANARY) in terminal.shown
    finally:
        terminal.close()
