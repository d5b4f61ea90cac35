"""One command of a user with all it needs."""

from __future__ import annotations

from triplicati.cli.console import Console
from triplicati.errors import UsageError
from triplicati.operations.order import NOWHERE, Order, place_of, remote_of, unlocking
from triplicati.options.commands import Command, find_command

__all__ = ["NOWHERE", "Request", "place_of", "remote_of", "unlocking", "wrong_usage"]


class Request(Order, kw_only=True):
    """`word` is the command as it was typed, in lower case."""

    command: Command
    word: str
    console: Console

    def __repr__(self) -> str:
        return f"Request({self.command.name})"


def wrong_usage(command: str, reason: str) -> UsageError:
    found = find_command(command)
    lines = (
        reason,
        f"Usage: {command} {found.usage if found else ''} [--option=value ...]",
        f'"help {command}" explains it.',
    )
    return UsageError(reason="\n".join(lines))
