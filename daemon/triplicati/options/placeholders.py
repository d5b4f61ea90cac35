"""Option values that are the name of a secret instead of the secret (spec/cli.md 2.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from triplicati.errors import InvalidValue
from triplicati.values.urls import parse_query_value, quote_query_value, split_query

# Options that say where secrets come from cannot be secrets themselves.
EXEMPT = "secret-provider"
_BRACKETS = {"{}": ("{", "}"), "()": ("(", ")"), "[]": ("[", "]")}
_NAME = "[A-Za-z0-9_/-]+"


class Found(msgspec.Struct, frozen=True):
    """What the placeholders of some options and an address name.

    `keys` are in the order they were found, each once. `partial` names what holds a placeholder among other
    text, where nothing is filled in.
    """

    keys: tuple[str, ...]
    partial: tuple[str, ...]


class Pattern:
    """What a placeholder looks like: a marker such as ``$``, or one with brackets such as ``!secret{}``.

    Raises `InvalidValue` for a pattern that would match every word.
    """

    def __init__(self, text: str) -> None:
        marker, inner = text, f"({_NAME})"
        if text[-2:] in _BRACKETS:
            opening, closing = _BRACKETS[text[-2:]]
            marker, inner = (
                text[:-2],
                f"{re.escape(opening)}([^{re.escape(closing)}]+){re.escape(closing)}",
            )
        if not marker.strip() and inner == f"({_NAME})":
            raise InvalidValue(value=text, kind="--secret-provider-pattern", reason="it is empty")
        self._form = re.compile(re.escape(marker) + inner)

    def key(self, value: str | None) -> str | None:
        """The key that `value` as a whole names, None if it is no placeholder."""
        match = self._form.fullmatch(value) if value else None
        return match[1] if match else None

    def is_partial(self, value: str | None) -> bool:
        """Whether `value` holds a placeholder among other text."""
        return bool(value) and self.key(value) is None and self._form.search(value or "") is not None


def find_placeholders(pattern: Pattern, options: Mapping[str, str | None], url_text: str) -> Found:
    """Looks at every option but the exempt ones, and at the query of the address alone."""
    keys: dict[str, None] = {}
    partial: list[str] = []
    for name, value in _places(options, url_text):
        key = pattern.key(value)
        if key is not None:
            keys[key] = None
        elif pattern.is_partial(value):
            partial.append(name)
    return Found(tuple(keys), tuple(partial))


def fill_options(
    pattern: Pattern, options: Mapping[str, str | None], secrets: Mapping[str, str]
) -> dict[str, str | None]:
    """The options with each placeholder replaced; `secrets` has every key."""
    return {
        name: value if (key := _key_of(pattern, name, value)) is None else secrets[key]
        for name, value in options.items()
    }


def fill_url(pattern: Pattern, url_text: str, secrets: Mapping[str, str]) -> str:
    """The address with each placeholder in its query replaced, escaped as an address needs it."""
    before, parts = split_query(url_text)
    if not parts:
        return url_text
    filled = []
    for part in parts:
        name, _, value = part.partition("=")
        key = _key_of(pattern, parse_query_value(name), parse_query_value(value))
        filled.append(part if key is None else f"{name}={quote_query_value(secrets[key])}")
    return f"{before}?{'&'.join(filled)}"


def _places(options: Mapping[str, str | None], url_text: str) -> Iterator[tuple[str, str | None]]:
    for name, value in options.items():
        if not name.startswith(EXEMPT):
            yield f"--{name}", value
    for part in split_query(url_text)[1]:
        name, _, value = part.partition("=")
        if not parse_query_value(name).startswith(EXEMPT):
            yield f"{parse_query_value(name)} in the address", parse_query_value(value)


def _key_of(pattern: Pattern, name: str, value: str | None) -> str | None:
    return None if name.startswith(EXEMPT) else pattern.key(value)
