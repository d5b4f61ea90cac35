"""Options from a file instead of the command line."""

from __future__ import annotations

import locale
from collections.abc import Mapping
from pathlib import Path

from triplicati.errors import ParametersFileUnusable
from triplicati.options.parameters_file import (
    OPTION,
    decode_parameters,
    parse_parameters,
    with_parameters,
)
from triplicati.options.parser import Arguments, expand_variables

# What is longer is no list of options but something else, given by mistake.
_LARGEST = 16 * 1024**2


def with_parameters_file(arguments: Arguments, environment: Mapping[str, str]) -> Arguments:
    """The command line with the file that its option ``parameters-file`` names worked in; else as it is.

    The option itself is gone afterwards. Raises `ParametersFileUnusable`, `FiltersGivenTwice`, `UsageError`.
    """
    named = arguments.options.get(OPTION)
    if not named or not named.strip():
        return arguments
    path = expand_variables(named, environment)
    text = decode_parameters(_read(path), locale.getencoding())
    return with_parameters(arguments, parse_parameters(text, environment), path)


def _read(path: str) -> bytes:
    try:
        # Not asked for its size before: it may be a pipe.
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ParametersFileUnusable(path=path, reason=reason) from None
    if len(content) > _LARGEST:
        raise ParametersFileUnusable(path=path, reason="it is larger than any list of options")
    return content
