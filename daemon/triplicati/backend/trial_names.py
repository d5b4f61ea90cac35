"""Names and contents that are made up for a test of a destination. Pure."""

from __future__ import annotations

import string
from collections.abc import Collection, Iterator
from random import Random

_PLAIN = string.ascii_letters + string.digits
_PART = 1 << 20


def new_name(
    dice: Random, lengths: tuple[int, int], extended: str, taken: Collection[str], *, trims: bool = False
) -> str:
    """One that differs from those that are `taken` in more than the case of letters."""
    others = {each.casefold() for each in taken}
    while True:
        length = dice.randint(*lengths)
        name = "".join(dice.choice(_PLAIN + extended) for _ in range(length))
        if trims:
            name = name.strip()
        if name.strip(". ") and name.casefold() not in others:
            return name


def content(seed: int, size: int) -> Iterator[bytes]:
    """Bytes that cannot be compressed, in parts."""
    dice = Random(seed)
    while size > 0:
        yield dice.randbytes(min(size, _PART))
        size -= _PART
