"""Options of `triplicati backend bench`."""

from __future__ import annotations

import msgspec

from triplicati.errors import UsageError
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.options.option_values import OptionValues, is_integer

_GROUP = "bench"
OPTIONS = (
    Option("size", T.SIZE, "50mb", "How large a volume is.", _GROUP, unit="mb"),
    Option("count", T.INTEGER, "4", "How many volumes are sent for each number of transfers.", _GROUP),
    Option(
        "parallel", T.STRING, "1", "How many transfers go side by side: 4, several as 1,2,4, or all of 1..4.",
        _GROUP,
    ),
    Option("samples", T.INTEGER, "20", "How many small files the times of answers are taken from.", _GROUP),
    Option("auto-create-folder", T.BOOLEAN, "false", "Create the folder where it is missing.", _GROUP),
    Option("json", T.BOOLEAN, "false", "Answer in JSON: seconds, and bytes a second.", _GROUP),
)  # fmt: skip
_MOST = 64


class BenchSettings(msgspec.Struct, frozen=True):
    """`size` in bytes."""

    size: int
    count: int
    parallel: tuple[int, ...]
    samples: int
    creates: bool


def bench_settings(values: OptionValues) -> BenchSettings:
    """Raises `UsageError`, `InvalidValue`."""
    settings = BenchSettings(
        size=values.size("size"),
        count=values.integer("count"),
        parallel=_numbers(values.text("parallel") or ""),
        samples=values.integer("samples"),
        creates=values.boolean("auto-create-folder"),
    )
    if min(settings.size, settings.count, settings.samples) < 1:
        raise UsageError(reason="--size, --count and --samples are at least 1.")
    return settings


def _numbers(text: str) -> tuple[int, ...]:
    first, dots, last = text.partition("..")
    words = [first, last] if dots else text.split(",")
    if not all(is_integer(each.strip()) and 1 <= int(each) <= _MOST for each in words):
        raise UsageError(reason=f'"{text}" is no number of transfers: write 4, 1,2,4 or 1..4, up to {_MOST}.')
    return tuple(range(int(first), int(last) + 1)) if dots else tuple(int(each) for each in words)
