"""What a run takes from its surroundings and leaves there: scripts, logs, files of options, priorities."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import PASSPHRASE, CommandLine, environment_of


@pytest.fixture
def run(tmp_path: Path) -> CommandLine:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.txt").write_text("a" * 5000)
    (tmp_path / "source" / "b.tmp").write_text("b")
    return CommandLine(tmp_path)


def stored(run: CommandLine) -> list[str]:
    lines = run("find", "dest", "*").stdout.splitlines()[1:]
    return sorted(Path(line.rsplit(" (", 1)[0].strip()).name for line in lines)


# --- scripts ---------------------------------------------------------------------------------------------


def test_scripts_run_around_a_backup(run: CommandLine, tmp_path: Path) -> None:
    note = run.script(
        "note.sh", f'echo "$DUPLICATI__EVENTNAME $(ls {tmp_path}/dest 2>/dev/null | wc -l)" >> told'
    )
    hooks = [f"--run-script-{when}={note}" for when in ("before", "post-backup", "after")]
    assert run("backup", "dest", "source", *hooks).returncode == 0
    assert (tmp_path / "told").read_text().splitlines() == ["BEFORE 0", "POST-BACKUP 3", "AFTER 3"]


def test_a_script_gets_the_passphrase_and_nobody_else(run: CommandLine, tmp_path: Path) -> None:
    keep = run.script("keep.sh", "env > environment")
    log = tmp_path / "log"
    done = run(
        "backup", "dest", "source", f"--run-script-before={keep}", f"--log-file={log}",
        "--log-file-log-level=Profiling", "--console-log-level=Profiling", "--full-result",
    )  # fmt: skip
    assert f"DUPLICATI__passphrase={PASSPHRASE}" in (tmp_path / "environment").read_text().splitlines()
    assert PASSPHRASE not in done.stdout + done.stderr + log.read_text()


def test_a_script_changes_sources_filters_and_options(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "c.txt").write_text("c")
    (tmp_path / "other" / "d.tmp").write_text("d")
    say = run.script(
        "say.sh",
        f"echo --localpath={tmp_path}/other; echo '--filter=-*.tmp'; echo --prefix=changed; echo --x",
    )
    done = run("backup", "dest", "source", f"--run-script-before={say}", "--exclude=*.txt")
    assert done.returncode == 0, done.stdout
    assert {path.name.split("-")[0] for path in (tmp_path / "dest").iterdir()} == {"changed"}
    assert "c.txt" in run("find", "dest", "*", "--prefix=changed").stdout
    assert "d.tmp" not in run("find", "dest", "*", "--prefix=changed").stdout


@pytest.mark.parametrize(
    ("code", "expected", "made"), [(1, 1, False), (2, 2, True), (3, 2, False), (4, 3, True), (5, 3, False)]
)
def test_the_exit_code_after_each_code_of_a_script(
    run: CommandLine, tmp_path: Path, code: int, expected: int, made: bool
) -> None:
    script = run.script("end.sh", f"exit {code}")
    assert run("backup", "dest", "source", f"--run-script-before={script}").returncode == expected
    assert (tmp_path / "dest").exists() is made


def test_what_a_script_at_the_end_finds_wrong_counts(run: CommandLine) -> None:
    script = run.script("end.sh", "exit 2")
    done = run("backup", "dest", "source", f"--run-script-after={script}")
    assert done.returncode == 2
    assert "ended with code 2" in done.stdout
    assert "  Warnings: 1" in done.stdout.splitlines()


def test_a_failed_operation_has_its_script_at_the_end_too(run: CommandLine, tmp_path: Path) -> None:
    script = run.script(
        "end.sh", 'echo $DUPLICATI__PARSED_RESULT > told; head -1 "$DUPLICATI__RESULTFILE" >> told'
    )
    done = run("restore", "dest", f"--run-script-after={script}")
    assert done.returncode == 100
    parsed, first = (tmp_path / "told").read_text().splitlines()
    assert parsed == "Fatal"
    assert first.startswith("Failed: ")


def test_a_required_script_keeps_everything_from_happening(run: CommandLine, tmp_path: Path) -> None:
    done = run("backup", "dest", "source", "--run-script-before-required=/bin/false")
    assert done.returncode == 100
    assert "ErrorID: RequiredScriptFailed" in done.stderr
    assert not (tmp_path / "dest").exists()


def test_arguments_of_a_script_and_its_result_as_json(run: CommandLine, tmp_path: Path) -> None:
    script = run.script("copy it.sh", 'cp "$DUPLICATI__RESULTFILE" "$1"')
    run(
        "backup", "dest", "source", f'--run-script-after="{script}" {tmp_path}/the\\ result',
        "--run-script-with-arguments", "--run-script-result-output-format=Json",
    )  # fmt: skip
    told = json.loads((tmp_path / "the result").read_text())
    assert told["Data"]["AddedFiles"] == 2
    assert told["Data"]["MainOperation"] == "Backup"
    assert "Warnings" not in told["Data"]
    assert told["Exception"] is None


def test_lists_and_restores_have_scripts_too(run: CommandLine, tmp_path: Path) -> None:
    run("backup", "dest", "source")
    script = run.script("name.sh", "echo $DUPLICATI__OPERATIONNAME >> told")
    hook = f"--run-script-before={script}"
    run("list", "dest", hook)
    run("restore", "dest", "--restore-path=out", hook)
    run("compare", "dest", hook)
    run("repair", "dest", hook)
    assert (tmp_path / "told").read_text().split() == ["List", "Restore", "ListChanges", "Repair"]


def test_a_disabled_module_runs_no_script(run: CommandLine, tmp_path: Path) -> None:
    script = run.script("note.sh", "touch told")
    done = run("backup", "dest", "source", f"--run-script-before={script}", "--disable-module=runscript")
    assert not (tmp_path / "told").exists()
    assert done.returncode == 2
    assert "its module runscript is disabled" in done.stdout


# --- logs ------------------------------------------------------------------------------------------------


def test_the_log_file_has_the_level_asked_for(run: CommandLine, tmp_path: Path) -> None:
    run("backup", "dest", "source", "nowhere", "--log-file=logs/w.log")
    run("backup", "dest", "source", "nowhere", "--log-file=logs/i.log", "--log-file-log-level=Information")
    warning = (tmp_path / "logs" / "w.log").read_text()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+00 - \[Warning-[\w.]+-SourceIsMissing\]: .*\n", warning
    )
    information = (tmp_path / "logs" / "i.log").read_text()
    for identity in ("StartingOperation", "BackendEvent", "SourceIsMissing", "CompletedOperation"):
        assert f"-{identity}]: " in information


def test_log_filters_and_ids_to_ignore(run: CommandLine, tmp_path: Path) -> None:
    run(
        "backup", "dest", "source", "nowhere", "--log-file=log", "--log-file-log-ignore=SourceIsMissing",
        "--log-file-log-filter=+*-StartingOperation",
    )  # fmt: skip
    assert [line.split("]: ")[1] for line in (tmp_path / "log").read_text().splitlines()] == [
        "The operation Backup has started"
    ]


def test_what_the_console_shows(run: CommandLine) -> None:
    quiet = run("backup", "dest", "source", "nowhere", "--console-log-level=Error")
    assert "Warning:" not in quiet.stdout
    assert quiet.returncode == 2
    ignored = run("backup", "dest", "source", "nowhere", "--console-log-ignore=SourceIsMissing")
    assert "Warning:" not in ignored.stdout
    wanted = run("backup", "dest", "source", "--console-log-filter=+*-StartingOperation")
    assert "The operation Backup has started" in wanted.stdout.splitlines()
    older = run(
        "backup", "dest", "source", "nowhere", "--log-level=Error", "--suppress-warnings=DeprecatedOption"
    )
    assert "Warning:" not in older.stdout


def test_suppressed_warnings_leave_the_result_clean(run: CommandLine) -> None:
    assert run("backup", "dest", "source", "nowhere").returncode == 2
    done = run("backup", "dest", "source", "nowhere", "--suppress-warnings=SourceIsMissing")
    assert done.returncode == 1


def test_every_file_at_the_level_verbose(run: CommandLine, tmp_path: Path) -> None:
    done = run("backup", "dest", "source", "--exclude=*.tmp", "--console-log-level=Verbose")
    assert f"Including path: {tmp_path}/source/a.txt (4.88 KiB)" in done.stdout.splitlines()
    assert f"Excluding path due to filter: {tmp_path}/source/b.tmp => -*.tmp" in done.stdout.splitlines()


def test_a_dry_run_is_logged_at_its_own_level(run: CommandLine, tmp_path: Path) -> None:
    run("backup", "dest", "source", "--dry-run", "--log-file=log")
    assert "[DryRun-" in (tmp_path / "log").read_text()
    assert not (tmp_path / "dest").exists()


def test_debug_output_and_full_result(run: CommandLine) -> None:
    done = run("backup", "dest", "source", "--full-result")
    lines = done.stdout.splitlines()
    assert "AddedFiles: 2" in lines
    assert "ParsedResult: Success" in lines
    assert lines.index("AddedFiles: 2") < lines.index("  Files added: 2")


# --- options from elsewhere ------------------------------------------------------------------------------


def test_a_parameters_file(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "options").write_text(
        "no option\n--source=source\n--target=dest\r\n--append-filter=-*.tmp\n--prefix=fromfile\n"
    )
    assert run("backup", "--parameters-file=options", "--prefix=overridden").returncode == 0
    assert {path.name.split("-")[0] for path in (tmp_path / "dest").iterdir()} == {"fromfile"}
    assert "b.tmp" not in run("find", "dest", "*", "--prefix=fromfile").stdout
    assert run("backup", "--parameters-file=none").returncode == 100
    (tmp_path / "options").write_text("--exclude=*.tmp\n")
    clash = run("backup", "dest", "source", "--parameters-file=options", "--include=*")
    assert clash.returncode == 100


def test_a_secret_from_a_provider(run: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"backup-key": "from the provider"}')
    done = run(
        "backup", "dest", "source", "--passphrase=$backup-key",
        f"--secret-provider=file-secret://{tmp_path}/secrets.json",
        "--console-log-level=Profiling", "--full-result",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "from the provider" not in done.stdout + done.stderr
    assert run("restore", "dest", "--restore-path=o", PASSPHRASE="from the provider").returncode == 0
    missing = run(
        "backup",
        "dest",
        "source",
        "--passphrase=$nothing",
        f"--secret-provider=file-secret://{tmp_path}/secrets.json",
    )
    assert missing.returncode == 100
    assert "nothing" in missing.stderr


def test_preloaded_settings_fill_gaps(run: CommandLine, tmp_path: Path) -> None:
    preload = tmp_path / "preload.json"
    preload.write_text(
        json.dumps({"args": {"*": ["--prefix=preloaded"]}, "env": {"cli": {"PASSPHRASE": "other"}}})
    )
    named = {"DUPLICATI_PRELOAD_SETTINGS": str(preload)}
    assert run("backup", "dest", "source", **named).returncode == 0
    assert {path.name.split("-")[0] for path in (tmp_path / "dest").iterdir()} == {"preloaded"}
    assert run("backup", "dest2", "source", "--prefix=mine", **named).returncode == 0
    assert {path.name.split("-")[0] for path in (tmp_path / "dest2").iterdir()} == {"mine"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("allowed-backend-modules", "s3,ssh"),
        ("allowed-encryption-modules", "gpg"),
        ("allowed-compression-modules", "7z"),
    ],
)
def test_what_an_administrator_does_not_allow(
    run: CommandLine, tmp_path: Path, option: str, value: str
) -> None:
    done = run("backup", "dest", "source", f"--{option}={value}")
    assert done.returncode == 100
    assert "ErrorID: ModuleNotAllowed" in done.stderr
    assert not (tmp_path / "dest").exists()


def test_the_encryption_of_an_existing_backup_is_judged_not_the_default(run: CommandLine) -> None:
    assert run("backup", "dest", "source").returncode == 0
    assert run("restore", "dest", "--restore-path=a", "--allowed-encryption-modules=aes").returncode == 0
    done = run(
        "restore", "dest", "--restore-path=b", "--allowed-encryption-modules=gpg", "--encryption-module=gpg"
    )
    assert "ErrorID: ModuleNotAllowed" in done.stderr


# --- the machine -----------------------------------------------------------------------------------------


def test_priorities_of_the_program(run: CommandLine, tmp_path: Path) -> None:
    look = run.script("look.sh", "cut -d' ' -f19 /proc/$PPID/stat > nice; ionice -p $PPID > disk")
    done = run(
        "backup", "dest", "source", f"--run-script-after={look}", "--thread-priority=BelowNormal",
        "--use-background-io-priority",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "nice").read_text().strip() == str(max(10, os.nice(0)))
    assert (tmp_path / "disk").read_text().strip() == "idle"


def test_scratch_files_lie_where_they_are_wanted(run: CommandLine, tmp_path: Path) -> None:
    look = run.script("look.sh", "echo $DUPLICATI__RESULTFILE > told")
    (tmp_path / "scratch").mkdir()
    stale = tmp_path / "scratch" / "triplicati-tmp-4194999-old"
    stale.touch()
    os.utime(stale, (0, 0))
    run("backup", "dest", "source", "--tempdir=scratch", f"--run-script-after={look}")
    assert (tmp_path / "told").read_text().startswith(str(tmp_path / "scratch"))
    assert list((tmp_path / "scratch").iterdir()) == []
    wrong = run("backup", "dest", "source", "--tempdir=nowhere")
    assert wrong.returncode == 100
    assert "--tempdir" in wrong.stderr


def test_little_scratch_room_is_told(run: CommandLine) -> None:
    done = run("backup", "dest", "source", "--dblock-size=900tb")
    assert "TempSpaceLow" not in done.stderr
    assert "The backup may not fit" in done.stdout
    assert done.returncode == 2


def test_the_name_of_the_backup_in_the_result(run: CommandLine) -> None:
    done = run("backup", "dest", "source", "--result-format=Json", "--backup-name=My documents")
    told = json.loads(done.stdout)
    assert told["Extra"]["backup-name"] == "My documents"
    assert told["Extra"]["OperationName"] == "Backup"


def test_ctrl_c_during_the_script_at_the_end_keeps_the_result(run: CommandLine, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ready")
    script = run.script("wait.sh", "trap 'touch ended; exit 0' TERM; : > ready; while :; do sleep 0.02; done")
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "triplicati.apps.cli",
            "backup",
            "dest",
            "source",
            f"--run-script-after={script}",
        ],
        cwd=tmp_path,
        env=environment_of(tmp_path, PASSPHRASE=PASSPHRASE),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        (tmp_path / "ready").read_text()  # returns once the script has begun
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "was stopped" in shown
    assert "Backup completed successfully!" in shown
