"""Text for those who take nothing else: JSON, databases. Names of files can hold bytes that are no text."""

from __future__ import annotations

import re

_LONE = re.compile("[\ud800-\udfff]")


def plain_text(text: str) -> str:
    """With U+FFFD for each lone surrogate, as Python has one for a byte that is no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _LONE.sub("\ufffd", text)
    return text


def plain_tree(value: object) -> object:
    """The same for all texts of what a JSON document is made of, names too."""
    match value:
        case str():
            return plain_text(value)
        case dict():
            return {plain_tree(name): plain_tree(each) for name, each in value.items()}
        case list() | tuple():
            return [plain_tree(each) for each in value]
        case _:
            return value
