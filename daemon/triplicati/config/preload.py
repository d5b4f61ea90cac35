"""Settings of an administrator that fill what a user left open: ``preload.json`` (spec/cli.md 7.6).

The file has three sections, each with settings for ``*`` (every program) and for single programs::

    {"env": {"*": {"NAME": "value"}}, "args": {"cli": ["--name=value"]}, "db": {"server": {"name": "value"}}}
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from triplicati.config.datafolder import chosen_folder
from triplicati.options.parser import FILTERS
from triplicati.options.registry import canonical_name
from triplicati.values.booleans import parse_boolean

NAME = "preload.json"
_VARIABLE, _DEBUG = "DUPLICATI_PRELOAD_SETTINGS", "DUPLICATI_PRELOAD_SETTINGS_DEBUG"
_EVERY = "*"
_LARGEST = 1024**2
Role = Literal["cli", "server", "tray", "service", "control"]


class PreloadFile(msgspec.Struct, frozen=True):
    """One file as it is written."""

    env: dict[str, dict[str, str]] = {}
    args: dict[str, list[str]] = {}
    db: dict[str, dict[str, str | None]] = {}


class Preload(msgspec.Struct, frozen=True):
    """What all files together say to one program; a later file wins over an earlier one."""

    environment: dict[str, str]
    arguments: tuple[str, ...]
    database: dict[str, str | None]

    def __repr__(self) -> str:
        return f"Preload({', '.join([*self.environment, *map(_name, self.arguments)])})"


def preloaded(
    argv: Sequence[str],
    environment: Mapping[str, str],
    *,
    program: Path,
    folder: Path,
    role: Role = "cli",
) -> tuple[list[str], dict[str, str], list[str]]:
    """The words of the command line and the environment with what the files add to them, and notices.

    `program` is the folder of the program, `folder` the data folder. Only gaps are filled: a variable that
    is not set, an option that is not given. Nothing is raised; a file that cannot be used counts as not
    there, which DUPLICATI_PRELOAD_SETTINGS_DEBUG makes a notice.
    """
    files, notices = read_files(environment, program=program, folder=folder)
    if not files:
        return list(argv), dict(environment), notices
    settings = merged(files, role)
    # A word alone asks for help, also on an option; more words would turn that into something else.
    asks = role == "cli" and all(word.startswith("--") for word in argv)
    added = [] if asks else _missing(settings.arguments, argv)
    return [*argv, *added], {**settings.environment, **environment}, notices


def preload_folder(argv: Sequence[str], environment: Mapping[str, str], program: Path) -> Path:
    """The data folder, by the same rules as later, before the options are taken apart.

    ``--server-datafolder PATH`` is understood too, as real Duplicati does here alone (spec/cli.md 7.1).
    """
    named, portable = None, False
    for position, word in enumerate(argv):
        name, equals, value = word.partition("=")
        if name.lower() == "--server-datafolder":
            named = value if equals else (argv[position + 1] if position + 1 < len(argv) else None)
        elif name.lower() == "--portable-mode":
            portable = parse_boolean(value if equals else None)
    return chosen_folder(named, portable, environment, program)


def read_files(
    environment: Mapping[str, str], *, program: Path, folder: Path
) -> tuple[list[PreloadFile], list[str]]:
    """The files there are, weakest first: in the data folder, beside the program, the one named by
    DUPLICATI_PRELOAD_SETTINGS, which with a leading "!" is the only one. Second, notices."""
    named = environment.get(_VARIABLE, "").strip()
    only = named.startswith("!")
    named = named.removeprefix("!").strip()
    # In portable mode the data folder is part of the program's, where one file is enough.
    places = [] if only else [*([] if folder == program / "data" else [folder / NAME]), program / NAME]
    if named:
        places.append(Path(named))
    files: list[PreloadFile] = []
    notices: list[str] = []
    told = parse_boolean(environment[_DEBUG]) if environment.get(_DEBUG) else False
    for path in places:
        found, problem = _read(path, guarded=not only and path == folder / NAME)
        if found is not None:
            files.append(found)
        if told and (problem or found is not None):
            notices.append(f"Preload settings {path}: {problem or 'used'}.")
    return files, notices


def merged(files: Iterable[PreloadFile], role: Role) -> Preload:
    """What counts for one program: what is said to it goes before what is said to every program."""
    files = list(files)
    environment: dict[str, str] = {}
    database: dict[str, str | None] = {}
    arguments: list[str] = []
    for key in (_EVERY, role):
        for file in files:
            environment |= file.env.get(key, {})
            database |= file.db.get(key, {})
            arguments += [word for word in file.args.get(key, []) if word.startswith("--")]
    return Preload(environment, tuple(_last_of_each(arguments)), database)


def _read(path: Path, *, guarded: bool) -> tuple[PreloadFile | None, str]:
    """The file, or why it is not used. A `guarded` one must be safe from other users."""
    try:
        with path.open("rb") as file:
            if guarded and not _is_safe(os.fstat(file.fileno()), path.parent):
                return None, f"not used, for other users can change or read it; run: chmod 600 {path}"
            content = file.read(_LARGEST)
        return msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=PreloadFile), ""
    except FileNotFoundError:
        return None, "not there"
    except OSError as error:
        return None, f"not used: {error.strerror}"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return None, f"not used: {error}"


def _is_safe(status: os.stat_result, folder: Path) -> bool:
    """Nobody else may write it, and nobody else read it, be it for its own mode or that of its folder."""
    if sys.platform == "win32":
        return True
    mode, around = stat.S_IMODE(status.st_mode), folder.stat()
    owners = (os.geteuid(), 0)
    if status.st_uid not in owners or around.st_uid not in owners:
        return False
    closed = not stat.S_IMODE(around.st_mode) & 0o077
    return closed or (not mode & 0o077 and not stat.S_IMODE(around.st_mode) & 0o022)


def _missing(words: Sequence[str], argv: Sequence[str]) -> list[str]:
    """The words whose option the command line does not have; filters of it rule out all filters."""
    given = {_name(word) for word in argv if word.startswith("--")}
    if given & FILTERS:
        given |= FILTERS
    return [word for word in words if _name(word) not in given]


def _last_of_each(words: Sequence[str]) -> list[str]:
    """Of equal options the last; filters have an order, so all of them stay."""
    last = {_name(word): position for position, word in enumerate(words)}
    return [
        word
        for position, word in enumerate(words)
        if last[_name(word)] == position or _name(word) in FILTERS
    ]


def _name(word: str) -> str:
    return canonical_name(word.removeprefix("--").partition("=")[0].lower())
