"""The given options with types: defaults, units and spelling come from the declarations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from triplicati.options.declarations import Option, OptionType
from triplicati.options.registry import REGISTRY, with_canonical_names
from triplicati.values.booleans import parse_boolean
from triplicati.values.secrets import Secret
from triplicati.values.sizes import parse_size
from triplicati.values.timespans import parse_timespan

_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,15})?")


class OptionValues:
    """Reads options by type; every getter falls back to the declared default, also for an empty value.

    A name that is not declared raises `KeyError`: a bug, not a mistake of the user. Aliases are resolved.
    `registry` holds the declarations, by default those of the command line; the names of `options` fit it.
    """

    def __init__(
        self, options: Mapping[str, str | None], registry: Mapping[str, Option] | None = None
    ) -> None:
        self._registry = REGISTRY if registry is None else registry
        self._options = with_canonical_names(options) if registry is None else dict(options)

    def __repr__(self) -> str:
        return f"OptionValues({', '.join(sorted(self._options))})"

    def given(self, name: str) -> bool:
        """Whether the option, or the older one that stands in for it, was given at all."""
        return self._name_given(self._registry[name]) is not None

    def text(self, name: str) -> str | None:
        """The text as given, "" when that was without a value; else the default, which can be None."""
        option = self._registry[name]
        given = self._name_given(option)
        return option.default if given is None else self._options[given] or ""

    def boolean(self, name: str) -> bool:
        """Whether the switch is on; given without a value it is (spec/cli.md 2.2)."""
        option = self._registry[name]
        given = self._name_given(option)
        return parse_boolean(option.default or "false" if given is None else self._options[given])

    def integer(self, name: str) -> int:
        """The whole number; the default when it is none. `KeyError` when there is no default: ask `given`."""
        option = self._registry[name]
        text = (self.text(name) or "").strip()
        if not is_integer(text):
            if option.default is None:
                raise KeyError(f"{name} has no default")
            text = option.default
        return int(text)

    def decimal(self, name: str) -> Decimal:
        """The number; the default when it is none. `KeyError` when there is no default: ask `given`."""
        option = self._registry[name]
        text = (self.text(name) or "").strip()
        if not _DECIMAL.fullmatch(text):
            if option.default is None:
                raise KeyError(f"{name} has no default")
            text = option.default
        return Decimal(text)

    def size(self, name: str) -> int:
        """Bytes; 0 when there is no default. Raises `InvalidValue`."""
        option = self._registry[name]
        return parse_size(self.text(name) or option.default or "", option.unit)

    def timespan(self, name: str) -> timedelta:
        """The length of time; zero when there is no default. Raises `InvalidValue`."""
        return parse_timespan(self.text(name) or self._registry[name].default or "")

    def choice(self, name: str) -> str:
        """The value in its declared spelling.

        What is not declared gives the default for an Enum (spec/cli.md 3.6) and itself for a String.
        """
        option = self._registry[name]
        text = (self.text(name) or "").strip()
        unknown = option.default or "" if option.type is OptionType.ENUM or not text else text
        return {value.lower(): value for value in option.values}.get(text.lower(), unknown)

    def secret(self, name: str) -> Secret | None:
        """The secret, an empty one when given without a value, None when not given."""
        text = self.text(name)
        return None if text is None else Secret(text)

    def paths(self, name: str, separator: str) -> list[str]:
        """The paths of a list joined with `separator` (os.pathsep); empty ones are dropped."""
        return [path for path in (self.text(name) or "").split(separator) if path]

    def as_given(self) -> dict[str, str | None]:
        """A copy of what was given, under declared names."""
        return dict(self._options)

    def _name_given(self, option: Option) -> str | None:
        if option.name in self._options:
            return option.name
        return option.fallback if option.fallback in self._options else None


def is_integer(text: str) -> bool:
    digits = text[1:] if text[:1] in {"+", "-"} else text
    return digits.isascii() and digits.isdigit() and len(digits) <= 18
