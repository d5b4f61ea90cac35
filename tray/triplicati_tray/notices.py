"""What is worth a notification of the desktop, and where a click on it leads (spec/server.md 8.5). Pure."""

from __future__ import annotations

from collections import deque
from typing import Literal

from triplicati.messages.records import Notification
from triplicati_tray.desk import Level, Notice
from triplicati_tray.watching import Ended
from triplicati_tray.words import one_line, span

Wanted = Literal["all", "warnings", "errors", "none"]
LEVELS: tuple[Wanted, ...] = ("all", "warnings", "errors", "none")
_RANK: dict[Level, int] = {"info": 0, "warning": 1, "error": 2}
_LEAST: dict[Wanted, int] = {"all": 0, "warnings": 1, "errors": 2, "none": 3}
_LEVEL: dict[str, Level] = {"Error": "error", "Warning": "warning"}
_DONE = {
    "Backup": "{} is backed up",
    "Restore": "Files of {} are restored",
    "Verify": "{} is verified",
    "Compact": "{} is compacted",
    "Repair": "{} is repaired",
    "RepairUpdate": "{} is repaired",
}
_OVERDUE, _OF_A_RUN = "BackupOverdue", "backup:show-log"
_LONGEST_TITLE, _LONGEST_TEXT = 80, 240
_MOST, _SPAN = 10, 60.0


class Flood:
    """Lets ten notices a minute through; the page has them all."""

    def __init__(self) -> None:
        self._passed: deque[float] = deque(maxlen=_MOST)

    def passes(self, now: float) -> bool:
        """`now` in seconds of a clock that only goes forward."""
        if len(self._passed) == _MOST and now - self._passed[0] < _SPAN:
            return False
        self._passed.append(now)
        return True


def notice_of(news: Ended | Notification, wanted: Wanted) -> Notice | None:
    """None for what the user does not want to be told.

    A run that went well is told where all is wanted, and with "warnings" where the user started it and so
    waits for it; nobody is told of a run that was stopped, for somebody stopped it.
    """
    notice = _of_run(news) if isinstance(news, Ended) else _of_notification(news)
    if notice is None or wanted == "none":
        return None
    waited_for = isinstance(news, Ended) and news.by_hand and wanted == "warnings"
    return notice if waited_for or _RANK[notice.level] >= _LEAST[wanted] else None


def _of_run(ended: Ended) -> Notice | None:
    run = ended.run
    name = run.backup_name or "A backup"
    path = run.url if run.backup_id.isdecimal() and run.url.startswith("/#/") else "/"
    done = _DONE.get(run.operation)
    # What was uploaded until then is a version; whoever stopped it knows, and the page tells the rest.
    if ended.stopped and run.parsed in ("Success", "Warning"):
        return None
    match run.parsed:
        case "Success":
            text = f"It took {span(run.seconds)}." if run.seconds >= 60 else "It took less than a minute."
            return _notice(done.format(name), text, "info", path) if done else None
        case "Warning":
            title = f"{done.format(name)}, with warnings" if done else f"Warnings for {name}"
            return _notice(title, run.message or _counted(ended.warnings, "warning"), "warning", path)
        case "Stopped":
            return None
    # "Backup failed" for a failed restore would frighten for nothing.
    what = name if run.operation == "Backup" else f"{run.operation} of {name}"
    return _notice(f"{what} failed", run.message or _counted(ended.errors, "error"), "error", path)


def _of_notification(news: Notification) -> Notice | None:
    """Those about a run are left out: its end tells the same."""
    if news.action == _OF_A_RUN and news.message_id != _OVERDUE:
        return None
    path = f"/#/backup/{news.backup_id}" if news.backup_id.isdecimal() else "/#/activity"
    return _notice(news.title, news.message, _LEVEL.get(news.type, "info"), path)


def _counted(number: int, what: str) -> str:
    if not number:
        return "Its log tells more."
    return f"{number} {what}{'' if number == 1 else 's'}; its log tells more."


def _notice(title: str, text: str, level: Level, path: str) -> Notice:
    return Notice(one_line(title, _LONGEST_TITLE), one_line(text, _LONGEST_TEXT), level, path)
