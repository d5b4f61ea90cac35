"""Measures upkeep on 100,000 files in three versions, which make a million blocks of 1 kb:
``python -m tools.bench.run --ours PATH --only upkeep``.

The local database is recreated, all volumes are tested (by size and hash, by content, with every block
hashed), the two older versions are deleted, and their space is reclaimed. There is nothing to compare with in
a fresh run: restic and borg have no such works. The bound for recreating is a tenth of what Duplicati 2.0.8.1
would take: it took 8 s for one version of 9,031 files, of 505 MB in blocks of 100 kb, on a machine with two
cores. That figure is scaled by the number of files of one version alone; scaled by blocks, of which there are
forty times as many, the bound would be four times as high.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.bench import upkeep_data
from tools.bench.measure import Measure, run, size_of
from tools.bench.programs import Program

THEIR_SECONDS, THEIR_FILES = 8.0, 9_031
PEAK_TARGET = 300_000_000  # bytes
_VERSIONS = 3
_BACKUP = (
    "backup",
    "file://{destination}",
    "{source}",
    "--blocksize=1kb",
    "--dblock-size=10mb",
    "--no-auto-compact",
)
_FIXED = ("--dbpath={database}",)
WORKS: dict[str, tuple[str, ...]] = {
    "recreate": ("repair", "file://{destination}"),
    "test all by hash": ("test", "file://{destination}", "all", "--full-remote-verification=False"),
    "test all": ("test", "file://{destination}", "all"),
    "test all, each block": ("test", "file://{destination}", "all", "--full-block-verification"),
    "delete two versions": ("delete", "file://{destination}", "--version=1,2", "--no-auto-compact"),
    "compact": ("compact", "file://{destination}", "--threshold=5", "--dblock-size=10mb"),
}


@dataclass(frozen=True)
class Done:
    """One work in one round."""

    work: str
    number: int
    measure: Measure


def bound(scale: float) -> float:
    """Seconds for recreating."""
    return THEIR_SECONDS * upkeep_data.count(scale) / THEIR_FILES / 10


def measure_upkeep(program: Program, work: Path, rounds: int, scale: float, json_file: Path | None) -> str:
    """Makes the data and a backup of it once, measures all works in each round on a copy, and gives the
    table."""
    scratch = work / "scratch" / "upkeep"
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "state").mkdir(parents=True, mode=0o700)
    environment = program.surroundings(scratch / "state")
    source = upkeep_data.make(work, scale)
    places = {"source": source, "destination": scratch / "pristine", "database": scratch / "pristine.sqlite"}
    for version in range(1, _VERSIONS + 1):
        if version > 1:
            upkeep_data.change(source, scale, version)
            time.sleep(1)  # a version has the second of its time for a name
        command = program.command((*_BACKUP, *_FIXED), **places)
        _say(version, run(command, environment, log=scratch / "log", accepted=program.accepted), "backup")
    size = size_of(scratch / "pristine")
    found = [each for number in range(rounds) for each in _round(program, environment, scratch, number + 1)]
    shutil.rmtree(scratch)
    if json_file:
        json_file.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n", "utf-8")
    return _table(found, scale, size)


def _round(program: Program, environment: Mapping[str, str], scratch: Path, number: int) -> list[Done]:
    places = {"destination": scratch / "destination", "database": scratch / "index.sqlite"}
    shutil.rmtree(places["destination"], ignore_errors=True)
    # Volumes are never written to once they are there, so links will do for a copy.
    shutil.copytree(scratch / "pristine", places["destination"], copy_function=os.link)
    places["database"].unlink(missing_ok=True)
    found = []
    for title, template in WORKS.items():
        os.sync()
        command = program.command((*template, *_FIXED), **places)
        measure = run(command, environment, log=scratch / "log", accepted=program.accepted)
        _say(number, measure, title)
        found.append(Done(title, number, measure))
    return found


def _say(number: int, measure: Measure, title: str) -> None:
    text = f"{number}: {title} {measure.seconds:.2f} s, peak {measure.peak / 1e6:.0f} MB"
    print(text, file=sys.stderr, flush=True)


def _table(found: Sequence[Done], scale: float, size: int) -> str:
    rounds = len({each.number for each in found})
    files = upkeep_data.count(scale)
    lines = [
        f"\nupkeep of {_VERSIONS} versions of {files:,} files, {size / 1e6:.0f} MB, median of {rounds}",
        f"  {'':<31}{'time':>13}{'peak memory':>13}{'bound':>18}",
    ]
    for work in WORKS:
        mine = [each.measure for each in found if each.work == work]
        seconds = statistics.median(each.seconds for each in mine)
        peak = statistics.median(each.peak for each in mine)
        limit = "-" if work != "recreate" else _verdict(seconds, bound(scale))
        memory = f"{peak / 1e6:.0f} MB" + (" OVER" if peak > PEAK_TARGET else "")
        lines.append(f"  {work:<31}{seconds:>11.2f} s{memory:>13}{limit:>18}")
    lines.append(
        f"  The bound: a tenth of Duplicati's {THEIR_SECONDS:g} s for {THEIR_FILES:,} files,"
        f" times {files / THEIR_FILES:.1f} for the files of one version here."
    )
    return "\n".join(lines)


def _verdict(seconds: float, limit: float) -> str:
    return f"{limit:.1f} s {'ok' if seconds <= limit else 'OVER'}"
