"""Numbers about the daemon and its backups in the text form of Prometheus
(https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from triplicati import __version__
from triplicati.errors import InvalidValue
from triplicati.messages.records import Run
from triplicati.messages.saved import SavedBackup
from triplicati.runner.daemon import Daemon
from triplicati.values.stamps import parse_stamp

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STATES = ("Success", "Warning", "Error", "Fatal", "Stopped")
_PREFIX = "triplicati_"
# Runs that are looked through for the last backup among them.
_RUNS = 50
Labels = Mapping[str, str]


class Metric(msgspec.Struct):
    """One name with its values by labels; all of them are gauges."""

    name: str
    help: str
    values: list[tuple[Labels, float]] = msgspec.field(default_factory=list)

    def add(self, value: float | None, **labels: str) -> None:
        """None is not shown."""
        if value is not None:
            self.values.append((labels, value))


async def metrics_text(daemon: Daemon) -> str:
    """Times in Unix seconds, sizes in bytes."""
    found = [*await _of_daemon(daemon), *await _of_backups(daemon)]
    return "".join(f"{line}\n" for metric in found for line in shown(metric))


def shown(metric: Metric) -> Iterator[str]:
    if not metric.values:
        return
    name = metric.name if metric.name.startswith("process_") else _PREFIX + metric.name
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} gauge"
    for labels, value in metric.values:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{inside}}} {value!r}" if inside else f"{name} {value!r}"


async def _of_daemon(daemon: Daemon) -> list[Metric]:
    told = [each.type for each in await daemon.store.notifications()]
    build = Metric("build_info", "The version of the program; always 1.")
    build.add(1, version=__version__, python=platform.python_version())
    notices = Metric("notifications", "Notifications that nobody has dismissed.")
    for kind in ("Information", "Warning", "Error"):
        notices.add(told.count(kind), type=kind)
    plain = {
        "start_time_seconds": ("When the daemon started.", daemon.started),
        "paused": ("Whether everything is paused.", float(daemon.pause.paused)),
        "queue_length": ("Tasks that wait.", len(daemon.queue.waiting)),
        "task_running": ("Whether a task runs.", float(daemon.queue.running is not None)),
        "process_resident_memory_bytes": ("Memory of the daemon's own process.", _resident()),
    }
    singles = [Metric(name, text) for name, (text, _) in plain.items()]
    for metric, (_, value) in zip(singles, plain.values(), strict=True):
        metric.add(value)
    return [build, notices, *singles]


async def _of_backups(daemon: Daemon) -> list[Metric]:
    backups = await daemon.backups()
    successes = await daemon.store.last_successes()
    due = dict(daemon.scheduler.proposed())
    overdue = {each.backup_id for each in daemon.scheduler.overdue()}
    texts = {
        "backup_last_run_state": "How the last run of the backup ended: 1 for that state, else 0.",
        "backup_last_run_time_seconds": "When the last run of the backup began.",
        "backup_last_run_duration_seconds": "How long the last run of the backup took.",
        "backup_last_success_time_seconds": "When the backup last ended well.",
        "backup_next_run_time_seconds": "When the backup is due next.",
        "backup_overdue": "Whether the backup has not succeeded for longer than its schedule allows.",
        "backup_running": "Whether a task of the backup runs.",
        "backup_versions": "Versions at the destination.",
        "backup_source_bytes": "Size of the source at the last run.",
        "backup_source_files": "Files in the source at the last run.",
        "backup_destination_bytes": "Size of the backup at its destination.",
    }
    metrics = {name: Metric(name, text) for name, text in texts.items()}
    running = daemon.queue.running
    for backup in backups:
        labels = {"id": backup.id, "name": backup.name}
        last = _last_backup(await daemon.store.runs(backup.id, limit=_RUNS))
        if last is not None:
            for state in _STATES:
                metrics["backup_last_run_state"].add(float(last.parsed == state), **labels, state=state)
        values: dict[str, float | None] = {
            "backup_last_run_time_seconds": last.started if last else None,
            "backup_last_run_duration_seconds": _duration(last),
            "backup_last_success_time_seconds": _last_success(backup, successes),
            "backup_next_run_time_seconds": due.get(backup.id),
            "backup_overdue": float(backup.id in overdue),
            "backup_running": float(running is not None and running.backup.id == backup.id),
            "backup_versions": _number(backup, "BackupListCount"),
            "backup_source_bytes": _number(backup, "SourceFilesSize"),
            "backup_source_files": _number(backup, "SourceFilesCount"),
            "backup_destination_bytes": _number(backup, "TargetFilesSize"),
        }
        for name, value in values.items():
            metrics[name].add(value, **labels)
    return list(metrics.values())


def _last_backup(runs: Iterable[Run]) -> Run | None:
    """The newest that has ended."""
    return next((each for each in runs if each.operation == "Backup" and each.ended is not None), None)


def _duration(run: Run | None) -> float | None:
    return None if run is None or run.ended is None else max(run.ended - run.started, 0.0)


def _last_success(backup: SavedBackup, successes: Mapping[str, int]) -> float | None:
    """That of a run by schedule or by hand."""
    found = [successes[backup.id]] if backup.id in successes else []
    if backup.metadata.get("LastBackupResult") in ("Success", "Warning"):
        with contextlib.suppress(InvalidValue):  # a client can write there what it likes
            found.append(parse_stamp(backup.metadata.get("LastBackupFinished", "")))
    return max(found, default=None)


def _number(backup: SavedBackup, key: str) -> float | None:
    text = backup.metadata.get(key, "")
    return float(text) if text.isascii() and text.isdecimal() else None


def _resident() -> float | None:
    if sys.platform == "linux":
        pages = Path("/proc/self/statm").read_text().split()[1]
        return float(int(pages) * os.sysconf("SC_PAGE_SIZE"))
    return None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
