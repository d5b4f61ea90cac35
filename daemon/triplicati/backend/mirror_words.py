"""The words of `triplicati mirror`, as those of Duplicati's SyncTool (spec/cli.md 8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from triplicati.errors import InvalidValue, UsageError
from triplicati.messages.log import LEVELS
from triplicati.options.option_values import is_integer
from triplicati.options.parser import split_option
from triplicati.values.booleans import is_boolean, parse_boolean

PROG = "triplicati mirror"
Options = dict[str, str | None]
# An address has its colon before any "=".
_PAIR = re.compile(r"(?:--)?[A-Za-z0-9_-]+=")
_SHORT = {"-y": "--confirm", "-d": "--dry-run", "-f": "--force", "-h": "--help", "-?": "--help"}
_MOST = 64

HELP = """\
Usage: triplicati mirror <source> <destination> [--option=value ...]

Makes the destination hold the same volumes as the source, both of any kind. No local database and no
passphrase is needed. New volumes are copied first, in the order in which a backup writes them; old ones are
deleted at the end, when a fresh listing shows all new ones. So it can be stopped at any time: whatever is
listed there can be restored, and the same command goes on. Files that are no volumes are not touched.

  -y, --confirm                          do not ask before anything is done
  -d, --dry-run                          only tell what would be done
  -f, --force                            copy all volumes again, also over those of another backup
  --prefix=text                          only volumes with this prefix, instead of all
  --at-once=4                            how many volumes are copied side by side
  --retention                            give old volumes another name instead of deleting them
  --verify-contents                      compare what is there already with the source
  --verify-get-after-put                 fetch each volume that was copied, and compare it
  --despite-failures                     copy lists too where volumes that they need could not be copied
  --retry=3                              how often a volume is copied that was found to differ
  --auto-create-folders=true             create the folder of the destination where it is missing
  --backend-retries=3                    how often a request that failed is tried again
  --backend-retry-delay=1000             milliseconds before that
  --backend-retry-with-exponential-backoff=true   each time twice as long
  --src-options name=value ...           options of the source
  --dst-options name=value ...           options of the destination
  --global-options name=value ...        options of both; --name=value alone means the same
  --progress                             tell of progress where nobody sits at a terminal too
  --log-file=path                        append what happens to a file
  --log-level=Information                how much is told
  --parse-arguments-only                 only check these words

Example: triplicati mirror file:///mnt/disk/backup s3://bucket/folder --dst-options s3-server-name=host -y

Exit codes: 0 both hold the same, 255 it was stopped or not confirmed, 200 the words make no sense, else
the number of errors."""


class Given(msgspec.Struct):
    """`delay` in seconds; the options of a side are those of both and its own."""

    source: str = ""
    target: str = ""
    asks_help: bool = False
    asks_version: bool = False
    confirmed: bool = False
    dry_run: bool = False
    force: bool = False
    prefix: str = ""
    at_once: int = 4
    keeps_old: bool = False
    checks_all: bool = False
    checks_copies: bool = False
    despite_failures: bool = False
    attempts: int = 3
    creates: bool = True
    retries: int = 3
    delay: float = 1.0
    backoff: bool = True
    source_options: Options = msgspec.field(default_factory=dict)
    target_options: Options = msgspec.field(default_factory=dict)
    options: Options = msgspec.field(default_factory=dict)
    progress: bool = False
    log_file: str = ""
    log_level: str = "Information"
    only_parses: bool = False

    def __repr__(self) -> str:
        return "Given()"


_SWITCHES = {
    "help": "asks_help",
    "version": "asks_version",
    "confirm": "confirmed",
    "yes": "confirmed",
    "dry-run": "dry_run",
    "force": "force",
    "retention": "keeps_old",
    "verify-contents": "checks_all",
    "verify-get-after-put": "checks_copies",
    "auto-create-folders": "creates",
    "backend-retry-with-exponential-backoff": "backoff",
    "despite-failures": "despite_failures",
    "progress": "progress",
    "parse-arguments-only": "only_parses",
}
_LISTS = {
    "global-options": "options",
    "src-options": "source_options",
    "dst-options": "target_options",
}


def _number(least: int, most: int = 10**6) -> Callable[[str], int]:
    def parsed(text: str) -> int:
        if not is_integer(text) or not least <= int(text) <= most:
            raise InvalidValue(value=text, kind="number", reason=f"it is from {least} to {most}")
        return int(text)

    return parsed


def _milliseconds(text: str) -> float:
    return _number(0, 10**8)(text) / 1000


def _level(text: str) -> str:
    found = {each.lower(): each for each in LEVELS}.get(text.lower())
    if found is None:
        raise InvalidValue(value=text, kind="level", reason=f"there are {', '.join(LEVELS)}")
    return found


_VALUES: dict[str, tuple[str, Callable[[str], str | int | float]]] = {
    "prefix": ("prefix", str),
    "at-once": ("at_once", _number(1, _MOST)),
    "retry": ("attempts", _number(0)),
    "backend-retries": ("retries", _number(0)),
    "backend-retry-delay": ("delay", _milliseconds),
    "log-file": ("log_file", str),
    "log-level": ("log_level", _level),
}


def parse(words: Sequence[str]) -> Given:
    """A value follows "=" or is the next word. Raises `UsageError`."""
    given, rest, positionals = Given(), list(words), list[str]()
    while rest:
        word = rest.pop(0)
        word = _SHORT.get(word, word)
        if not word.startswith("-") or word == "-":
            positionals.append(word)
            continue
        if not word.startswith("--"):
            raise UsageError(reason=f'"{word}" is not known.')
        name, value = split_option(word)
        try:
            _take(given, name, value, rest)
        except InvalidValue as error:
            raise UsageError(reason=f"--{name}: {error}") from None
    if given.asks_help or given.asks_version:
        return given
    if len(positionals) != 2:
        raise UsageError(reason="The addresses of a source and of a destination are needed, no other words.")
    given.source, given.target = positionals
    return given


def _take(given: Given, name: str, value: str | None, rest: list[str]) -> None:
    if name in _SWITCHES:
        if value is None and rest and is_boolean(rest[0]) and not rest[0].isdigit():
            value = rest.pop(0)
        if value is not None and not is_boolean(value):
            raise InvalidValue(value=value, kind="switch", reason="it is true or false")
        setattr(given, _SWITCHES[name], parse_boolean(value))
    elif name in _LISTS:
        found: Options = getattr(given, _LISTS[name])
        if value is not None:
            found.update([_pair(value)])
        while rest and _PAIR.match(rest[0]) and (value is None or not rest[0].startswith("--")):
            if rest[0].startswith("--") and _is_ours(rest[0]):
                break
            found.update([_pair(rest.pop(0))])
    elif name in _VALUES:
        field, parsed = _VALUES[name]
        if value is None:
            if not rest:
                raise UsageError(reason=f"--{name} needs a value.")
            value = rest.pop(0)
        setattr(given, field, parsed(value))
    else:
        given.options[name] = value


def _is_ours(word: str) -> bool:
    name, _ = split_option(word)
    return name in _SWITCHES or name in _LISTS or name in _VALUES


def _pair(text: str) -> tuple[str, str | None]:
    if "=" not in text:
        raise InvalidValue(value=text, kind="option", reason="the form is name=value")
    return split_option(f"--{text.removeprefix('--')}")
