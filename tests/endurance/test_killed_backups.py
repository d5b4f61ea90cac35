"""Backups that are killed at any instant, round after round: no version that was complete is ever harmed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from support.engine import PASSPHRASE, Entry, make_tree, noise, tree
from support.independent_reader import Destination, read_destination, restore

import triplicati

pytestmark = pytest.mark.endurance

_ROUNDS = 40
_OPTIONS = ("--dblock-size=1mb", "--blocksize=10kb", "--tempdir=temporary")
_KEEP = 5
_SIZES = (0, 9, 700, 5_000, 10_240, 30_000, 60_000)
# Starts of lines, and how many of them there may be.
_MOMENTS = ((b"", 12), (b"  Uploading file", 6), (b"Storing", 1), (b"  Deleting", 1))


class Life(msgspec.Struct):
    """One backup over its rounds. `versions` is what the complete ones hold, by the time in their names."""

    folder: Path
    dice: random.Random
    seconds: float = 0.0
    versions: dict[str, dict[bytes, Entry]] = msgspec.field(default_factory=dict)
    seen: dict[bytes, bytes] = msgspec.field(default_factory=dict)

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-u", "-m", "triplicati.apps.cli", *words],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(Path(triplicati.__file__).parents[1]),
                "DUPLICATI_HOME": str(self.home),
                "TZ": "UTC",
                "PASSPHRASE": PASSPHRASE,
            },
        )

    def run(self, *words: str) -> tuple[int, str]:
        process = self.start(*words)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output.decode()

    def backup(self) -> tuple[int, str]:
        begin = time.monotonic()
        code, output = self.run("backup", "remote", "source", *_OPTIONS)
        self.seconds = time.monotonic() - begin
        return code, output

    def snapshot(self) -> dict[bytes, Entry]:
        """The source; equal contents are kept once."""
        found = tree(self.source)
        same = self.seen.setdefault
        return {
            path: msgspec.structs.replace(each, content=same(each.content, each.content))
            for path, each in found.items()
        }


@pytest.fixture
def life(tmp_path: Path) -> Life:
    found = Life(tmp_path, random.Random(20240131))
    (tmp_path / "temporary").mkdir()
    files = {f"d{n % 9}/s{n % 4}/f{n}": noise(found.dice.choice(_SIZES), n) for n in range(300)}
    make_tree(found.source, {**files, "large": noise(1_500_000, 4711), "words": "words and words " * 60_000})
    code, output = found.backup()
    assert code == 0, output
    return found


def change(life: Life) -> None:
    """Enough for two volumes or more, so that there is something to be killed in."""
    dice, source = life.dice, life.source
    fresh = {
        f"d{dice.randrange(9)}/s{dice.randrange(4)}/f{dice.randrange(400)}": noise(
            dice.choice(_SIZES), dice.randrange(1 << 30)
        )
        for _ in range(40)
    }
    fresh[f"large{dice.randrange(3)}"] = noise(600_000, dice.randrange(1 << 30))
    make_tree(source, fresh)
    for name in fresh:
        # After a lost database, size and time are all that tells of a change.
        os.utime(source / name, ns=(0, dice.randrange(10**18)))
    files = sorted(path for path in source.rglob("*") if path.is_file())
    for path in dice.sample(files, 6):
        match dice.randrange(3):
            case 0:
                path.unlink()
            case 1:
                path.chmod(dice.choice([0o600, 0o644, 0o755]))
            case 2:
                path.rename(path.with_name(f"{path.name}-moved"))


def kill_after_a_time(life: Life, *options: str) -> str:
    seconds = life.dice.uniform(0.1, 1.5) * life.seconds
    process = life.start("backup", "remote", "source", *_OPTIONS, *options)
    begin = time.monotonic()
    try:
        process.communicate(timeout=seconds)
        life.seconds = time.monotonic() - begin
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return f"after {seconds:.3f} s: {process.returncode}"


def kill_at_a_line(life: Life, *options: str) -> str:
    """Lines tell of what is done at the destination: what matters most happens around them."""
    start, most = life.dice.choice(_MOMENTS)
    number, later = life.dice.randint(1, most), life.dice.choice([0.0, 0.002, 0.01, 0.03])
    process = life.start("backup", "remote", "source", *_OPTIONS, *options)
    assert process.stdout is not None
    line = b""
    while number and (line := process.stdout.readline()):
        number -= line.startswith(start)
    try:
        process.wait(later)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return f"{later} s after {line.decode().strip()!r}: {process.returncode}"


def lose_database(life: Life) -> None:
    for path in life.home.glob("*.sqlite*"):
        path.unlink()


def lose_database_alone(life: Life) -> None:
    """Its journal stays behind, and must not be taken for the next one's."""
    for path in life.home.glob("*.sqlite"):
        path.unlink()


def lose_nothing(life: Life) -> None:
    pass


Loss = Callable[[Life], None]
_LOSSES: list[Loss] = [*[lose_nothing] * 6, lose_database, lose_database_alone]


def harm(destination: Destination) -> list[str]:
    """A volume that was sent and not yet indexed belongs to no version; where the database was lost too, it
    stays what it is."""
    return [each for each in destination.damage if "described in no dindex" not in each]


def check(life: Life, number: int, *, retention: bool = False) -> None:
    """All versions are there, but for what the retention may have removed, and sound; a random complete one
    is what was backed up."""
    destination = read_destination(life.folder / "remote", PASSPHRASE)
    assert harm(destination) == [], number
    now = life.snapshot()
    for version in destination.versions:
        if version.full:
            life.versions.setdefault(version.time, now)
    complete = {version.time for version in destination.versions if version.full}
    gone = sorted(life.versions.keys() - complete)
    assert not gone or retention, (number, gone)
    for time_of_it in gone:
        del life.versions[time_of_it]
    assert len(destination.versions) >= min(_KEEP, len(life.versions) + len(gone)), number
    chosen = life.dice.choice([index for index, each in enumerate(destination.versions) if each.full])
    target = life.folder / f"restored{number}"
    restore(destination, chosen, target)
    assert tree(target) == life.versions[destination.versions[chosen].time], (number, chosen)
    shutil.rmtree(target)


def test_kill_9_at_any_instant(life: Life) -> None:
    check(life, 0)
    killed = lost = 0
    for number in range(1, _ROUNDS + 1):
        change(life)
        retention = life.dice.random() < 0.2
        options = (f"--keep-versions={_KEEP}",) if retention else ()
        kill = life.dice.choice([kill_after_a_time, kill_at_a_line])
        told = kill(life, *options)
        killed += told.endswith("-9")
        lose = life.dice.choice(_LOSSES)
        lose(life)
        lost += lose is not lose_nothing
        print(f"{number}: {told} {' '.join(options)} {lose.__name__}")
        check(life, number, retention=retention)
    assert killed > _ROUNDS // 2, "most were too fast to be killed"
    code, output = life.backup()
    assert code in (0, 1), output
    check(life, _ROUNDS + 1)
    assert life.backup()[0] == 1, "nothing changed since"
    lose_database(life)
    code, output = life.run("repair", "remote", "--tempdir=temporary")
    assert code == 0, output
    code, output = life.run(
        "restore", "remote", "*", "--restore-path=restored", "--restore-permissions", "--tempdir=temporary"
    )
    assert code == 0, output
    assert tree(life.folder / "restored") == tree(life.source)
    # The name of a killed run's folder for volumes is in its database and lost with that.
    assert len(list((life.folder / "temporary").iterdir())) <= lost
