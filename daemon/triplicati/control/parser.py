"""The words of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import msgspec

from triplicati import __version__

DEFAULT_URL = "http://localhost:8200"


class Command(msgspec.Struct, frozen=True):
    """`module` of this package has `add(parser)` and ``async run(session, words) -> int``."""

    name: str
    summary: str
    module: str
    aliases: tuple[str, ...] = ()


COMMANDS = (
    Command("list", "Show the backups.", "list", ("list-backups",)),
    Command("run", "Start a backup, and wait for its end if told so.", "run"),
    Command("stop", "Stop the task that runs, or a certain one.", "stop"),
    Command("pause", "Pause the server for a time, or until resumed; or turn a schedule off.", "pause"),
    Command("resume", "End the pause, or turn a schedule on.", "resume"),
    Command("status", "Show what the server does.", "status"),
    Command("events", "Follow what happens, one JSON object a line.", "events"),
    Command("log", "Show the newest results of a backup.", "log"),
    Command("health", "Ask whether the server is well.", "health"),
    Command("sign-in-link", "Print an address that opens the page signed in.", "sign_in_link"),
    Command("change-password", "Give the server a new password.", "change_password"),
    Command(
        "forever-token", "Print a token without an end.", "forever_token", ("issue-forever-token",)
    ),
    Command("export", "Save backups as job files.", "export"),
    Command("import", "Add a backup from a job file.", "import_file"),
    Command("delete", "Remove a backup from the server.", "delete"),
)
_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.format_usage()}{self.prog}: {message}\n")


def parse(words: Sequence[str], prog: str) -> argparse.Namespace:
    """What the words say; `command` is the `Command`. Ends the program for ``--help`` and for wrong words."""
    top = _Parser(
        prog=prog,
        description="Asks a running server, and tells it what to do.",
        epilog="A user who can read the data folder of a server needs no password for it. "
        "Otherwise it is taken from --password, DUPLICATI__WEBSERVICE_PASSWORD, or asked for.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"Triplicati {__version__}")
    commands = top.add_subparsers(metavar="command", required=True, dest="name")
    wanted = next((word for word in words if word in _BY_NAME), None)
    general = _general()
    for each in COMMANDS:
        parser = commands.add_parser(
            each.name,
            help=each.summary,
            description=each.summary,
            aliases=list(each.aliases),
            allow_abbrev=False,
            parents=[general],
        )
        # The others need not be loaded.
        if wanted is not None and _BY_NAME[wanted] is each:
            import_module(f"triplicati.control.{each.module}").add(parser)
    _add_general(top)
    found = top.parse_args(words)
    found.command = _BY_NAME[found.name]
    return found


def _general() -> _Parser:
    """Options are taken before the command and behind it; behind it, they must not undo what was before."""
    parser = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_general(parser)
    return parser


def _add_general(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the server")
    add = group.add_argument
    add("--hosturl", metavar="URL", help=f"its address (that of the data folder, else {DEFAULT_URL})")
    add("--password", metavar="PASSWORD", help='its password; "-" reads a line of standard input')
    add("--server-datafolder", metavar="FOLDER", help="data folder of the server")
    add("--portable-mode", action="store_true", help="its data folder lies beside the program")
    add("--settings-encryption-key", metavar="KEY", help="key of its settings, if it was given one")
    add("--insecure", action="store_true", help="trust any certificate")
    add("--host-cert", metavar="SHA256", help="trust this certificate only")
    add("--json", action="store_true", help="print one JSON object")
