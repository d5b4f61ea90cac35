"""Log lines with Duplicati's levels, tags and ids (spec/cli.md 9.2)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from triplicati.messages.progress import Event

LEVELS = ("ExplicitOnly", "Profiling", "Verbose", "Retry", "Information", "DryRun", "Warning", "Error")
_RANKS = {level.lower(): rank for rank, level in enumerate(LEVELS)}
_MAIN = "Duplicati.Library.Main."
_SCRIPTS = "Duplicati.Library.Modules.Builtin.RunScript"
# Users pick lines by tag too, so what Duplicati logs from a place keeps the name of that place.
_TAGS = {
    "BackendEvent": _MAIN + "BasicResults",
    "EscapedName": _MAIN + "Operation.Backup.FileEnumerationProcess",
    "FileAccessError": _MAIN + "Operation.Backup.FileEnumerationProcess",
    "FilterExcludesAll": _MAIN + "Operation.FilterHandler",
    "FolderAccessError": _MAIN + "Operation.Backup.FileEnumerationProcess",
    "IncludingPath": _MAIN + "Operation.Backup.FileEnumerationProcess",
    "ExcludingPath": _MAIN + "Operation.Backup.FileEnumerationProcess",
    "InvalidExitCode": _SCRIPTS,
    "NoFilesInBackup": _MAIN + "Operation.BackupHandler",
    "ReportSubmitError": "Duplicati.Library.Modules.Builtin.ReportHelper",
    "RetryTransfer": _MAIN + "Backend.BackendManager",
    "ScriptExecuteError": _SCRIPTS,
    "ScriptOutput": _SCRIPTS,
    "ScriptTimeout": _SCRIPTS,
    "SendMailComplete": "Duplicati.Library.Modules.Builtin.SendMail",
    "SnapshotFailed": _MAIN + "Operation.BackupHandler",
    "SourceIsMissing": _MAIN + "Operation.BackupHandler",
    "StdErrorNotEmpty": _SCRIPTS,
}
_TAGS |= dict.fromkeys(
    (
        "DuplicatePath",
        "EnteringPath",
        "ExcludeLargeFile",
        "ExcludeSymlink",
        "ExcludingBlacklistedPath",
        "ExcludingDevice",
        "ExcludingDuplicateHardlink",
        "ExcludingEmptyFolder",
        "ExcludingHardlinkByPolicy",
        "ExcludingPathDueToIgnoreFile",
        "ExcludingPathFromAttributes",
        "ExcludingPathFromFilter",
        "ExcludingPathFromXattr",
        "IncludingPathFromFilter",
        "IncludingSourcePath",
    ),
    _MAIN + "Operation.Backup.FileEnumerationProcess",
)
_ACTIONS = {
    "list": "List",
    "upload": "Put",
    "download": "Get",
    "delete": "Delete",
    "create-folder": "CreateFolder",
}


class LogLine(msgspec.Struct, frozen=True):
    """`time` in Unix seconds; `details` is the text of an exception, "" when there is none. `path` is what a
    warning or error is about."""

    time: float
    level: str
    tag: str
    id: str
    text: str
    details: str = ""
    path: str = ""

    @property
    def mark(self) -> str:
        """What filters look at."""
        return f"{self.level}-{self.tag}-{self.id}"


def rank(level: str) -> int:
    """Rises with importance; that of Warning for an unknown level."""
    return _RANKS.get(level.lower(), _RANKS["warning"])


def line_of(event: Event, time: float) -> LogLine:
    """The log line of an event at `time` (Unix seconds)."""
    level, identity, text = event.level or "Information", event.id, event.text
    if action := _ACTIONS.get(event.kind):
        size = f" ({event.size} bytes)" if event.size >= 0 else ""
        identity, text = "BackendEvent", f"Backend event: {action} - Started: {event.text}{size}"
    elif event.kind == "phase":
        identity = "PhaseChange"
    elif event.kind in ("warning", "error"):
        level = event.kind.title()
    tag = _TAGS.get(identity, _MAIN + "Controller")
    return LogLine(time, level, tag, identity or "Message", text, path=event.path)


def format_line(line: LogLine) -> str:
    """``yyyy-MM-dd HH:mm:ss zz - [Level-Tag-Id]: text`` in local time, `details` on lines of their own."""
    moment = datetime.fromtimestamp(line.time).astimezone()
    zone = moment.strftime("%z")[:3]
    text = f"{moment:%Y-%m-%d %H:%M:%S} {zone} - [{line.mark}]: {line.text}"
    return f"{text}\n{line.details}" if line.details else text
