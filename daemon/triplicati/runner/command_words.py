"""A command line of a client as it is given to our own program: no secret among the words that every user of
the machine can see. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from triplicati.config.server.masking import (
    has_placeholder,
    leads_elsewhere,
    same_place,
    unmask_options,
    unmask_url,
)
from triplicati.config.server.password_names import is_password
from triplicati.errors import InvalidValue
from triplicati.messages.saved import SavedBackup
from triplicati.options.commands import COMMANDS, find_command

_DASHES = "--"
_BACKUP_ID, _FILE, _PASSPHRASE = "backup-id", "parameters-file", "passphrase"
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

    Of the passwords of `backup` a command for another host gets only its passphrase, which stays here.
    Raises `InvalidValue`.
    """
    positionals = [word for word in words if not word.startswith(_DASHES)]
    given = [word for word in words if word.startswith(_DASHES)]
    command = find_command(positionals[0]) if positionals else None
    if command is None or command.static:
        # It only prints; what is behind an option's name does not count.
        return Words((*positionals, *(word.partition("=")[0] for word in given)), None)
    rest = positionals[1:]
    target = rest[0] if command.destination and rest else ""
    near = backup is not None and (not target or same_place(target, backup.target_url))
    stored = dict(defaults)
    if backup is not None:
        known = {each.name: each.value or "" for each in backup.settings}
        told = (word.partition("=") for word in given)
        near &= not leads_elsewhere({name: value for name, _, value in told}, known)
        stored |= {name: value for name, value in known.items() if near or not _is_sent(name)}
    lines = [_line(name, value) for name, value in _options(given, stored)]
    lines += [_line(_DASHES + name, _exact(value)) for name, value in forced.items()]
    if target:
        url = unmask_url(target, backup.target_url) if backup is not None and near else target
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
        text = filled[name]
        found.append((name, text if text is None or text == value else _exact(text)))
    return found


def _is_sent(name: str) -> bool:
    return is_password(name) and name.lower().removeprefix(_DASHES) != _PASSPHRASE


def _exact(value: str) -> str:
    """With quotes that the reader of the file takes off, where it would take off those of the value."""
    return f'"{value}"' if len(value) > 1 and value[0] == value[-1] == '"' else value


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
