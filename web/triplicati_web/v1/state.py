"""The state of the server, pause and resume (spec/server.md 3.7, 5.3)."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
import trio

from triplicati.errors import InvalidQuery, InvalidValue
from triplicati.messages.api_state import ServerStatus
from triplicati.runner.daemon import Daemon
from triplicati.runner.status import server_status
from triplicati.values.repeats import with_synonyms
from triplicati.values.timespans import parse_timespan
from triplicati_web.routing import Call, Route

_TAG = "server"
_SHORTEST, _LONGEST = 10.0, 3600.0
_FAR = 100 * 365 * 86400.0


class StateQuery(msgspec.Struct):
    """`longpolltime` is that of clients which give the seconds instead of a duration."""

    longpoll: bool = False
    lasteventid: int | None = None
    duration: str = ""
    longpolltime: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 0


class PauseQuery(msgspec.Struct, rename="camel"):
    duration: str = ""
    pause_transfers: bool = False


async def serverstate(call: Call) -> ServerStatus:
    daemon: Daemon = call.daemon
    wanted: StateQuery = call.query
    seconds = _patience(wanted)
    if seconds > 0 and wanted.lasteventid is not None:
        with trio.move_on_after(seconds):
            await daemon.event_after(wanted.lasteventid)
    return server_status(daemon)


async def pause(call: Call) -> None:
    await _pause(call, call.query.duration)


async def pause_for(call: Call) -> None:
    await _pause(call, call.path["duration"])


async def resume(call: Call) -> None:
    daemon: Daemon = call.daemon
    daemon.pause.resume()


async def _pause(call: Call, text: str) -> None:
    daemon: Daemon = call.daemon
    wanted: PauseQuery = call.query
    seconds = _seconds(text)
    daemon.pause.pause(seconds or None, transfers=wanted.pause_transfers)


def _patience(wanted: StateQuery) -> float:
    """How long the answer may wait. Raises `InvalidQuery`."""
    if not wanted.longpoll:
        known = wanted.lasteventid is not None and wanted.lasteventid >= 0
        return float(wanted.longpolltime) if known else 0.0
    if wanted.lasteventid is None or not (wanted.duration or wanted.longpolltime):
        raise InvalidQuery(reason="longpoll needs lasteventid and duration")
    seconds = _seconds(wanted.duration) if wanted.duration else float(wanted.longpolltime)
    if not _SHORTEST <= seconds <= _LONGEST:
        raise InvalidQuery(reason="the duration must be from 10 seconds to one hour")
    return seconds


def _seconds(text: str) -> float:
    """Raises `InvalidValue`."""
    seconds = parse_timespan(with_synonyms(text)).total_seconds()
    if not 0 <= seconds <= _FAR or math.isnan(seconds):
        raise InvalidValue(value=text, kind="length of time", reason="it must be between now and 100 years")
    return seconds


ROUTES = (
    Route(
        "GET",
        "/api/v1/serverstate",
        serverstate,
        "The state of the server, at once or when it changes",
        _TAG,
        query=StateQuery,
        answer=ServerStatus,
        waits=True,
    ),
    Route(
        "POST",
        "/api/v1/serverstate/pause",
        pause,
        "Pause for a time, or until resumed",
        _TAG,
        query=PauseQuery,
    ),
    Route(
        "POST",
        "/api/v1/serverstate/pause/{duration}",
        pause_for,
        "Pause for a time",
        _TAG,
        query=PauseQuery,
    ),
    Route("POST", "/api/v1/serverstate/resume", resume, "End the pause", _TAG),
)
