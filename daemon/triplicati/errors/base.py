"""The error that all others are, and how its sentence is made."""

from __future__ import annotations


class TriplicatiError(Exception):
    """Something went wrong: {reason}"""

    exit_code = 100
    http_status = 500

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.message)

    @property
    def id(self) -> str:
        return type(self).__name__

    @property
    def message(self) -> str:
        template = " ".join((type(self).__doc__ or "").split())
        return template.format_map(_Lenient(self.details))

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.details)


class _Lenient(dict[str, object]):
    """A missing detail must not hide the error itself."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _rebuild(kind: type[TriplicatiError], details: dict[str, object]) -> TriplicatiError:
    return kind(**details)
