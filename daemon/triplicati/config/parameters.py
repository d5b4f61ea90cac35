"""Reads the text of a parameters file."""

from __future__ import annotations

import locale
from pathlib import Path

from triplicati.errors import ParametersFileUnusable
from triplicati.options.parameters_file import decode_parameters

# What is longer is no list of options but something else, given by mistake.
_LARGEST = 16 * 1024**2


def read_parameters(path: str) -> str:
    """The text of the file, however it is encoded. Raises `ParametersFileUnusable`."""
    try:
        # Not asked for its size before: it may be a pipe.
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ParametersFileUnusable(path=path, reason=reason) from None
    if len(content) > _LARGEST:
        raise ParametersFileUnusable(path=path, reason="it is larger than any list of options")
    return decode_parameters(content, locale.getencoding())
