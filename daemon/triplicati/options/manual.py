"""Manual pages made from the declarations, in the macros of man(7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from triplicati.options.command_texts import DETAILS
from triplicati.options.commands import SECTIONS, Command, find_command
from triplicati.options.help_text import (
    BLANK_INSIDE,
    PROGRAM,
    examples,
    facts,
    group_names,
    groups,
    is_list_line,
)
from triplicati.options.help_topics import SUBJECTS
from triplicati.options.registry import REGISTRY

_WIDTH = 72
_OWN_SECTIONS = {"returncodes": "EXIT STATUS", "environment": "ENVIRONMENT"}
_ESCAPES = str.maketrans(
    {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", '"': "\\(dq"}
)


def pages(version: str, today: date) -> dict[str, str]:
    """All pages by the names of their files."""
    found = {f"{PROGRAM}.1": main_page(version, today)}
    for command in _visible():
        found[f"{PROGRAM}-{command.name}.1"] = command_page(command, version, today)
    return found


def main_page(version: str, today: date) -> str:
    return _joined(
        [
            _title(PROGRAM, version, today),
            ".SH NAME",
            f"{PROGRAM} \\- backups in the format of Duplicati",
            ".SH SYNOPSIS",
            f".B {PROGRAM}",
            ".I command",
            ".RI [ destination ]",
            ".RI [ argument \\ ...]",
            ".RI [ \\-\\-option = value \\ ...]",
            ".SH DESCRIPTION",
            *_text("Makes backups that are encrypted, deduplicated and versioned, and restores them."),
            ".SH COMMANDS",
            *_commands(),
            ".SH OPTIONS",
            *_text("An option that takes a value has it after an equals sign, in the same word."),
            *(
                line
                for group in groups()
                for line in (f".SS {_escaped(group)}", *_options(group_names(group)))
            ),
            *_subjects(),
            ".SH EXAMPLES",
            *_examples("backup", "list", "restore"),
            ".SH SEE ALSO",
            ",\n".join(f".BR {_escaped(f'{PROGRAM}-{each.name}')} (1)" for each in _visible()),
        ]
    )


def command_page(command: Command, version: str, today: date) -> str:
    name = f"{PROGRAM}-{command.name}"
    lines = [
        _title(name, version, today),
        ".SH NAME",
        f"{_escaped(name)} \\- {_escaped(command.summary.rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {PROGRAM} {_escaped(command.name)}",
        BLANK_INSIDE.sub(
            r"\\ ", _escaped(f"{command.usage} {'' if command.static else '[--option=value ...]'}".strip())
        ),
        ".SH DESCRIPTION",
        *_text(command.summary),
        *_text(DETAILS.get(command.name, "")),
    ]
    if command.aliases:
        lines += _text(f"Also written: {', '.join(command.aliases)}")
    if not command.built:
        lines += _text("This command is known but not built yet.")
    if command.options:
        lines += [
            ".SH OPTIONS",
            *_text("Those used most; triplicati(1) lists all."),
            *_options(command.options),
        ]
    lines += [".SH EXAMPLES", *_examples(command.name)]
    lines += [".SH SEE ALSO", f".BR {PROGRAM} (1)"]
    return _joined(lines)


def _visible() -> list[Command]:
    return [command for _, names in SECTIONS for name in names if (command := find_command(name))]


def _title(name: str, version: str, today: date) -> str:
    """Names of options are not to be broken at their hyphens."""
    title = f'.TH {_escaped(name.upper())} 1 "{today.isoformat()}" "Triplicati {version}" "User Commands"'
    return f"{title}\n.nh\n.ad l"


def _commands() -> Iterator[str]:
    for heading, names in SECTIONS:
        yield f".SS {_escaped(heading)}"
        for name in names:
            command = find_command(name)
            assert command is not None
            yield from (".TP", f".B {_escaped(name)}")
            yield _escaped(command.summary + ("" if command.built else " Not built yet."))


def _options(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        option = REGISTRY[name]
        yield from (".TP", f".BR \\-\\-{_escaped(name)} \\ ({option.type.value})")
        yield _escaped(option.summary)
        for fact in facts(option):
            yield from (".br", _escaped(fact))


def _subjects() -> Iterator[str]:
    """Those that have a section of their own come last."""
    yield ".SH SUBJECTS"
    for key, (title, text) in SUBJECTS.items():
        if key not in _OWN_SECTIONS:
            yield from (f".SS {_escaped(title)}", *_text(text))
    for key, heading in _OWN_SECTIONS.items():
        yield from (f".SH {heading}", *_text(SUBJECTS[key][1]))


def _text(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.startswith("  "):
            yield from (".PP", ".nf", _escaped(line), ".fi")
        elif is_list_line(line):
            word, _, rest = line.partition(": ")
            yield from (".TP", f".B {_escaped(word)}", _escaped(rest))
        else:
            yield from (".PP", _escaped(line))


def _examples(*commands: str) -> Iterator[str]:
    for command in commands:
        for lines in examples(command, _WIDTH):
            yield from (".PP", ".nf", *map(_escaped, lines.split("\n")), ".fi")


def _escaped(text: str) -> str:
    escaped = text.translate(_ESCAPES)
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def _joined(lines: Iterable[str]) -> str:
    """A paragraph below a heading needs no break of its own."""
    kept: list[str] = []
    for line in lines:
        if line == ".PP" and kept and kept[-1].startswith((".SH", ".SS")):
            continue
        if line:
            kept.append(line)
    return "\n".join(kept) + "\n"
