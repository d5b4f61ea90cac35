"""From the words of a command line to a command, its positionals, options and filters (spec/cli.md 2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from triplicati.errors import UsageError
from triplicati.options.registry import canonical_name

HELP_WORDS = frozenset({"help", "/help", "usage", "/usage", "/h", "-h"})

FILTERS = frozenset({"include", "exclude"})
_INTERNAL = frozenset({"main-action"})


class FilterText(msgspec.Struct, frozen=True):
    """One ``--include`` or ``--exclude``, as written."""

    include: bool
    text: str


class Arguments(msgspec.Struct, frozen=True):
    """A command line taken apart. `command` is lower case; `positionals` do not contain it.

    An option without "=" has the value None. Filters are in the order given.
    """

    command: str
    positionals: tuple[str, ...]
    options: dict[str, str | None]
    filters: tuple[FilterText, ...]

    def __repr__(self) -> str:
        """Values and addresses can be secrets."""
        return f"Arguments({', '.join([self.command, *sorted(self.options)])})"


def parse_arguments(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Arguments:
    """Takes a command line apart; `environment` fills ``%NAME%`` in filters.

    Names are lower-cased and aliases resolved; the last of equal options wins. A help word in any place, or
    no command at all, gives the command ``help`` with the topic, if any, as positional; so do a lone option
    and a command with nothing but ``--help``. Raises `UsageError` for options that only the program itself
    may set.
    """
    positionals: list[str] = []
    options: dict[str, str | None] = {}
    filters: list[FilterText] = []
    for argument in argv:
        if not argument.startswith("--"):
            positionals.append(argument)
            continue
        name, value = split_option(argument)
        if name in FILTERS and value:
            if value.strip():
                filters.append(FilterText(name == "include", expand_variables(value, environment or {})))
        else:
            options[name] = value
    return _with_command(positionals, options, tuple(filters))


def expand_variables(text: str, environment: Mapping[str, str]) -> str:
    """`text` with ``%NAME%`` replaced from `environment`; unknown names stay (spec/cli.md 2.6)."""
    expanded, at = "", 0
    while (start := text.find("%", at)) >= 0 and (end := text.find("%", start + 1)) >= 0:
        value = environment.get(text[start + 1 : end])
        # The second mark of an unknown name can be the first of a known one.
        expanded += text[at:end] if value is None else text[at:start] + value
        at = end if value is None else end + 1
    return expanded + text[at:]


def split_option(argument: str) -> tuple[str, str | None]:
    """The declared name and the value of a word that starts with ``--``; None for a value without "=".

    Raises `UsageError` for options that only the program itself may set.
    """
    name, equals, value = argument[2:].partition("=")
    name = canonical_name(name.lower())
    if name in _INTERNAL:
        raise UsageError(reason=f"The option --{name} is for the program's own use and cannot be given.")
    if not equals:
        return name, None
    quoted = len(value) >= 2 and value[0] == value[-1] == '"'
    return name, value[1:-1] if quoted else value


def _with_command(
    positionals: list[str], options: dict[str, str | None], filters: tuple[FilterText, ...]
) -> Arguments:
    asked = not positionals or any(word.lower() in HELP_WORDS for word in positionals)
    if len(positionals) == 1 and not options.keys().isdisjoint({"help", "usage"}):
        asked = True
    if not asked:
        return Arguments(positionals[0].lower(), tuple(positionals[1:]), options, filters)
    topics = [word for word in positionals if word.lower() not in HELP_WORDS]
    if not positionals and len(options) == 1:
        topics = [name for name in options if name not in {"help", "usage"}]
    return Arguments("help", tuple(topics), options, filters)
