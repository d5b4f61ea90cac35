"""How much of the machine an operation takes: priorities, and rests between pieces of work."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

# Of the priorities of Duplicati; on POSIX only root may go below 0.
NICENESS = {"idle": 19, "lowest": 15, "belownormal": 10, "normal": 0, "abovenormal": -5, "highest": -10}
_POWER = Path("/sys/class/power_supply")


class WorkerPriority(NamedTuple):
    """What a program that goes on after the operation gives its workers alone."""

    name: str = ""
    idle_disk_time: bool = False

    def give(self, process: int) -> str:
        """To a worker that has not begun. Returns what is to be told, else ""."""
        told = set_priority(self.name, [process]) if self.name else ""
        return told or (use_idle_disk_time([process]) if self.idle_disk_time else "")


_USUAL = WorkerPriority()
# That of the workers which the current task starts.
worker_priority: ContextVar[WorkerPriority] = ContextVar("worker_priority", default=_USUAL)


def rest_share(intensity: int) -> float:
    """Seconds of rest for each second of work at `--cpu-intensity` 1 to 10; 10 never rests."""
    intensity = min(max(intensity, 1), 10)
    return (10 - intensity) / intensity


def set_priority(name: str, processes: Sequence[int]) -> str:
    """Sets the priority of processes that have not begun their work (0 is this one). Returns what is to be
    told when that is not allowed, else ""."""
    niceness = NICENESS.get(name.lower(), 0)
    if niceness == 0 or sys.platform == "win32":
        return ""
    try:
        for process in processes:
            # Whoever started this with nice has asked for more patience still.
            before = os.getpriority(os.PRIO_PROCESS, process)
            os.setpriority(os.PRIO_PROCESS, process, max(niceness, before) if niceness > 0 else niceness)
    except PermissionError:
        return f"The priority {name} is only for the system's administrator; the usual one is kept."
    except ProcessLookupError:
        return ""
    return ""


def use_idle_disk_time(processes: Sequence[int]) -> str:
    """Lets every other program use the disk first. Returns what is to be told when that cannot be done."""
    program = shutil.which("ionice")
    if program is None:
        return "The disk priority cannot be lowered: the program ionice is missing (apt install util-linux)."
    for process in processes:
        done = subprocess.run(
            [program, "-c", "3", "-p", str(process or os.getpid())], capture_output=True, check=False
        )
        if done.returncode != 0:
            return f"The disk priority cannot be lowered: {done.stderr.decode(errors='replace').strip()}"
    return ""


def on_battery(supplies: Path = _POWER) -> bool:
    """Whether this machine has a battery that is being used up (Linux only; False where nothing is known)."""
    states = [_supply(folder) for folder in sorted(supplies.glob("*"))]
    plugged = any(kind in ("Mains", "USB") and online == "1" for kind, online, _ in states)
    return not plugged and any(kind == "Battery" and state == "Discharging" for kind, _, state in states)


def _supply(folder: Path) -> tuple[str, str, str]:
    kind, online, state = (_line(folder / name) for name in ("type", "online", "status"))
    return kind, online, state


def _line(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace").strip()
    return ""
