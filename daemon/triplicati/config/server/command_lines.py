"""The command line that does what a saved backup does (spec/server.md 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from triplicati.config.server.effective import effective_filters, effective_options, effective_sources
from triplicati.config.server.masking import value_without_secrets, without_secrets
from triplicati.config.server.password_names import is_password
from triplicati.config.server.special_folders import SpecialFolder
from triplicati.messages.saved import SavedBackup, SavedFilter

# What only a server does anything with.
_OURS = ("backup-id", "disable-module")


class Command(msgspec.Struct, frozen=True):
    """The words behind the name of the command."""

    target: str
    sources: list[str]
    options: list[str]

    def __repr__(self) -> str:
        return "Command(...)"


def backup_command(
    backup: SavedBackup,
    application: tuple[Mapping[str, str], Sequence[SavedFilter]],
    folders: Sequence[SpecialFolder],
    environment: Mapping[str, str],
    *,
    with_secrets: bool,
) -> Command:
    """`application` are the options and filters for every backup."""
    shown = backup if with_secrets else without_secrets(backup)
    defaults = {
        name: value if with_secrets else value_without_secrets(name, value)
        for name, value in application[0].items()
        if with_secrets or not is_password(name)
    }
    options = effective_options(shown, defaults)
    words = [
        f"--{name}" if value is None else f"--{name}={value}"
        for name, value in options.items()
        if name not in _OURS
    ]
    words += [
        f"--{'include' if each.include else 'exclude'}={each.text}"
        for each in effective_filters(shown, application[1], folders, environment)
    ]
    return Command(shown.target_url, effective_sources(shown, folders, environment), words)
