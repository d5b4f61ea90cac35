"""An operation that has ended, as scripts and messages are told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from triplicati.messages.log import LogLine
from triplicati.messages.results import Result


class Operation(msgspec.Struct, frozen=True):
    """What is run. `name` as Duplicati has it, `options` and `url` with their secrets in clear: for script
    hooks only. `filters` are ``+`` and ``-`` rules joined by the separator of paths."""

    name: str
    options: Mapping[str, str | None]
    url: str = ""
    sources: Sequence[str] = ()
    filters: str = ""

    def __repr__(self) -> str:
        return f"Operation({self.name})"


class Finished(msgspec.Struct, frozen=True):
    """`result` None and `error` set when it failed; `lines` are all log lines kept for reports, and
    `facts` what is known of the machine and the backup."""

    operation: Operation
    result: Result | None
    error: Exception | None = None
    lines: Sequence[LogLine] = ()
    left_out: int = 0
    facts: Mapping[str, str | None] = {}

    def __repr__(self) -> str:
        return f"Finished({self.operation.name}, {self.parsed})"

    @property
    def parsed(self) -> str:
        """Success, Warning, Error or Fatal (spec/cli.md 9.3)."""
        return "Fatal" if self.error is not None or self.result is None else self.result.parsed
