"""From what is known of a server to what the icon shows (spec/server.md 9). Pure."""

from __future__ import annotations

from datetime import tzinfo
from typing import Literal

import msgspec

from triplicati.messages.live import BackupLine, LiveProgress, ServerLine, TaskLine
from triplicati_tray.desk import Choice, Light, Look
from triplicati_tray.watching import Watched
from triplicati_tray.words import at, left, one_line, stamp_seconds, until

NAME = "Triplicati"
_LONGEST_TITLE, _LONGEST_STATUS = 100, 160
_STEP = 5
_DOING = {
    "Backup": "Backing up",
    "Restore": "Restoring",
    "Verify": "Verifying",
    "Compact": "Compacting",
    "Repair": "Repairing",
    "RepairUpdate": "Repairing",
    "Delete": "Deleting from",
    "Vacuum": "Tidying up",
}


class Link(msgspec.Struct, frozen=True):
    """How the tray stands to the server; `text` is what to say while it is not "up". "stuck" is for what the
    user has to change before it can go on."""

    kind: Literal["starting", "up", "lost", "stuck"]
    text: str = ""
    hosted: bool = False


class Standing(msgspec.Struct, frozen=True):
    """How the last run of a backup ended, `at` when; None for never."""

    outcome: Literal["failed", "warnings", "never", "ok"]
    at: float | None = None


def look_of(watched: Watched, link: Link, now: float, zone: tzinfo | None = None) -> Look:
    """`now` in Unix seconds; `zone` is for the times in the words, None for that of this computer."""
    server = watched.server
    if link.kind != "up" or server is None:
        status = link.text or "Waiting for the server"
        return Look(
            light=_away(link),
            title=_title(status),
            status=_status(status),
            connected=False,
            hosted=link.hosted,
        )
    status = _words(watched, server, now, zone)
    running = watched.running
    return Look(
        light=_light(server, running),
        title=_title(status),
        status=_status(status),
        progress=percent(watched.progress) if _is_of(watched.progress, running) else -1,
        hosted=link.hosted,
        running=running is not None,
        paused=server.state == "Paused",
        backups=tuple(Choice(each.id, one_line(each.name, 60)) for each in watched.backups),
    )


def percent(progress: LiveProgress | None) -> int:
    """In steps of 5, rounded down; -1 while it is not known how much there is."""
    if progress is None or progress.still_counting:
        return -1
    done, total = progress.bytes_done, progress.bytes_total
    if total <= 0:
        done, total = progress.files_done, progress.files_total
    if total <= 0:
        return -1
    return min(max(done * 100 // total, 0), 100) // _STEP * _STEP


def standing(backup: BackupLine) -> Standing:
    """By its metadata (spec/server.md 4.4)."""
    ended = stamp_seconds(backup.metadata.get("LastBackupFinished"))
    failed = stamp_seconds(backup.metadata.get("LastErrorDate"))
    if failed is not None and (ended is None or failed > ended):
        return Standing("failed", failed)
    if ended is None:
        return Standing("never")
    match backup.metadata.get("LastBackupResult"):
        case "Error" | "Fatal":
            return Standing("failed", ended)
        case "Warning":
            return Standing("warnings", ended)
    return Standing("ok", ended)


def _away(link: Link) -> Light:
    """One that is on its way is no reason to look twice."""
    if link.kind == "starting":
        return "starting"
    return "error" if link.kind == "stuck" and link.hosted else "disconnected"


def _light(server: ServerLine, running: TaskLine | None) -> Light:
    """As Duplicati's SuggestedStatusIcon (spec/server.md 3.7)."""
    if server.state == "Paused":
        return "paused"
    if running is not None:
        return "running"
    if server.has_error:
        return "error"
    return "warning" if server.has_warning else "idle"


def _words(watched: Watched, server: ServerLine, now: float, zone: tzinfo | None) -> str:
    running = watched.running
    if server.state == "Stopping":
        return "The server is stopping"
    if server.state == "Paused":
        ends = until(server.paused_until, now, zone) if server.paused_until > 0 else "until resumed"
        waits = running or next((each for each in watched.tasks if each.state == "waiting"), None)
        return f"Paused {ends}; {_name(waits)} waits" if waits else f"Paused {ends}"
    if running is not None:
        return _doing(watched, running)
    return _trouble(watched, now, zone) or _calm(watched, now, zone)


def _doing(watched: Watched, running: TaskLine) -> str:
    progress = watched.progress
    doing = f"{_DOING.get(running.operation, 'Working on')} {_name(running)}"
    if progress is None or not _is_of(progress, running):
        return doing
    if progress.state == "stopping":
        return f"Stopping {_name(running)}"
    parts = [f"{percent(progress)} %"] if percent(progress) >= 0 else []
    if progress.seconds_left is not None:
        parts.append(left(progress.seconds_left[1]))
    if watched.waiting:
        parts.append(f"{watched.waiting} more to do")
    return f"{doing}: {', '.join(parts)}" if parts else doing


def _trouble(watched: Watched, now: float, zone: tzinfo | None) -> str:
    """The worst there is, "" where all is well."""
    stand = [(backup, standing(backup)) for backup in watched.backups]
    failed = [(backup.name, each.at or 0.0) for backup, each in stand if each.outcome == "failed"]
    if failed:
        return _several("failed", failed, now, zone)
    late = {each.backup_id for each in watched.schedule if each.overdue}
    names = [backup.name for backup in watched.backups if backup.id in late]
    if names:
        return f"{names[0]} is overdue" if len(names) == 1 else f"{len(names)} backups are overdue"
    warned = [(backup.name, each.at or 0.0) for backup, each in stand if each.outcome == "warnings"]
    if warned and watched.server is not None and watched.server.has_warning:
        return _several("had warnings", warned, now, zone)
    notices = [each for each in watched.notifications if each.type in ("Error", "Warning")]
    return max(notices, key=lambda each: (each.type == "Error", each.id)).title if notices else ""


def _several(what: str, found: list[tuple[str, float]], now: float, zone: tzinfo | None) -> str:
    name, moment = max(found, key=lambda each: each[1])
    newest = f"{name} {what} {at(moment, now, zone)}"
    return newest if len(found) == 1 else f"{len(found)} backups {what}: {newest}"


def _calm(watched: Watched, now: float, zone: tzinfo | None) -> str:
    if not watched.backups:
        return "No backups yet: open the page to add one"
    never = [each.name for each in watched.backups if standing(each).outcome == "never"]
    well = "All backups are well"
    if len(never) == 1:
        well = f"{never[0]} has not run yet"
    elif never:
        well = f"{len(never)} backups have not run yet"
    off = {each.id for each in watched.backups if each.schedule_paused}
    planned = [each.due for each in watched.schedule if each.backup_id not in off]
    due = min(planned, default=0.0)
    if due <= 0:
        return f"{well}; none is scheduled"
    return f"{well}, the next runs {at(due, now, zone)}" if due > now else f"{well}, the next is due now"


def _is_of(progress: LiveProgress | None, running: TaskLine | None) -> bool:
    return progress is not None and running is not None and progress.task_id == running.id


def _name(task: TaskLine | None) -> str:
    return (task.backup_name if task else "") or "a backup"


def _title(status: str) -> str:
    return one_line(f"{NAME}: {status}", _LONGEST_TITLE)


def _status(status: str) -> str:
    return one_line(status, _LONGEST_STATUS)
