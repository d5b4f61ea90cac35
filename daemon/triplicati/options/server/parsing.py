"""The server's command line and the environment, taken apart (spec/server.md 1.1, 1.2, 1.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from triplicati.options.declarations import Option
from triplicati.options.parser import HELP_WORDS
from triplicati.options.server.registry import SERVER_OPTIONS, server_name
from triplicati.options.validation import OptionWarning
from triplicati.options.value_checks import asks_for_more, problem_with

_PREFIX = "DUPLICATI__"
_HELP = HELP_WORDS | {"--help", "--usage", "/?"}
# Read where the key is looked for, so that an error can name the variable.
_NOT_FROM_ENVIRONMENT = frozenset({"help", "settings-encryption-key"})


class Words(msgspec.Struct, frozen=True):
    """`options` under their declared names, None for one without "="; `others` are no options."""

    options: dict[str, str | None]
    others: tuple[str, ...]
    help: bool

    def __repr__(self) -> str:
        """Values can be secrets."""
        return f"Words({', '.join(sorted(self.options))})"


def parse_words(argv: Sequence[str]) -> Words:
    """Takes a command line apart; the last of equal options wins, and a help word anywhere asks for help."""
    options: dict[str, str | None] = {}
    others: list[str] = []
    for word in argv:
        if not word.startswith("--"):
            others.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        quoted = len(value) >= 2 and value[0] == value[-1] == '"'
        options[server_name(name.lower())] = (value[1:-1] if quoted else value) if equals else None
    return Words(options, tuple(others), any(word.lower() in _HELP for word in argv))


def options_of_environment(environment: Mapping[str, str]) -> dict[str, str | None]:
    """What ``DUPLICATI__NAME_WITH_DASHES`` says, where it is not empty; the declared name goes before an
    alias."""
    found: dict[str, str | None] = {}
    for option in SERVER_OPTIONS.values():
        names = (option.name, *option.aliases)
        values = [environment.get(variable_of(name)) for name in names]
        if option.name not in _NOT_FROM_ENVIRONMENT and any(values):
            found[option.name] = next(filter(None, values))
    return found


def variable_of(name: str) -> str:
    """The environment variable that stands in for an option."""
    return _PREFIX + name.upper().replace("-", "_")


def server_warnings(options: Mapping[str, str | None], others: Sequence[str] = ()) -> list[OptionWarning]:
    """What is odd about the options; none of it keeps the server from starting."""
    found = []
    if others:
        # Not shown: it may be a password that stands apart from its option.
        message = (
            f"{len(others)} word(s) are no options and will be ignored; write --NAME=VALUE without a blank"
        )
        found.append(OptionWarning("UnsupportedOption", "", message))
    for name, value in options.items():
        option = SERVER_OPTIONS.get(name)
        found += [_unknown(name)] if option is None else _about(option, value)
    return found


def _about(option: Option, value: str | None) -> list[OptionWarning]:
    found = []
    if option.state == "inert" and asks_for_more(option, value):
        message = f"The option --{option.name} has no effect here: {option.reason}"
        found.append(OptionWarning("OptionWithoutEffect", option.name, message))
    if (problem := problem_with(option, value)) is not None:
        message = f'The value "{value}" supplied to --{option.name} {problem}'
        found.append(OptionWarning("OptionValidationError", option.name, message))
    return found


def _unknown(name: str) -> OptionWarning:
    import difflib  # noqa: PLC0415 - only for the one who mistyped

    alike = difflib.get_close_matches(name, SERVER_OPTIONS, 1, 0.8)
    hint = f". Did you mean --{alike[0]}?" if alike else ""
    message = f"The supplied option --{name} is not supported and will be ignored{hint}"
    return OptionWarning("UnsupportedOption", name, message)
