"""Options for compacting, purging and the local database's own upkeep."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "compacting"

OPTIONS = (
    Option(
        "no-auto-compact", T.BOOLEAN, "false",
        "Do not pack half-empty volumes anew after versions were deleted.", _GROUP,
    ),
    Option(
        "auto-compact-interval", T.TIMESPAN, "0m",
        "Shortest time between two runs of compacting after a backup.", _GROUP,
    ),
    Option(
        "threshold", T.INTEGER, "25", "Percent of waste at which volumes are compacted.", _GROUP,
    ),
    Option(
        "small-file-size", T.SIZE, None,
        "Volumes below this size count as small; a fifth of a volume when not given.", _GROUP, unit="mb",
    ),
    Option(
        "small-file-max-count", T.INTEGER, "20", "How many small volumes are let be.", _GROUP,
    ),
    Option(
        "auto-vacuum", T.BOOLEAN, "false", "Shrink the local database after a backup when that helps.",
        _GROUP,
    ),
    Option(
        "auto-vacuum-interval", T.TIMESPAN, "0m", "Shortest time between two runs of shrinking.", _GROUP,
    ),
    Option(
        "reduced-purge-statistics", T.BOOLEAN, "false", "Do not add up sizes when purging broken files.",
        _GROUP, state="inert", reason="adding up sizes costs nothing here",
    ),
    Option(
        "disable-replace-missing-metadata", T.BOOLEAN, "false",
        "Drop files whose metadata is lost instead of keeping them without.", _GROUP,
    ),
    Option(
        "log-retention", T.TIMESPAN, "30D", "How long the local database keeps its log.", _GROUP,
        state="inert", reason="the local database keeps no log",
    ),
)
