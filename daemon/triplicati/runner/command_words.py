"""A command line of a client as it is given to our own program: no secret among the words that every user of
the machine can see. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from triplicati.config.server.masking import has_placeholder, unmask_options, unmask_url
from triplicati.errors import InvalidValue
from triplicati.messages.saved import SavedBackup
from triplicati.options.commands import COMMANDS, find_command

_DASHES = "--"
_BACKUP_ID, _FILE = "backup-id", "parameters-file"
# Stands where the destination belongs, which the file says.
_PLACE = "-"
_NOT_LISTED = frozenset({"completion", "man"})


class Words(msgspec.Struct, frozen=True):
    """`visible` are the words of the process; `lines` those of its parameters file, None for none."""

    visible: tuple[str, ...]
    lines: tuple[str, ...] | None

    def __repr__(self) -> str:
        return f"Words({' '.join(self.visible[:1])})"


def command_names() -> list[str]:
    """Those that can be run, with their other names."""
    return [
        name
        for each in COMMANDS
        if each.built and not each.hidden and each.name not in _NOT_LISTED
        for name in (each.name, *each.aliases)
    ]


def backup_id_of(words: Sequence[str]) -> str:
    """The saved backup whose secrets fill in what a client has only as stars; "" for none."""
    for word in words:
        name, _, value = word.partition("=")
        if name.lower() == _DASHES + _BACKUP_ID:
            return value.strip().removeprefix("DB-")
    return ""


def command_words(
    words: Sequence[str],
    backup: SavedBackup | None,
    defaults: Mapping[str, str],
    forced: Mapping[str, str],
) -> Words:
    """`defaults` are the options of every backup, only to fill in stars; `forced` win over all others.

    Raises `InvalidValue`.
    """
    positionals = [word for word in words if not word.startswith(_DASHES)]
    given = [word for word in words if word.startswith(_DASHES)]
    command = find_command(positionals[0]) if positionals else None
    if command is None or command.static:
        # It only prints; what is behind an option's name does not count.
        return Words((*positionals, *(word.partition("=")[0] for word in given)), None)
    stored = dict(defaults)
    if backup is not None:
        stored |= {each.name: each.value or "" for each in backup.settings}
    lines = [_line(name, value) for name, value in _options(given, stored)]
    lines += [_line(_DASHES + name, value) for name, value in forced.items()]
    rest = positionals[1:]
    if command.destination and rest:
        url = unmask_url(rest[0], backup.target_url) if backup is not None else rest[0]
        if has_placeholder(url):
            raise _unknown_secret()
        lines.append(_line("--target", url))
        rest = [_PLACE, *rest[1:]]
    return Words((positionals[0], *rest), tuple(lines))


def _options(given: Sequence[str], stored: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """In their order, since a filter counts by its place."""
    found: list[tuple[str, str | None]] = []
    for word in given:
        name, equals, value = word.partition("=")
        plain = name.lower().removeprefix(_DASHES)
        if plain == _BACKUP_ID:
            continue
        if plain == _FILE:
            raise InvalidValue(value=name, kind="option here", reason="give its options themselves")
        filled = unmask_options({name: value if equals else None}, stored)
        if name not in filled:
            raise _unknown_secret()
        found.append((name, filled[name]))
    return found


def _line(name: str, value: str | None) -> str:
    if value is None:
        return name
    if "\n" in value or "\r" in value or "\n" in name or "\r" in name:
        kind = f"value of {name.splitlines()[0]}"
        raise InvalidValue(value="...", kind=kind, reason="it has more than one line")
    # A file's lines are taken without the blanks around them.
    return f'{name}="{value}"' if value != value.strip() else f"{name}={value}"


def _unknown_secret() -> InvalidValue:
    reason = "what the stars stand for is not known here; give it again, or the backup with --backup-id"
    return InvalidValue(value="...", kind="value", reason=reason)
