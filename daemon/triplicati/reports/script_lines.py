"""What a script says on its standard output (spec/cli.md 5.4)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from triplicati.messages.progress import Report

_LOG = "LOG:"
# Set by the program itself and by nobody else.
_NOT_FOR_SCRIPTS = frozenset({"eventname", "operationname", "main-action"})


class Said(msgspec.Struct):
    """`log` are pairs of level and text; `options` what a script wants set, `changes` the special ones
    ``remoteurl``, ``localpath`` and ``filter``."""

    log: list[tuple[str, str]] = msgspec.field(default_factory=list)
    options: dict[str, str | None] = msgspec.field(default_factory=dict)
    changes: dict[str, str] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Said({len(self.log)} lines, options {sorted(self.options)})"


def parse_output(lines: Sequence[str]) -> Said:
    """Lines that are neither for the log nor options are the script's own business."""
    said = Said()
    for line in map(str.strip, lines):
        if line.startswith(_LOG):
            level, _, text = line.removeprefix(_LOG).partition(" ")
            said.log.append((level.strip().upper(), text.strip()))
        elif line.startswith("--") and len(line) > 2:
            _take_option(line, said)
    return said


def pass_on(said: Said, report: Report) -> None:
    """The lines for the log; a level that is not known counts as information."""
    for level, text in said.log:
        if level.startswith("WARN"):
            report.warning("ScriptOutput", text)
        elif level.startswith("ERR"):
            report.error("ScriptOutput", text)
        else:
            report.log("Information", "ScriptOutput", text)


def _take_option(line: str, said: Said) -> None:
    name, equals, value = line[2:].partition("=")
    name, value = name.strip().lower(), value.strip()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    if name in {"remoteurl", "localpath", "filter"}:
        said.changes[name] = value
    elif name and name not in _NOT_FOR_SCRIPTS:
        said.options[name] = value if equals else None
