"""test and verify as a user runs them: what they print, and their exit codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command_line import PASSPHRASE, Done, run_in
from support.engine import make_tree, noise

Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """With two versions in `dest`."""
    source = tmp_path / "source"
    sizes = ("--dblock-size=1mb", "--blocksize=10kb", f"--passphrase={PASSPHRASE}")

    def run_it(*words: str, **environment: str) -> Done:
        return run_in(tmp_path, *words, PASSPHRASE=PASSPHRASE, **environment)

    for turn in range(2):
        make_tree(source, {f"{turn}/{n}": noise(300_000 + n, n + 10 * turn) for n in range(5)})
        assert run_it("backup", str(tmp_path / "dest"), str(source), *sizes).returncode == 0
    return run_it


def shown(done: Done) -> list[str]:
    """Lines but those on phases and transfers."""
    return [line for line in done.stdout.splitlines() if not line.endswith(" ...")]


def test_one_of_each_kind(run: Run) -> None:
    done = run("test", "dest")
    assert (done.returncode, shown(done)) == (0, ["Examined 3 files and found no errors"])
    assert "Verifying remote backup ..." in done.stdout


@pytest.mark.parametrize("word", ["all", "everything", "ALL"])
def test_all(run: Run, tmp_path: Path, word: str) -> None:
    done = run("verify", "dest", word)
    count = len(list((tmp_path / "dest").iterdir()))
    assert (done.returncode, shown(done)) == (0, [f"Examined {count} files and found no errors"])


def test_all_that_was_tested_is_shown(run: Run, tmp_path: Path) -> None:
    done = run("test", "dest", "all", "--full-result")
    names = sorted(each.name for each in (tmp_path / "dest").iterdir())
    assert sorted(shown(done)[1:]) == [f"{name}: No errors" for name in names]


def test_damage(run: Run, tmp_path: Path) -> None:
    victim = sorted((tmp_path / "dest").glob("*.dblock.*"))[0]
    content = bytearray(victim.read_bytes())
    content[5000] ^= 1
    victim.write_bytes(content)
    missing = sorted((tmp_path / "dest").glob("*.dindex.*"))[0]
    missing.unlink()
    done = run("test", "dest", "all")
    assert done.returncode == 3
    lines = done.stdout.splitlines()
    for each, finding in (
        (victim, "Error: its content is not what was uploaded (the hash differs)"),
        (missing, "Missing: it is not at the destination"),
    ):
        at = lines.index(f"{each.name}: 1 errors")
        assert lines[at + 1 : at + 3] == [f"\t{finding}", ""]
    assert "found no errors" not in done.stdout


def test_nothing_to_examine(run: Run) -> None:
    done = run("test", "dest", "0")
    assert done.returncode == 100
    assert shown(done) == ["No files examined, is the remote destination empty?"]


@pytest.mark.parametrize("words", [("dest", "some"), ("dest", "-1"), ("dest", "1", "2"), ()])
def test_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    done = run("test", *words)
    assert done.returncode == 200
    assert "Usage: test" in done.stdout


def test_the_wrong_passphrase(run: Run) -> None:
    done = run("test", "dest", "--passphrase=another")
    assert done.returncode == 100
    assert "WrongPassphrase" in done.stderr


def test_as_json(run: Run, tmp_path: Path) -> None:
    missing = sorted((tmp_path / "dest").glob("*.dblock.*"))[0]
    missing.unlink()
    done = run("test", "dest", "all", "--result-format=Json")
    assert done.returncode == 3
    data = json.loads(done.stdout)["Data"]
    assert data["MainOperation"] == "Test"
    assert data["ParsedResult"] == "Error"
    assert data["Verifications"][0] == {
        "Key": missing.name,
        "Value": [{"Key": "Missing", "Value": "it is not at the destination"}],
    }
    assert data["VerificationsActualLength"] == len(list((tmp_path / "dest").iterdir())) + 1


def test_without_a_local_database(run: Run, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "home")
    done = run("test", "dest", "all", "--no-local-db")
    assert done.returncode == 0
    assert not list((tmp_path / "home").glob("*.sqlite"))
    assert run("test", "dest", "all").returncode == 0
    assert list((tmp_path / "home").glob("*.sqlite"))
