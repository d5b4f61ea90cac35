"""Help, examples, change log, system-info and manual pages as a user asks for them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_line import Done, Terminal, environment_of, started_in

from triplicati.options.commands import COMMANDS
from triplicati.options.help_topics import SUBJECTS

Run = Callable[..., Done]
ROOT = Path(__file__).resolve().parents[2]

_TOPICS = """
    backup list-folder-contents verify systeminfo dblock-size asynchronous-concurrent-upload-limit dryrun file
    s3 webdav rclone smb file:// sendmail sendhttp runscript zip aes gpg par2 tgz env pass hcv awssm
    file-secret date/time size decimal filter filters filter-group filter-groups mail email advanced option
    options returncodes exitcodes statuscodes errorlevel debug logging encryption compression password
    passwords secret secrets secret-provider broken-files environment destinations versions commands
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return lambda *words, **environment: started_in(tmp_path, *words, **environment)


@pytest.mark.parametrize("topic", [*_TOPICS.split(), *SUBJECTS])
def test_every_topic_of_the_specification_is_found(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    from triplicati.cli.dispatch import main

    assert main(["help", topic.upper()], {}) == 0
    shown = capsys.readouterr().out
    assert "Topic not found" not in shown
    assert len(shown.splitlines()) > 0


def test_an_unknown_topic_shows_the_main_screen(run: Run) -> None:
    done = run("help", "no-such-thing")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["Topic not found: no-such-thing", ""]
    assert "\n".join(lines[2:]) + "\n" == run("help").stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_the_ways_to_ask_for_help(run: Run) -> None:
    option = run("help", "blocksize")
    assert option.stdout.startswith("  --blocksize (Size): ")
    assert run("--blocksize").stdout == option.stdout
    assert run("help", "--blocksize").stdout == option.stdout
    assert run("backup", "--help").stdout == run("help", "backup").stdout
    assert run().stdout == run("help").stdout


@pytest.mark.parametrize(("columns", "widest"), [("40", 60), ("80", 80), ("300", 120)])
def test_lines_are_as_long_as_the_terminal_within_bounds(run: Run, columns: str, widest: int) -> None:
    shown = run("help", "filters", COLUMNS=columns).stdout.splitlines()
    assert widest - 12 < max(map(len, shown)) <= widest


def test_the_terminal_itself_is_asked(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "triplicati.apps.cli", "help", "filters"]
    with Terminal(argv, tmp_path, environment_of(tmp_path)) as terminal:
        shown = terminal.read("Examples:")
    assert 110 < max(map(len, shown.splitlines())) <= 120


def test_help_for_kinds_of_destinations(run: Run) -> None:
    overview = run("help", "destinations").stdout
    assert overview.startswith("Kinds of destinations\n  ")
    assert "\n  file: " in overview
    assert "scheme://user:password@host" in " ".join(overview.split())
    assert run("help", "file").stdout.startswith("file://\n")


def test_help_on_filter_groups_shows_the_rules(run: Run) -> None:
    shown = run("help", "filter-groups").stdout
    assert "{TemporaryFiles}, also written TemporaryFolders, TempFolders" in shown
    assert "  */lost+found/\n" in shown


def test_the_examples(run: Run) -> None:
    done = run("examples")
    assert done.stdout == run("example").stdout
    assert "  triplicati restore file:///mnt/disk/backup --restore-path=/tmp/restored\n" in done.stdout
    assert done.returncode == 0


def test_the_change_log_is_that_of_the_project(run: Run) -> None:
    done = run("changelog")
    assert re.match(r"Triplicati [\d.]+\n  \* ", done.stdout)
    for change in (ROOT / "changelog").glob("*.md"):
        assert change.read_text().split()[-1] in done.stdout.split()
    assert (done.returncode, done.stderr) == (0, "")


def test_the_change_log_of_several_releases(tmp_path: Path) -> None:
    from triplicati.config.changelog import lines

    for name, text in {
        "new.md": "A new\nthing.",
        "0.9/old.md": "Old.",
        "0.10/b.md": "B.",
        "0.10/a.md": "A.",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [line for line in lines(tmp_path, 60) if line][1:] == [
        "  * A new thing.",
        "Triplicati 0.10",
        "  * A.",
        "  * B.",
        "Triplicati 0.9",
        "  * Old.",
    ]
    assert list(lines(tmp_path / "none", 60)) == []


def test_system_info(run: Run, tmp_path: Path) -> None:
    done = run("system-info", f"--tempdir={tmp_path}")
    facts = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert facts["Data folder"] == f"{tmp_path / 'home'} (not made yet)"
    assert facts["Temporary folder"] == str(tmp_path)
    assert facts["SQLite"].startswith("3.")
    assert "OpenSSL" in facts["Cryptography"]
    assert facts["GnuPG"] in (shutil.which("gpg"), shutil.which("gpg2"), "not found")
    assert {
        "Triplicati",
        "Operating system",
        "Architecture",
        "Machine name",
        "Processor cores",
        "Python",
    } <= (facts.keys())
    assert {"Install folder", "Locale", "Date pattern", "par2", "rclone", "Languages"} <= facts.keys()
    assert 15 <= len(facts) <= 20
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "home").exists()
    missing = run("systeminfo", "--gpg-program-path=/no/gpg", "--result-format=Json")
    assert json.loads(missing.stdout)["Data"]["Facts"]["GnuPG"] == "not found"
    assert run("system-info", "more").returncode == 200


def test_the_manual_pages(run: Run, tmp_path: Path) -> None:
    """Checked as strictly as the formatters can."""
    done = run("man", "pages/man1")
    pages = sorted((tmp_path / "pages/man1").iterdir())
    names = {f"triplicati-{command.name}.1" for command in COMMANDS if not command.hidden}
    assert {page.name for page in pages} == {"triplicati.1", *names}
    assert done.stdout == f"Wrote {len(pages)} pages to pages/man1\n"
    assert run("man").stdout == (tmp_path / "pages/man1/triplicati.1").read_text()
    checks = {"mandoc": ["-Tlint", "-Wwarning"], "man": ["--warnings", "-l"]}
    for program, arguments in checks.items():
        checked = [check(program, *arguments, page) for page in pages]
        assert "".join(checked) == ""


def check(program: str, *arguments: str | Path) -> str:
    """What it complains of."""
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MANWIDTH": "80"}
    done = subprocess.run([program, *arguments], capture_output=True, text=True, env=environment, check=False)
    return done.stderr + (done.stdout if program == "mandoc" else "")


def test_a_manual_page_as_it_is_read(run: Run, tmp_path: Path) -> None:
    run("man", ".")
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MANWIDTH": "80"}
    shown = subprocess.run(
        ["man", "-l", "triplicati-backup.1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    ).stdout
    text = re.sub(".\b", "", shown)
    assert "triplicati-backup - Make a backup of files and folders" in text
    assert "--dblock-size (Size)" in text
    assert "triplicati backup file:///mnt/disk/backup ~ --exclude='*.tmp' \\\n" in text


def test_where_manual_pages_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("man", "file/pages")
    assert done.returncode == 100
    assert "file" in done.stderr
    assert "Traceback" not in done.stderr
    assert run("man", "a", "b").returncode == 200


def test_a_wheel_holds_the_change_log_and_the_scripts() -> None:
    """The build is asked what it would put into it; nothing is built."""
    from hatchling.builders import wheel as builder

    files = {each.distribution_path for each in builder.WheelBuilder(str(ROOT)).recurse_included_files()}
    assert "triplicati/options/shells/completion.bash" in files
    forced = builder.WheelBuilder(str(ROOT)).config.force_include
    assert [Path(target).as_posix() for target in forced.values()] == ["triplicati/changelog"]


def test_reading_ends_early_without_noise(run: Run, tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m triplicati.apps.cli help options | head -1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment_of(tmp_path),
        check=False,
    )
    assert (done.stdout, done.stderr) == ("Options: location\n", "")
