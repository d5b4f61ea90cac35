"""A text that cannot be printed by accident."""

from __future__ import annotations

from typing import NoReturn

STARS = "********"


class Secret:
    """Holds a passphrase or password; every way to print it gives stars, only `reveal` gives the text.

    Not a `str` on purpose: a key derived from the stars would go unnoticed until a restore.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        from hmac import compare_digest  # noqa: PLC0415 -- not needed to start

        return compare_digest(_encode(self._text), _encode(other._text))

    __hash__ = None  # type: ignore[assignment]  # a hash would show which secrets are equal

    def __str__(self) -> str:
        return STARS

    def __repr__(self) -> str:
        return STARS

    def __format__(self, spec: str) -> str:
        return format(STARS, spec)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled; reveal it where it is used")


def json_hook(value: object) -> str:
    """For ``msgspec.json.encode(..., enc_hook=json_hook)``: secrets become stars.

    Without it msgspec refuses to encode a `Secret` at all.
    """
    if isinstance(value, Secret):
        return STARS
    raise NotImplementedError(f"{type(value).__name__} cannot be encoded")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
