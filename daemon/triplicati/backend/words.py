"""The words of `triplicati backend` (spec/cli.md 8): commands, options, and what help says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

import msgspec

from triplicati.backend import bench_options, trial_options
from triplicati.config.parameters import read_parameters
from triplicati.errors import UsageError
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.options.parameters_file import OPTION, parse_parameters
from triplicati.options.parser import HELP_WORDS, expand_variables, split_option
from triplicati.storage.registry import offered_schemes

PROG = "triplicati backend"
_WIDTH = 100
_JSON = (Option("json", T.BOOLEAN, "false", "Answer in JSON.", "backend"),)


class Tool(msgspec.Struct, frozen=True):
    """A command; `names` are what follows the address, all of which are needed."""

    name: str
    summary: str
    details: str = ""
    names: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    example: str = ""

    @property
    def usage(self) -> str:
        return " ".join([PROG, self.name, "<url>", *(f"<{each}>" for each in self.names)])


TOOLS = (
    Tool(
        "list", "List the files of the folder.",
        "One line for each, with tabs between the columns: name, kind, last change in local time, size.",
        options=_JSON, example="list ssh://user@server/folder",
    ),
    Tool(
        "get", "Fetch a file.",
        "The last part of the path is its name at the destination. A file that exists is not overwritten.",
        names=("file",), example="get s3://bucket/folder ./duplicati-20260101T000000Z.dlist.zip.aes",
    ),
    Tool(
        "put", "Send a file.",
        "It gets the last part of its path as its name there. What has that name is replaced.",
        names=("file",), example="put webdavs://server/folder ./letter.txt",
    ),
    Tool(
        "delete", "Delete a file.", "Nothing is asked. A backup that needs the file loses data.",
        names=("file",), example="delete file:///mnt/disk/backup letter.txt",
    ),
    Tool("create-folder", "Create the folder.", example="create-folder ftp://user@server/folder"),
    Tool(
        "rename", "Give a file another name.", "Not every kind of destination can do this.",
        names=("file", "new-name"), example="rename file:///mnt/disk/backup a.txt b.txt",
    ),
    Tool("quota", "Show how much room there is.", options=_JSON, example="quota file:///mnt/disk/backup"),
    Tool(
        "get-lock", "Show until when a file is locked.", 'A time in UTC, or "null".',
        names=("file",), example="get-lock s3://bucket/folder duplicati-b01.dblock.zip",
    ),
    Tool(
        "set-lock", "Lock a file for some time.",
        "Until then nobody can change or delete it. A lock may become longer, never shorter.",
        names=("file", "duration"), example="set-lock s3://bucket/folder duplicati-b01.dblock.zip 30D",
    ),
    Tool(
        "test", "Find out whether the destination does what backups need.",
        "Files with odd names and random contents are sent, overwritten, renamed, listed, fetched, compared"
        " and deleted. The folder must be empty. The only word can also be a file that holds the words, one a"
        " line (# for comments). Ends with 0 where all is well and with 1 where it is not.",
        options=trial_options.OPTIONS,
        example="test webdav://user@server/empty --reruns=1 --max-file-size=5mb",
    ),
    Tool(
        "bench", "Measure how fast the destination is.",
        "First how long small requests take: half of them (p50) and nearly all (p99) were answered in that"
        " time. Then how fast volumes go there and come back, with one or several transfers at a time. Files"
        " of others are not touched.",
        options=bench_options.OPTIONS,
        example="bench s3://bucket/folder --size=20mb --count=8 --parallel=1,2,4",
    ),
)  # fmt: skip
_ALIASES = {"createfolder": "create-folder", "getlock": "get-lock", "setlock": "set-lock"}
_BY_NAME = {tool.name: tool for tool in TOOLS}


class Given(msgspec.Struct, frozen=True):
    """What the words say. With `tool` None, or without `url`, it is help that is wanted."""

    tool: Tool | None
    url: str = ""
    names: tuple[str, ...] = ()
    options: dict[str, str | None] = {}

    def __repr__(self) -> str:
        return f"Given({self.tool.name if self.tool else 'help'})"


def parse(words: Sequence[str], environment: Mapping[str, str]) -> Given:
    """Raises `UsageError` for what makes no sense, and `ParametersFileUnusable`."""
    positionals, options = _split(words)
    asked = not options.keys().isdisjoint({"help", "usage"})
    plain = [word for word in positionals if word.lower() not in HELP_WORDS]
    if asked or len(plain) < len(positionals) or not positionals:
        return Given(find_tool(plain[0]) if plain else None)
    tool = find_tool(positionals[0])
    if tool is None:
        raise UsageError(reason=f'The command "{positionals[0]}" is not known.')
    if named := options.pop(OPTION, None):
        text = read_parameters(expand_variables(named, environment))
        options.update(parse_parameters(text, environment).options)
    if len(positionals) < 2:
        raise UsageError(reason="The address of a destination is needed.")
    _, url, *names = positionals
    if len(names) != len(tool.names):
        wanted = " and ".join(f"<{each}>" for each in tool.names) or "nothing"
        raise UsageError(reason=f"After the address {wanted} is expected.")
    return Given(tool, url, tuple(names), options)


def _split(words: Sequence[str]) -> tuple[list[str], dict[str, str | None]]:
    positionals: list[str] = []
    options: dict[str, str | None] = {}
    for word in words:
        if word.startswith("--"):
            name, value = split_option(word)
            options[name] = value
        else:
            positionals.append(word)
    return positionals, options


def find_tool(word: str) -> Tool | None:
    name = word.lower().replace("_", "-")
    return _BY_NAME.get(_ALIASES.get(name, name))


def overview() -> str:
    """What there is."""
    lines = [
        f"Usage: {PROG} <command> <url> [file] [--option=value ...]",
        "",
        "Works on the files of a destination themselves. A backup, its database and its passphrase are not"
        " needed.",
        "",
        *(f"  {tool.name:<15}{tool.summary}" for tool in TOOLS),
        "",
        *_more(),
        "",
        f"Example: {PROG} {TOOLS[0].example}",
        "",
        "Exit codes: 0 done, 100 it failed, 200 the words make no sense; of test 0 and 1.",
    ]
    return "\n".join(lines)


def help_text(tool: Tool) -> str:
    """What a command does, and its options."""
    lines = [f"Usage: {tool.usage} [--option=value ...]", "", tool.summary]
    lines += wrap(tool.details, _WIDTH)
    if tool.options:
        lines += ["", "Options:", *_option_lines(tool.options)]
    return "\n".join([*lines, "", *_more(), "", f"Example: {PROG} {tool.example}"])


def _option_lines(options: Sequence[Option]) -> Iterator[str]:
    for option in options:
        value = "" if option.type is T.BOOLEAN else f"={option.default or option.type.value.lower()}"
        name = f"  --{option.name}{value}"
        yield from wrap(option.summary, _WIDTH, initial_indent=f"{name:<38} ", subsequent_indent=" " * 39)


def _more() -> list[str]:
    kinds = ", ".join(sorted(offered_schemes()))
    return [
        *wrap(f"Kinds of destinations: {kinds}.", _WIDTH),
        *wrap(
            "Options of the kind can be given too, and those of transfers as --throttle-upload: see"
            ' "triplicati help destinations" and "triplicati help options". --parameters-file=<file> reads'
            " options from a file, where nobody sees passwords in the list of processes.",
            _WIDTH,
        ),
    ]
