"""Scripts that let a shell complete command lines, made from the declarations.

They hold all they know and never call the program. Only what works is offered. An option takes its value
after "=", in the same word. What is the same for every release lies in the folder ``shells``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from triplicati.options.commands import COMMANDS, Command
from triplicati.options.declarations import OptionType
from triplicati.options.registry import REGISTRY

PROGRAMS = ("triplicati", "duplicati-cli")
_SWITCH = ("true", "false")


class _Word(msgspec.Struct, frozen=True):
    """An option as shells see it: what can follow "=". `optional` when the name alone does as well."""

    name: str
    summary: str
    values: tuple[str, ...] = ()
    path: bool = False
    optional: bool = False
    repeats: bool = False


def bash(topics: Sequence[str]) -> str:
    """`topics` are what help can be asked for."""
    options = _options()
    return _filled(
        "bash",
        commands=" ".join(command.name for command in _commands()),
        options=_folded(f"{each.name}{'' if each.optional else '='}" for each in options),
        values="\n".join(_bash_values(options)),
        paths="|".join(f"--{each.name}" for each in options if each.path),
        topics=_folded(topics),
        destination="|".join(_with_destination()),
        programs=" ".join(PROGRAMS),
    )


def zsh(topics: Sequence[str]) -> str:
    """As `bash`."""
    return _filled(
        "zsh",
        programs=" ".join(PROGRAMS),
        commands="\n".join(_zsh_described(command.name, command.summary) for command in _commands()),
        options="\n".join(map(_zsh_option, _options())),
        topics=_folded(topics),
        destination="|".join(_with_destination()),
    )


def fish(topics: Sequence[str]) -> str:
    """As `bash`."""
    return _filled(
        "fish",
        programs=" ".join(PROGRAMS),
        destination=" ".join(_with_destination()),
        commands="\n".join(
            f"    complete -c $program -n __triplicati_needs_command -a {command.name}"
            f" -d {_single_quoted(command.summary, fish=True)}"
            for command in _commands()
        ),
        topics=_folded(topics),
        options="\n".join(map(_fish_option, _options())),
    )


def _commands() -> list[Command]:
    return [command for command in COMMANDS if command.built and not command.hidden]


def _with_destination() -> list[str]:
    return [name for each in _commands() if each.destination for name in (each.name, *each.aliases)]


def _options() -> list[_Word]:
    words = [
        _Word("exclude", "Leave out what matches a rule.", path=True, repeats=True),
        _Word("include", "Take what matches a rule.", path=True, repeats=True),
    ]
    for option in REGISTRY.values():
        if option.state != "works" or option.deprecated:
            continue
        switch = option.type is OptionType.BOOLEAN
        words.append(
            _Word(
                option.name,
                option.summary,
                values=_SWITCH if switch else option.values,
                path=option.type is OptionType.PATH or option.name == "restore-path",
                optional=switch,
            )
        )
    return sorted(words, key=lambda each: each.name)


def _folded(words: Iterable[str]) -> str:
    """Words one behind the other, in lines of bearable length."""
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 100:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\n".join(each.strip() for each in [*lines, line])


def _bash_values(options: Iterable[_Word]) -> Iterator[str]:
    """One branch for the options that share their values."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for option in options:
        if option.values:
            shared.setdefault(option.values, []).append(f"--{option.name}")
    for values, names in shared.items():
        yield f"        {'|'.join(names)})\n            _triplicati_words '{' '.join(values)}' ;;"


def _zsh_described(name: str, summary: str) -> str:
    return "        " + _single_quoted(f"{name}:{summary}")


def _zsh_option(option: _Word) -> str:
    summary = option.summary.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    action = "_files" if option.path else f"({' '.join(option.values)})" if option.values else " "
    colons = "::" if option.optional else ":"
    star = "*" if option.repeats else ""
    return "        " + _single_quoted(f"{star}--{option.name}=-[{summary}]{colons}value:{action}") + " \\"


def _fish_option(option: _Word) -> str:
    """Two lines: the name, with "=" where a value must follow, and what can follow that."""
    name = f"--{option.name}{'' if option.optional else '='}"
    summary = _single_quoted(option.summary, fish=True)
    values = "-r -F" if option.path else f"-x -a '{' '.join(option.values)}'"
    return (
        f"    complete -c $program -n __triplicati_in_name -a {name} -d {summary}\n"
        f"    complete -c $program -n __triplicati_in_value -l {option.name} {values}"
    )


def _single_quoted(text: str, *, fish: bool = False) -> str:
    if fish:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "'" + text.replace("'", "'\\''") + "'"


def _filled(shell: str, **parts: str) -> str:
    """The script with its places, as <<name>>, filled."""
    text = (Path(__file__).parent / "shells" / f"completion.{shell}").read_text("utf-8")
    for name, part in parts.items():
        text = text.replace(f"<<{name}>>", part)
    return text.removesuffix("\n")
