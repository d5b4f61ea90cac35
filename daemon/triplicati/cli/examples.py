"""example: a command line for each thing that can be done."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.cli.screen import columns, show_text
from triplicati.options.commands import SECTIONS, find_command
from triplicati.options.help_text import examples, wrap
from triplicati.options.parser import Arguments


def show(arguments: Arguments) -> int:
    return show_text("\n".join(lines(columns())))


def lines(width: int) -> Iterator[str]:
    """Of the commands that work, but for those on the program itself."""
    for heading, names in SECTIONS[:-1]:
        yield heading
        for name in names:
            command = find_command(name)
            if command is not None and command.built:
                yield ""
                yield wrap(f"{command.summary.rstrip('.')}:", width)
                yield from examples(name, width)
        yield ""
    yield wrap(
        '"help <command>" tells more of each. Words with * or ? are quoted, or the shell replaces them.',
        width,
    )
