"""Options for finding changes and for metadata."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "changes"

OPTIONS = (
    Option(
        "disable-filetime-check", T.BOOLEAN, "false", "Read every file, whatever its time and size say.",
        _GROUP,
    ),
    Option(
        "check-filetime-only", T.BOOLEAN, "false", "Decide by the time of a file alone whether it changed.",
        _GROUP,
    ),
    Option(
        "disable-time-tolerance", T.BOOLEAN, "false",
        "Compare times exactly; keep-time is else 1 % or one hour longer.", _GROUP,
    ),
    Option(
        "skip-metadata", T.BOOLEAN, "false", "Neither store nor restore permissions, owners and times.",
        _GROUP,
    ),
    Option(
        "store-metadata-content-in-database", T.BOOLEAN, "false",
        "Keep metadata in the local database too.", _GROUP, state="inert",
        reason="the local database holds what is needed to find changes",
    ),
    Option(
        "disable-filepath-cache", T.BOOLEAN, "true", "Old switch to save memory.", _GROUP,
        deprecated="it has no effect any more", state="inert", reason="there is no such cache",
    ),
)
