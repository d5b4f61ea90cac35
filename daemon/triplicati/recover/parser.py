"""The words of `triplicati recover`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from triplicati.errors import UsageError
from triplicati.options.parser import FilterText, split_option
from triplicati.options.registry import REGISTRY
from triplicati.storage.registry import destination_options, known_schemes

PROG = "triplicati recover"
_FAILED = 100
_OPEN_VOLUMES = 200
_DOWNLOAD = (
    "Fetches every volume of a destination and decrypts it into a folder. What is there already is not "
    "fetched again. A damaged volume is kept as it is in the folder \"damaged\", and what can be saved of it "
    "lies beside the others."
)
_INDEX = "Notes in index.txt which block lies in which volume, as the volumes themselves say."
_LIST = "Shows the versions, or the entries of one of them."
_RESTORE = (
    "Restores files of a version. A file gets its place only when its content is proven; where another file "
    "is, the restored one gets a name with a date."
)
_VERSION = "its number, its time (the nearest counts) or the name of its file; the newest when not given"
_OTHERS = (
    "Options of destinations, of gpg and of transfers can be given too, as --name=value: see "
    '"triplicati help options".'
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_FAILED, f"{self.format_usage()}{self.prog}: {message}\n")


class _Rule(argparse.Action):
    """Includes and excludes go into one list, for their order counts."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        rule = FilterText(option_string == "--include", str(values))
        namespace.rules = [*namespace.rules, rule]


def parse(words: Sequence[str]) -> argparse.Namespace:
    """What the words say; `others` are options of the declared ones. Ends the program for ``--help`` and
    for wrong words. Raises `UsageError` for options that do not exist."""
    top = _Parser(
        prog=PROG,
        description="Gets files back from what is left of a destination. No database, no data folder and no "
        "index volume is needed.",
        epilog="exit codes: 0 all is well, 100 nothing could be done, 200 something could not be read or "
        "restored",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(metavar="command", required=True, dest="command")

    def command(name: str, summary: str, description: str, epilog: str = "") -> _Parser:
        parser: _Parser = commands.add_parser(
            name, help=summary, description=description, epilog=epilog, allow_abbrev=False
        )
        parser.add_argument("--prefix", default="", metavar="PREFIX", help="only volumes with this prefix")
        parser.set_defaults(rules=[], patterns=[])
        return parser

    _add_download(command("download", "Fetch and decrypt all volumes.", _DOWNLOAD, _OTHERS))
    index = command("index", "Note which block lies in which volume.", _INDEX)
    _add_folder(index)
    _add_index_file(index)
    listing = command("list", "Show versions, or the entries of one.", _LIST)
    _add_folder(listing)
    listing.add_argument("version", nargs="?", help=_VERSION)
    _add_filters(listing)
    _add_restore(command("restore", "Restore files of a version.", _RESTORE))
    found, unknown = top.parse_known_args(words)
    found.others = _others(unknown)
    return found


def _add_download(parser: _Parser) -> None:
    add = parser.add_argument
    add("url", help="address of the destination")
    add("folder", help="where the volumes go")
    add("--passphrase", metavar="TEXT", help="the variable PASSPHRASE or a question when not given")
    add("--at-once", type=_count, default=4, metavar="N", help="how many volumes are fetched at a time (4)")


def _add_folder(parser: _Parser) -> None:
    parser.add_argument("folder", help="where the volumes are")


def _add_index_file(parser: _Parser) -> None:
    parser.add_argument("--indexfile", metavar="FILE", help="instead of index.txt in the folder")


def _add_restore(parser: _Parser) -> None:
    add = parser.add_argument
    _add_folder(parser)
    add("version", nargs="?", help=_VERSION)
    add("patterns", nargs="*", metavar="file", help="names or patterns, as for restore; all when not given")
    add("--targetpath", "--restore-path", required=True, metavar="FOLDER", help="where the files go")
    _add_filters(parser)
    add("--overwrite", action="store_true", help="replace files that are there")
    add("--partial", action="store_true", help="keep what there is of a file as NAME.partial, with holes")
    add("--disable-file-verify", action="store_true", help="do not compare whole files with their hash")
    add("--skip-metadata", action="store_true", help="leave out times, permissions and attributes")
    add("--restore-permissions", action="store_true", help="restore owner and permissions too")
    add(
        "--max-open-archives", type=_count, default=_OPEN_VOLUMES, metavar="N",
        help=f"volumes that are kept open ({_OPEN_VOLUMES})",
    )  # fmt: skip
    add(
        "--reduce-memory-use", action="store_true",
        help="keep only 4 volumes open; nothing else that grows is held in memory",
    )  # fmt: skip
    _add_index_file(parser)


def _add_filters(parser: _Parser) -> None:
    for name, what in (("--include", "take"), ("--exclude", "leave out")):
        parser.add_argument(name, action=_Rule, metavar="RULE", help=f"{what} what matches; the first counts")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


_count.__name__ = "number"  # part of what argparse says of a wrong one


def _others(words: Sequence[str]) -> dict[str, str | None]:
    known = {*REGISTRY, *(each.name for scheme in known_schemes() for each in destination_options(scheme))}
    found = {}
    for word in words:
        if not word.startswith("--"):
            raise UsageError(reason=f'The word "{word}" is one too many. See: {PROG} --help')
        name, value = split_option(word)
        if name not in known:
            raise UsageError(reason=f"The option --{name} is not known here. See: {PROG} --help")
        found[name] = value
    return found
