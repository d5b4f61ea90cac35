"""The text of a parameters file and its effect on a command line (spec/cli.md 2.5)."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping

import msgspec

from triplicati.errors import FiltersGivenTwice
from triplicati.options.filter_text import split_filters
from triplicati.options.parser import FILTERS, Arguments, FilterText, expand_variables, split_option

OPTION = "parameters-file"
_PROBED = 4096
_LINE_ENDS = re.compile("[\r\n]+")
# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FILTER_LISTS = ("replace-filter", "append-filter", "prepend-filter")
_SPECIAL = frozenset({"target", *_FILTER_LISTS})
_SOURCES_ADDED = frozenset({"backup", "test-filters", "test-filter"})
_WITHOUT_TARGET = frozenset({"test-filters", "test-filter"})


class Parameters(msgspec.Struct, frozen=True):
    """What a file says. `filters` are its include and exclude lines; `replacing` is None unless given."""

    options: dict[str, str | None]
    filters: tuple[FilterText, ...]
    sources: tuple[str, ...]
    target: str | None
    replacing: tuple[FilterText, ...] | None
    appended: tuple[FilterText, ...]
    prepended: tuple[FilterText, ...]

    def __repr__(self) -> str:
        return f"Parameters({', '.join(sorted(self.options))})"


def decode_parameters(content: bytes, system_encoding: str) -> str:
    """By its byte-order mark, else as UTF-8 if it begins as such, else as the system has it.

    Bytes that do not fit become surrogates, as in the words of a command line.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    encoding = "utf-8" if _begins_as_utf8(content) else system_encoding
    return content.decode(encoding, "surrogateescape")


def parse_parameters(
    text: str, environment: Mapping[str, str], separator: str = os.pathsep
) -> Parameters:
    """The options of a file, one a line; a line without ``--`` in front is no option and is passed over.

    `environment` fills ``%NAME%`` in filters; `separator` is that of paths. Raises `UsageError`.
    """
    options: dict[str, str | None] = {}
    filters: list[FilterText] = []
    sources: list[str] = []
    special: dict[str, str] = {}
    for line in map(str.strip, _LINE_ENDS.split(text)):
        if not line.startswith("--"):
            continue
        name, value = split_option(line)
        if name in FILTERS and value:
            if value.strip():
                filters.append(FilterText(name == "include", expand_variables(value, environment)))
        elif name == "source":
            sources += [value] if value else []
        elif name in _SPECIAL:
            special[name] = value or ""
        elif name != OPTION:
            options[name] = value
    lists = {
        name: split_filters(expand_variables(special[name], environment), separator)
        for name in _FILTER_LISTS
        if name in special
    }
    return Parameters(
        options=options,
        filters=tuple(filters),
        sources=tuple(sources),
        target=special.get("target") or None,
        replacing=lists.get("replace-filter"),
        appended=lists.get("append-filter", ()),
        prepended=lists.get("prepend-filter", ()),
    )


def with_parameters(arguments: Arguments, parameters: Parameters, path: str) -> Arguments:
    """The command line as the file changes it; `path` is named in errors.

    The options of the file win. Raises `FiltersGivenTwice`.
    """
    if arguments.filters and parameters.filters:
        raise FiltersGivenTwice(path=path)
    options = {name: value for name, value in arguments.options.items() if name != OPTION}
    return Arguments(
        arguments.command,
        _positionals(arguments, parameters),
        {**options, **parameters.options},
        _filters(arguments.filters or parameters.filters, parameters),
    )


def _positionals(arguments: Arguments, parameters: Parameters) -> tuple[str, ...]:
    positionals = arguments.positionals
    if parameters.target is not None and arguments.command not in _WITHOUT_TARGET:
        positionals = (parameters.target, *positionals[1:])
    if arguments.command in _SOURCES_ADDED:
        positionals = (*positionals, *parameters.sources)
    return positionals


def _filters(given: tuple[FilterText, ...], parameters: Parameters) -> tuple[FilterText, ...]:
    if parameters.replacing is not None:
        return parameters.replacing
    return (*parameters.prepended, *given, *parameters.appended)


def _begins_as_utf8(content: bytes) -> bool:
    try:
        # A letter that the probe cuts in two is no mistake.
        codecs.getincrementaldecoder("utf-8")().decode(content[:_PROBED], final=len(content) <= _PROBED)
    except UnicodeDecodeError:
        return False
    return True
