"""Runs one command and measures it: wall time, and memory summed over its whole tree of processes."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_INTERVAL = 0.2
_SHARE = 50  # one part in so many of the time may go into looking, for it slows what is looked at


class CommandFailed(Exception):
    """A measured program ended with a status that is not success."""


@dataclass(frozen=True)
class Measure:
    """``peak``: largest sum of the proportional memory (PSS) of all processes, in bytes. ``largest``: peak of
    the resident memory of the largest single process, in bytes, as the kernel counted it."""

    seconds: float
    peak: int
    largest: int


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    log: Path,
    folder: Path | None = None,
    accepted: Sequence[int] = (0,),
) -> Measure:
    """Runs ``command`` to its end. Raises CommandFailed with the end of its output for another status."""
    with log.open("wb") as output:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        peaks: list[int] = [0]
        ended = threading.Event()
        sampler = threading.Thread(target=_sample, args=(process.pid, ended, peaks))
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    ended.set()
    sampler.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{_end_of(log)}")
    return Measure(seconds, max(peaks), usage.ru_maxrss * 1024)


def _sample(pid: int, ended: threading.Event, peaks: list[int]) -> None:
    pause = 0.0
    while not ended.wait(pause):
        begin = time.perf_counter()
        peaks.append(sum(map(_proportional_memory, _tree(pid))))
        pause = max(_INTERVAL, (time.perf_counter() - begin) * _SHARE)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _text(task).split():
            yield from _tree(int(child))


def _proportional_memory(pid: int) -> int:
    for line in _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:  # it ended between two looks
        return ""


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2000:]


def size_of(folder: Path) -> int:
    """Returns the bytes in all files below ``folder``."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def warm(folder: Path) -> None:
    """Reads everything once, so that no program pays for the disk alone."""
    for path in _files(folder):
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 20):
                pass


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def differences(source: Path, restored: Path) -> list[str]:
    """Compares two trees byte for byte, with times (to 100 ns) and modes; returns sentences."""
    found: list[str] = []
    names = _names(source)
    found += (f"{name} is missing" for name in sorted(names - _names(restored)))
    found += (f"{name} is not in the source" for name in sorted(_names(restored) - names))
    for name in sorted(names & _names(restored)):
        found += (f"{name}: {text}" for text in _differences_of(source / name, restored / name))
    return found


def _names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def _differences_of(one: Path, other: Path) -> Iterator[str]:
    mine, theirs = one.lstat(), other.lstat()
    checks: list[tuple[str, Callable[[os.stat_result], int]]] = [
        ("mode", lambda status: status.st_mode),
        ("time", lambda status: status.st_mtime_ns // 100),
    ]
    yield from (f"the {name} differs" for name, value in checks if value(mine) != value(theirs))
    if one.is_file() and (mine.st_size != theirs.st_size or not _same_bytes(one, other)):
        yield "the content differs"


def _same_bytes(one: Path, other: Path) -> bool:
    with one.open("rb", buffering=0) as left, other.open("rb", buffering=0) as right:
        while True:
            piece = left.read(1 << 20)
            if piece != right.read(1 << 20):
                return False
            if not piece:
                return True
