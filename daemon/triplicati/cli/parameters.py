"""Options from a file instead of the command line."""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.config.parameters import read_parameters
from triplicati.options.parameters_file import OPTION, parse_parameters, with_parameters
from triplicati.options.parser import Arguments, expand_variables


def with_parameters_file(arguments: Arguments, environment: Mapping[str, str]) -> Arguments:
    """The command line with the file that its option ``parameters-file`` names worked in; else as it is.

    The option itself is gone afterwards. Raises `ParametersFileUnusable`, `FiltersGivenTwice`, `UsageError`.
    """
    named = arguments.options.get(OPTION)
    if not named or not named.strip():
        return arguments
    path = expand_variables(named, environment)
    return with_parameters(arguments, parse_parameters(read_parameters(path), environment), path)
