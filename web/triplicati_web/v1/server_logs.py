"""The logs of the server itself (spec/server.md 3.11)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import trio

from triplicati.errors import InvalidQuery
from triplicati.messages.api_notices import CrashLog, ErrorLogLine, LiveLogLine
from triplicati.messages.log import LEVELS
from triplicati.runner.daemon import Daemon
from triplicati.runner.logs import LiveLine
from triplicati.runner.status import moment_of
from triplicati_web.routing import Call, Route

_TAG = "logs"
_MOST = 500
_CRASH_LOG = "Duplicati-crashlog.txt"
_LARGEST = 2**20
_LEVELS = {level.lower(): level for level in LEVELS}


class PollQuery(msgspec.Struct):
    level: str = "Information"
    id: int = 0
    pagesize: int = 100


class PageQuery(msgspec.Struct):
    """`offset` in Unix seconds: rows that are older; 0 for the newest."""

    offset: int = 0
    pagesize: int = 100


class OfBackupQuery(msgspec.Struct):
    backupid: str = ""


async def poll(call: Call) -> list[LiveLogLine]:
    daemon: Daemon = call.daemon
    wanted: PollQuery = call.query
    level = _LEVELS.get(wanted.level.lower())
    if level is None:
        raise InvalidQuery(reason=f'the level "{wanted.level}" is not known; use one of {", ".join(LEVELS)}')
    return [_live(each) for each in daemon.log.poll(level, wanted.id, _clamped(wanted.pagesize))]


async def errors(call: Call) -> list[ErrorLogLine]:
    daemon: Daemon = call.daemon
    wanted: PageQuery = call.query
    before = wanted.offset if 0 < wanted.offset < 2**62 else None
    found = await daemon.store.errors(before, _clamped(wanted.pagesize))
    return [ErrorLogLine(each.backup_id, each.message, each.exception, each.timestamp) for each in found]


async def clear(call: Call) -> None:
    daemon: Daemon = call.daemon
    await daemon.store.clear_errors(call.query.backupid or None)


async def crashlog(call: Call) -> CrashLog:
    """What a Duplicati that used this folder left behind; ours tells of its end in the log."""
    daemon: Daemon = call.daemon
    path = daemon.settings.folder.path / _CRASH_LOG
    return CrashLog(await trio.to_thread.run_sync(_end_of, path))


def _end_of(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - _LARGEST, 0))
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return None


def _live(each: LiveLine) -> LiveLogLine:
    line = each.line
    return LiveLogLine(
        moment_of(line.time),
        each.id,
        line.text,
        line.tag,
        line.id or None,
        None,
        line.level,
        line.details or None,
        each.backup_id or None,
        str(each.task_id) if each.task_id else "",
    )


def _clamped(count: int) -> int:
    return min(max(count, 1), _MOST)


ROUTES = (
    Route(
        "GET",
        "/api/v1/logdata/poll",
        poll,
        "The newest lines of the live log",
        _TAG,
        query=PollQuery,
        answer=list[LiveLogLine],
    ),
    Route(
        "GET",
        "/api/v1/logdata/log",
        errors,
        "Errors that were kept, the newest first",
        _TAG,
        query=PageQuery,
        answer=list[ErrorLogLine],
    ),
    Route(
        "DELETE", "/api/v1/logdata/log", clear, "Remove errors that were kept", _TAG, query=OfBackupQuery
    ),
    Route("GET", "/api/v1/logdata/crashlog", crashlog, "The end of the crash log", _TAG, answer=CrashLog),
)
