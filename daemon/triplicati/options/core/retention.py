"""Options for versions: which to keep, and which to work on."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "versions"

OPTIONS = (
    Option("keep-versions", T.INTEGER, "0", "Keep this many versions; 0 keeps all.", _GROUP),
    Option("keep-time", T.TIMESPAN, None, "Keep versions up to this age.", _GROUP),
    Option(
        "retention-policy", T.STRING, None, "Thin out versions with age, for example 1W:1D,4W:1W,12M:1M.",
        _GROUP,
    ),
    Option("allow-full-removal", T.BOOLEAN, "false", "Allow that the last version is deleted too.", _GROUP),
    Option(
        "time", T.DATETIME, None, "Work on versions made at or before this time; now when not given.",
        _GROUP,
    ),
    Option("version", T.STRING, None, "Work on these versions, for example 0,2-4; 0 is the newest.", _GROUP),
    Option("all-versions", T.BOOLEAN, "false", "Search all versions.", _GROUP),
    Option(
        "upload-unchanged-backups", T.BOOLEAN, "false", "Make a version even when nothing changed.", _GROUP,
    ),
    Option(
        "disable-synthetic-filelist", T.BOOLEAN, "false",
        "Do not complete the version of an interrupted run.", _GROUP,
    ),
)
