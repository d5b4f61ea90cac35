"""`duplicati-service` from the words of its command line to an exit code (spec/server.md 10.1)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from triplicati import __version__
from triplicati.errors import InvalidValue, UsageError
from triplicati.service.options import OWN_OPTIONS, Patience, service_words
from triplicati.service.program import program_words

_WRONG = 100
# What Duplicati's program of this name understands on Windows.
_VERBS = {
    "INSTALL": ("install",),
    "INSTALL-ONLY": ("install", "--no-start"),
    "UNINSTALL": ("uninstall",),
}


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """0 after a signal, 100 for wrong options, else the code of the server it gave up."""
    verb = _VERBS.get(words[0].upper()) if words else None
    if verb is not None:
        from triplicati.service.installation.command import run as run_command  # noqa: PLC0415

        return run_command([*verb, *words[1:]], environment, "triplicati service")
    if list(words) == ["--version"]:
        print(f"Triplicati {__version__}")
        return 0
    try:
        parsed = service_words(words, environment)
    except (InvalidValue, UsageError) as error:
        print(f"ErrorID: {error.id}\n{error}", file=sys.stderr)
        return _WRONG
    if parsed.help:
        print(_help(shutil.get_terminal_size((100, 24)).columns))
        return 0
    if parsed.ignored:
        # Not shown: it may be a password that stands apart from its option.
        text = f"{parsed.ignored} word(s) are no options and are ignored; write --NAME=VALUE without a blank"
        print(f"duplicati-service: {text}", file=sys.stderr)
    return _kept(parsed.server, {**environment, **parsed.secrets}, parsed.patience)


def _kept(words: Sequence[str], environment: Mapping[str, str], patience: Patience) -> int:
    import trio  # noqa: PLC0415 - help needs none of this

    from triplicati.service.keeping import keep_running  # noqa: PLC0415

    server = program_words("duplicati-server", Path(sys.argv[0]).resolve().parent)
    return trio.run(keep_running, (*server, *words, "--ping-pong-keepalive=true"), environment, patience)


def _help(width: int) -> str:
    from triplicati.options.help_text import facts, wrap  # noqa: PLC0415

    lines = [
        "Usage: duplicati-service [--option=value ...]",
        "       duplicati-service INSTALL | INSTALL-ONLY | UNINSTALL",
        "",
        wrap(
            "Starts the server, asks it now and then whether it lives, and starts it again when it has ended "
            "or does not answer. A signal, as that of Ctrl-C, ends both.",
            width,
        ),
        wrap(
            "All options of duplicati-server are passed on to it; see duplicati-server --help. "
            "Passwords and keys reach it by its environment, where no list of processes shows them.",
            width,
        ),
        wrap('To start it with the computer: "triplicati service install", which INSTALL stands for.', width),
        "",
        "Options of its own",
    ]
    for option in OWN_OPTIONS:
        lines.append(wrap(f"--{option.name} ({option.type.value}): {option.summary}", width, "  ", "    "))
        lines += [wrap(fact, width, "    ", "      ") for fact in facts(option)]
    return "\n".join(lines)
