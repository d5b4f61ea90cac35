"""completion bash|zsh|fish: prints what lets a shell complete our command lines."""

from __future__ import annotations

from triplicati.cli.help_lookup import all_topics
from triplicati.cli.request import wrong_usage
from triplicati.cli.screen import show_text
from triplicati.options import completion
from triplicati.options.parser import Arguments


def show(arguments: Arguments) -> int:
    """Raises `UsageError` for any other shell."""
    shells = {"bash": completion.bash, "zsh": completion.zsh, "fish": completion.fish}
    wanted = [each.lower() for each in arguments.positionals]
    if len(wanted) != 1 or wanted[0] not in shells:
        raise wrong_usage("completion", "Name one shell: bash, zsh or fish.")
    return show_text(shells[wanted[0]](all_topics()))
