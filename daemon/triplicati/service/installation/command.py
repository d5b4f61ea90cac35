"""`triplicati service install|uninstall|status`: the words, and what is done for them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from triplicati.errors import InvalidValue, TriplicatiError, UsageError

_WRONG = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_WRONG, f"{self.format_usage()}{self.prog}: {message}\n")


def run(words: Sequence[str], environment: Mapping[str, str], prog: str = "triplicati service") -> int:
    """0 for success, 1 for a failure, 2 for what the user did wrong; `status`: 0 running, 3 not running,
    4 not installed. Raises `SystemExit` for ``--help`` and for words that make no sense."""
    parser = _parser(prog)
    parsed, rest = parser.parse_known_args(words)
    if rest and parsed.command != "install":
        parser.error(f"{len(rest)} word(s) are not known here; see {prog} {parsed.command} --help")
    try:
        return _run(parsed, rest, environment)
    except TriplicatiError as error:
        print(f"ErrorID: {error.id}\n{error}", file=sys.stderr)
        return _WRONG if isinstance(error, UsageError | InvalidValue) else 1


def _run(words: argparse.Namespace, rest: Sequence[str], environment: Mapping[str, str]) -> int:
    from triplicati.service.installation import doing  # noqa: PLC0415 - help needs none of this
    from triplicati.service.installation.wanting import wanted  # noqa: PLC0415

    here = wanted(words, rest, environment)
    if words.command == "install":
        return doing.install(here, start=words.start, dry=words.dry_run, force=words.force, say=print)
    if words.command == "uninstall":
        return doing.uninstall(here, dry=words.dry_run, force=words.force, say=print)
    return doing.status(here, environment, say=print)


def _parser(prog: str) -> _Parser:
    top = _Parser(
        prog=prog,
        description="Lets the server start with this computer, or with your session.",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(metavar="command", required=True, dest="command")
    scope = _scope()
    install = commands.add_parser(
        "install",
        help="Make the server a service, and start it.",
        description="Makes the server a service for a data folder, and starts it. All options of "
        "duplicati-server can be given, as --webservice-port=8300. Passwords and keys are better given by "
        "the environment, as DUPLICATI__WEBSERVICE_PASSWORD; they go to a file that only its owner can read, "
        "never into the unit.",
        parents=[scope],
        allow_abbrev=False,
    )
    install.add_argument(
        "--start",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="start it now, and with the system or your session (the default)",
    )
    uninstall = commands.add_parser(
        "uninstall",
        help="Stop the service, and remove what install has written; all data stay.",
        description="Stops the service, and removes what install has written. The data folder, its backups "
        "and drop-ins of yours stay.",
        parents=[scope],
        allow_abbrev=False,
    )
    for parser in (install, uninstall):
        parser.add_argument(
            "--dry-run", "--print", action="store_true", help="only show what would be written and run"
        )
        parser.add_argument("--force", action="store_true", help="also where you have changed the file")
    commands.add_parser(
        "status",
        help="Show whether it is installed and runs, and where.",
        description="Shows whether the service is installed and runs, and where. Exit code 0 running, "
        "3 not running, 4 not installed.",
        parents=[scope],
        allow_abbrev=False,
    )
    return top


def _scope() -> _Parser:
    parser = _Parser(add_help=False)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--system", action="store_true", help="a service of the system (the default for root)")
    which.add_argument("--user", action="store_true", help="a service of yours (the default for others)")
    parser.add_argument("--name", default="triplicati", help="its name, for a second one (triplicati)")
    parser.add_argument("--server-datafolder", metavar="FOLDER", help="the data folder of the server")
    return parser
