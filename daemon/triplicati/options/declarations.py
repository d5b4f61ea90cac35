"""What an option is."""

from __future__ import annotations

from enum import Enum
from typing import Literal

import msgspec


class OptionType(Enum):
    STRING = "String"
    PASSWORD = "Password"
    PATH = "Path"
    INTEGER = "Integer"
    DECIMAL = "Decimal"
    BOOLEAN = "Boolean"
    SIZE = "Size"
    TIMESPAN = "Timespan"
    DATETIME = "DateTime"
    ENUM = "Enum"
    FLAGS = "Flags"


class Option(msgspec.Struct, frozen=True):
    """One declared option; `default` None means that there is none.

    `state` tells what this release makes of it: ``works``; ``refused``: a value that asks for the missing
    behaviour ends the run with `OptionNotBuilt`; ``inert``: accepted, with a warning that it does nothing.
    `reason` explains the last two. `neutral` are the values of a refused option that ask for nothing, the
    default when empty. `fallback` names the older option that is read when this one is not given. `unit` is
    what a bare number means for a size. `persisted` values are remembered with the backup (spec/cli.md 5.1).
    """

    name: str
    type: OptionType
    default: str | None
    summary: str
    group: str
    aliases: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    unit: str = "b"
    deprecated: str = ""
    persisted: bool = False
    state: Literal["works", "refused", "inert"] = "works"
    reason: str = ""
    neutral: tuple[str, ...] = ()
    fallback: str = ""
