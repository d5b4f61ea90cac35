"""What is in a group of errors, as nurseries raise them."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


def first_of(error: BaseException) -> BaseException:
    """The first in it, however deep; an error that is no group is itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def only_of(error: BaseException) -> BaseException:
    """As `first_of`, but a group of several stays one: none of them stands for the others."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def plain_reason(error: BaseException) -> str:
    """One sentence, also of what nobody expected."""
    first = first_of(error)
    return str(first) if isinstance(first, TriplicatiError) else f"{type(first).__name__}: {first}"
