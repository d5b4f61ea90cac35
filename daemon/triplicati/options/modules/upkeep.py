"""Limits of upkeep, which Duplicati does not have."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "compacting"

OPTIONS = (
    Option(
        "upkeep-max-time", T.TIMESPAN, None,
        "Begin no further step of compacting after this time; the next run goes on.",
        _GROUP,
    ),
    Option(
        "upkeep-max-download", T.SIZE, None,
        "Begin no further step of compacting after fetching this much.", _GROUP,
        unit="mb",
    ),
)
