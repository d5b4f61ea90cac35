"""Limits of upkeep, which Duplicati does not have."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "compacting"

OPTIONS = (
    Option(
        "new-encryption-module", T.ENUM, None,
        "What re-encrypt is to encrypt with; as before when not given.", "secrets",
        values=("aes", "gpg", "none"),
    ),
    Option(
        "use-copy", T.INTEGER, "0",
        "Read from this further destination of --remote-sync-json-config, counted from 1, instead of the"
        " destination itself; for all that only reads.", "copies",
    ),
    Option(
        "version-times", T.STRING, None,
        "Delete the versions of these very times, as 20260131T235959Z, with commas between them; numbers"
        " change with each new version.",
        "retention",
    ),
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
