"""Measures the program beside restic and borg: ``python -m tools.bench.run --ours PATH``.

In every round each program in turn makes a first backup, an unchanged backup and a restore of all (of one
file for the data set million), on the same data, with encryption, its own defaults and a warm cache; what was
restored is compared with the source. The table gives the median over the rounds of the ratio within a round,
beside the target where there is one. ``--only upkeep`` and
``--only far`` measure something else: see `tools.bench.upkeep` and `tools.bench.far`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.bench import make_data
from tools.bench.far import measure_far
from tools.bench.far import table as far_table
from tools.bench.measure import CommandFailed, Measure, differences, run, size_of, warm
from tools.bench.programs import Program, ProgramMissing, borg, ours, restic
from tools.bench.upkeep import measure_upkeep

WORK = {"first": "first backup", "unchanged": "nothing changed", "restore": "restore of all"}
UPKEEP = "upkeep"
FAR = "far"
# Of a million files only one is restored.
_ONE = "million"

# Wall time of ours divided by that of restic, and size of the destination likewise, at most.
TARGETS = {
    ("small", "first"): 0.5,
    ("large", "first"): 0.5,
    ("small", "unchanged"): 0.3,
    ("large", "unchanged"): 1.0,
    ("small", "restore"): 0.7,
    ("large", "restore"): 0.7,
    ("small", "size"): 1.15,
    ("large", "size"): 1.08,
    ("million", "unchanged"): 0.3,
}
PEAK_TARGETS = {"small": 300_000_000, "large": 300_000_000, "million": 500_000_000}  # bytes


class WrongRestore(Exception):
    """What a program restored is not what it backed up."""


@dataclass(frozen=True)
class Round:
    """What one program did in one round. ``size``: bytes at its destination after the unchanged backup."""

    data: str
    program: str
    number: int
    first: Measure
    unchanged: Measure
    restore: Measure
    size: int

    def figure(self, work: str) -> float:
        return float(self.size) if work == "size" else self.measure(work).seconds

    def measure(self, work: str) -> Measure:
        return {"first": self.first, "unchanged": self.unchanged, "restore": self.restore}[work]

    @property
    def peak(self) -> int:
        return max(self.measure(work).peak for work in WORK)


def main() -> int:
    arguments = _parse_arguments()
    try:
        if arguments.only == UPKEEP:
            print(_upkeep(arguments))
            return 0
        if arguments.only == FAR:
            work = arguments.work.absolute()
            work.mkdir(parents=True, exist_ok=True)
            found = measure_far(ours(arguments.ours or "duplicati-cli").path, work, arguments.rounds)
            print(far_table(found))
            return 0
        programs = list(_programs(arguments))
        rounds = list(_measure_all(arguments, programs))
    except (ProgramMissing, CommandFailed, WrongRestore) as error:
        print(error, file=sys.stderr)
        return 2
    for data in dict.fromkeys(made.data for made in rounds):
        print(_table([made for made in rounds if made.data == data], data, arguments.scale))
    if arguments.json:
        arguments.json.write_text(_as_json(rounds, arguments), "utf-8")
    return 0


def _upkeep(arguments: argparse.Namespace) -> str:
    if not arguments.ours:
        raise ProgramMissing("Name the installed duplicati-cli with --ours: only that is measured.")
    work: Path = arguments.work.absolute()
    return measure_upkeep(ours(arguments.ours), work, arguments.rounds, arguments.scale, arguments.json)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures this program beside restic and borg.")
    parser.add_argument(
        "--ours", metavar="PATH", help="the installed duplicati-cli; without: only the others"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("bench-data"), help="folder for all data")
    parser.add_argument("--only", choices=(*make_data.NAMES, UPKEEP, FAR))
    parser.add_argument("--skip-borg", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of the data, for quick runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure there")
    return parser.parse_args()


def _programs(arguments: argparse.Namespace) -> Iterator[Program]:
    if arguments.ours:
        yield ours(arguments.ours)
    yield restic()
    if not arguments.skip_borg:
        yield borg()


def _measure_all(arguments: argparse.Namespace, programs: Sequence[Program]) -> Iterator[Round]:
    work = arguments.work.absolute()
    for data in [arguments.only] if arguments.only else ["small", "large"]:
        _say(f"making the data set {data}")
        source = make_data.make(data, work, arguments.scale)
        warm(source)
        for number in range(arguments.rounds):
            turn = number % len(programs)
            for program in [*programs[turn:], *programs[:turn]]:
                place = work / "scratch" / f"{data}-{number + 1}-{program.name}"
                yield _measure_round(program, data, source, place, number)
        # Not after each round: a file system that has just lost thousands of files is slow to make new ones.
        shutil.rmtree(work / "scratch")


def _measure_round(program: Program, data: str, source: Path, work: Path, number: int) -> Round:
    """Runs one program through its three works in the fresh folder ``work``."""
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("destination", "state", "restored"):
        (work / folder).mkdir(parents=True, mode=0o700)
    places = {"destination": work / "destination", "source": source, "target": work / "restored"}
    environment = program.surroundings(work / "state")

    def step(template: Sequence[str], folder: Path | None = None, version: str = "") -> Measure:
        os.sync()
        command = program.command(template, version=version, **places)
        return run(command, environment, log=work / "log", folder=folder, accepted=program.accepted)

    if program.prepare:
        step(program.prepare)
    first = step(program.backup, version="first")
    unchanged = step(program.backup, version="second")
    size = size_of(work / "destination")
    if data == _ONE:
        file = sorted(source.rglob("*7.json"))[-1]
        places |= {"file": file, "file_below_root": file.relative_to("/")}
        restored = step(program.restore_one, folder=work / "restored")
        _require_same_file(program, file, work / "restored")
    else:
        restored = step(program.restore, folder=work / "restored")
        _require_same(program, source, work / "restored")
    made = Round(data, program.name, number + 1, first, unchanged, restored, size)
    _say(f"round {number + 1}, {data}, {program.name}: " + _in_words(made))
    return made


def _require_same(program: Program, source: Path, restored: Path) -> None:
    root = restored / source.relative_to("/") if program.restores_whole_paths else restored
    found = differences(source, root)
    if found:
        some = "\n  ".join(found[:10])
        raise WrongRestore(f"{program.name} restored {len(found)} things otherwise:\n  {some}")


def _require_same_file(program: Program, file: Path, restored: Path) -> None:
    found = [path for path in restored.rglob("*") if path.is_file()]
    if [path.read_bytes() for path in found] != [file.read_bytes()]:
        raise WrongRestore(f"{program.name} restored {[path.name for path in found]} instead of {file.name}")


# --- telling ---------------------------------------------------------------------------------------------


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _in_words(made: Round) -> str:
    times = ", ".join(f"{WORK[work]} {made.measure(work).seconds:.2f} s" for work in WORK)
    return f"{times}, {made.size / 1e6:.1f} MB, peak {made.peak / 1e6:.0f} MB"


def _table(rounds: Sequence[Round], data: str, scale: float) -> str:
    """Returns one line for each work and the size; absolute medians first, then the ratios of ours."""
    programs = list(dict.fromkeys(made.program for made in rounds))
    others = [name for name in programs if name != "ours"] if "ours" in programs else []
    heads = [*programs, *(f"ours/{name}" for name in others), *(["target"] if others else [])]
    count = len({made.number for made in rounds})
    lines = [
        f"\n{data}, scale {scale:g}, median of {count} rounds".ljust(34) + "".join(f"{h:>13}" for h in heads)
    ]
    titles = {**WORK, "size": "size of destination"}
    if data == _ONE:
        titles["restore"] = "restore of one file"
    for work, title in titles.items():
        cells = [_absolute(rounds, name, work) for name in programs]
        cells += [f"{_ratio(rounds, name, work):.2f}" for name in others]
        cells += [_verdict(rounds, data, work)] if others else []
        lines.append(f"  {title:<31}" + "".join(f"{cell:>13}" for cell in cells))
    cells = [f"{_median_peak(rounds, name) / 1e6:.0f} MB" for name in programs]
    if others:
        fits = "ok" if _median_peak(rounds, "ours") <= PEAK_TARGETS[data] else "OVER"
        cells += [f"{_median_peak(rounds, 'ours') / _median_peak(rounds, name):.2f}" for name in others]
        cells += [f"{PEAK_TARGETS[data] // 1_000_000} MB {fits}"]
    lines.append(f"  {'peak memory of all processes':<31}" + "".join(f"{cell:>13}" for cell in cells))
    return "\n".join(lines)


def _absolute(rounds: Sequence[Round], program: str, work: str) -> str:
    median = statistics.median(made.figure(work) for made in rounds if made.program == program)
    return f"{median / 1e6:.1f} MB" if work == "size" else f"{median:.2f} s"


def _ratio(rounds: Sequence[Round], other: str, work: str) -> float:
    """Returns the median over the rounds of ours divided by ``other`` in the same round."""
    figures = {(made.program, made.number): made.figure(work) for made in rounds}
    numbers = sorted({made.number for made in rounds})
    return statistics.median(figures["ours", number] / figures[other, number] for number in numbers)


def _verdict(rounds: Sequence[Round], data: str, work: str) -> str:
    target = TARGETS.get((data, work))
    if target is None:
        return "-"
    return f"{target:g} {'ok' if _ratio(rounds, 'restic', work) <= target else 'OVER'}"


def _median_peak(rounds: Sequence[Round], program: str) -> float:
    return statistics.median(made.peak for made in rounds if made.program == program)


def _as_json(rounds: Sequence[Round], arguments: argparse.Namespace) -> str:
    ratios = {
        f"{data} {work} ours/{other}": _ratio([made for made in rounds if made.data == data], other, work)
        for data in dict.fromkeys(made.data for made in rounds)
        for work in [*WORK, "size"]
        for other in ("restic", "borg")
        if {"ours", other} <= {made.program for made in rounds}
    }
    report = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "processors": os.cpu_count(),
        "scale": arguments.scale,
        "targets": {f"{data} {work} ours/restic": target for (data, work), target in TARGETS.items()},
        "ratios": ratios,
        "rounds": [asdict(made) for made in rounds],
    }
    return json.dumps(report, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
