"""Completion in the shells themselves: a line is typed, Tab pressed, and the line read back."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import Terminal, environment_of, run_in

SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        ["bind 'set show-all-if-ambiguous on'", "source ./script"],
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        ["autoload -U compinit; compinit -u -D", "source ./script", "unsetopt prompt_cr prompt_sp"],
    ),
    "fish": (["fish", "--no-config", "-i"], ["source ./script"]),
}


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.fail(f"{shell} is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my folder").mkdir()
    (tmp_path / "my file.txt").touch()
    return tmp_path


@pytest.fixture(params=SHELLS)
def terminal(request: pytest.FixtureRequest, folder: Path) -> Iterator[Terminal]:
    needs(request.param)
    (folder / "script").write_text(run_in(folder, "completion", request.param).stdout)
    argv, setup = SHELLS[request.param]
    environment = environment_of(folder, TERM="dumb", PS1="$ ", PROMPT="$ ")
    with Terminal(argv, folder, environment) as opened:
        for line in setup:
            opened.type(f"{line}\n", "")
        opened.type("echo rea''dy\n", "ready")
        yield opened


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("triplicati bac\t", "triplicati backup "),
        ("duplicati-cli bac\t", "duplicati-cli backup "),
        ("triplicati backup --encryption-mod\t", "--encryption-module="),
        ("triplicati backup --encryption-module=a\t", "--encryption-module=aes "),
        ("triplicati --dry-run=true comp\t", "triplicati --dry-run=true comp"),
        ("triplicati backup --overwrite=f\t", "--overwrite=false"),
        ("triplicati backup --dbpath=my\\ fi\t", "--dbpath=my\\ file.txt "),
        ("triplicati backup x my\\ fo\t", "x my\\ folder/"),
        ("triplicati list my\t", "list my\\ folder/"),
        ("triplicati list fil\t", "list file://"),
        ("triplicati help encryption-mod\t", "help encryption-module "),
        ("triplicati help retur\t", "help returncodes "),
        ("triplicati completion zs\t", "completion zsh "),
    ],
)
def test_a_line_is_completed(terminal: Terminal, typed: str, completed: str) -> None:
    terminal.type(typed, completed)


def test_the_path_of_an_address(terminal: Terminal, folder: Path) -> None:
    shown = str(folder / "my")
    terminal.type(f"triplicati list file://{shown}\t", f"file://{shown}\\ folder/")


def test_several_values_are_shown(terminal: Terminal, request: pytest.FixtureRequest) -> None:
    """What fish shows below the line needs a better terminal, but it answers questions."""
    line = "triplicati backup --symlink-policy="
    fish = request.node.callspec.params["terminal"] == "fish"
    terminal.type(f"complete -C '{line}'\n" if fish else f"{line}\t", "Ignore")


def test_zsh_finds_it_in_its_own_folder(folder: Path) -> None:
    """As installed: a file with the name of the function in a folder of $fpath."""
    needs("zsh")
    (folder / "functions").mkdir()
    (folder / "functions/_triplicati").write_text(run_in(folder, "completion", "zsh").stdout)
    with Terminal(["zsh", "-f", "-i"], folder, environment_of(folder, TERM="dumb")) as terminal:
        terminal.type("fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -D\n", "")
        terminal.type("unsetopt prompt_cr prompt_sp; echo rea''dy\n", "ready")
        for _ in range(2):
            terminal.type("triplicati bac\t", "triplicati backup ")
            terminal.type("\x15", "")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_syntax_is_right_and_only_what_works_is_offered(folder: Path, shell: str) -> None:
    script = run_in(folder, "completion", shell.upper())
    assert (script.returncode, script.stderr) == (0, "")
    assert "<<" not in script.stdout.replace("<<<", "")
    needs(shell)
    (folder / "script").write_text(script.stdout)
    checked = subprocess.run([shell, "-n", "script"], cwd=folder, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("words", [[], ["tcsh"], ["bash", "zsh"]])
def test_another_shell_is_wrong_usage(folder: Path, words: list[str]) -> None:
    done = run_in(folder, "completion", *words)
    assert "Name one shell: bash, zsh or fish." in done.stdout
    assert done.returncode == 200


def test_it_loads_nothing_slow() -> None:
    """It may run each time a shell starts."""
    program = (
        "import sys\nfrom triplicati.cli.dispatch import main\nmain(['completion', 'bash'])\n"
        "slow = {'trio', 'rich', 'apsw', 'cryptography', 'platformdirs'}\n"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
