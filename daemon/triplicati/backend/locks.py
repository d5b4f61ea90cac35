"""`triplicati backend get-lock` and `set-lock` (spec/cli.md 8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from triplicati.backend.connecting import Connection
from triplicati.backend.files import base_name
from triplicati.backend.screen import Screen
from triplicati.errors import DestinationCannot, UsageError
from triplicati.storage.locking import Lockable, lockable
from triplicati.values.timespans import parse_timespan


async def get_lock(connection: Connection, screen: Screen, text: str) -> None:
    """Prints a time in UTC, or ``null``."""
    name = base_name(text)
    until = await _able(connection).lock_of(name)
    screen.say("null" if until is None else _iso(until))


async def set_lock(connection: Connection, screen: Screen, text: str, length: str) -> None:
    """`length` is a length of time from now. Prints until when the file is locked."""
    name, span = base_name(text), parse_timespan(length)
    if span <= timedelta():
        raise UsageError(reason=f'A lock needs a length of time such as 30D, and "{length}" is none.')
    until = datetime.now(UTC).replace(microsecond=0) + span
    await _able(connection).set_lock(name, until)
    screen.say(_iso(until))


def _able(connection: Connection) -> Lockable:
    able = lockable(connection.destination)
    if able is None:
        raise DestinationCannot(url=connection.destination.display, what="lock files")
    return able


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
