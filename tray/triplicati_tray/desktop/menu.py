"""What stands in the menu for a look, as plain entries. Order: spec/server.md 9."""

from __future__ import annotations

import msgspec

from triplicati.values.plain_text import plain_text
from triplicati.values.printable import printable
from triplicati_tray.desk import Command, CommandKind, Look

LONGEST = 60
_PAUSES = (
    ("5 minutes", "5m"),
    ("15 minutes", "15m"),
    ("30 minutes", "30m"),
    ("An hour", "1h"),
    ("Until resumed", ""),
)


class Entry(msgspec.Struct, frozen=True):
    """A line of the menu. One without `command` and `entries` only tells something; one without a text is a
    separator. `default` is what a click on the icon itself does."""

    text: str
    command: Command | None = None
    entries: tuple[Entry, ...] = ()
    default: bool = False


SEPARATOR = Entry("")


def menu_entries(look: Look) -> tuple[Entry, ...]:
    """Separators stand only between entries."""
    status = Entry(one_line(look.status))
    if not look.connected:
        again = "Start the server again" if _has_given_up(look) else "Reconnect"
        return (_command(again, "reconnect", default=True), status, SEPARATOR, _quit(look))
    acts = (*_running(look), *_pausing(look), *_seen(look))
    opens = _command("Open Triplicati", "open", default=True)
    return (opens, status, SEPARATOR, *acts, SEPARATOR, _quit(look))


def one_line(text: str) -> str:
    """Text from elsewhere as one line of at most `LONGEST` characters, without anything that steers."""
    line = printable(plain_text(text))
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def _running(look: Look) -> list[Entry]:
    backups = tuple(Entry(one_line(each.name) or each.id, Command("run", each.id)) for each in look.backups)
    found = [Entry("Run a backup", entries=backups)] if backups else []
    return [*found, _command("Stop what is running", "stop")] if look.running else found


def _pausing(look: Look) -> list[Entry]:
    if look.paused:
        return [_command("Resume", "resume")]
    return [Entry("Pause", entries=tuple(Entry(text, Command("pause", time)) for text, time in _PAUSES))]


def _seen(look: Look) -> list[Entry]:
    if look.light not in ("warning", "error"):
        return []
    return [_command(f"Acknowledge {look.light}s", "acknowledge")]


def _quit(look: Look) -> Entry:
    ends_server = look.hosted and not _has_given_up(look)
    return _command("Quit and stop the server" if ends_server else "Quit", "quit")


def _has_given_up(look: Look) -> bool:
    """A server of its own did not start, and there is none to reconnect to or to stop."""
    return look.hosted and not look.connected and look.light == "error"


def _command(text: str, kind: CommandKind, *, default: bool = False) -> Entry:
    return Entry(text, Command(kind), default=default)
