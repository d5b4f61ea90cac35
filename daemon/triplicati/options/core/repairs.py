"""Options for repair and for rebuilding the local database."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "repair"

OPTIONS = (
    Option(
        "auto-cleanup", T.BOOLEAN, "false",
        "Repair before a backup when files at the destination are missing or unknown.", _GROUP,
    ),
    Option(
        "repair-only-paths", T.BOOLEAN, "false",
        "Rebuild a local database that is good for listing only, from the file lists alone.", _GROUP,
    ),
    Option(
        "repair-force-block-use", T.BOOLEAN, "false",
        "Read all data volumes while the local database is rebuilt.", _GROUP, state="refused",
        reason="data volumes are read only when index volumes are missing",
    ),
    Option(
        "repair-ignore-outdated-database", T.BOOLEAN, "false",
        "Go on although the destination is newer than the local database.", _GROUP, state="refused",
        reason="an outdated database is always rebuilt, for repairing with it could delete good files",
    ),
    Option(
        "repair-refresh-lock-info", T.BOOLEAN, "false",
        "Read when locks end at the destination during repair.", _GROUP,
    ),
    Option(
        "refresh-lock-info-complete", T.BOOLEAN, "false",
        "Read when locks end for all volumes, not only unknown ones.", _GROUP,
    ),
    Option(
        "rebuild-missing-dblock-files", T.BOOLEAN, "false",
        "Let repair store lost data again from the files on this computer.", _GROUP,
    ),
    Option(
        "disable-partial-dblock-recovery", T.BOOLEAN, "false",
        "Store lost data again only when all of it is found on this computer.", _GROUP,
    ),
    Option(
        "ignore-update-if-version-exists", T.BOOLEAN, "false",
        "Skip versions that the local database has already when it is updated.", _GROUP, state="refused",
        reason="a local database is always rebuilt as a whole",
    ),
)
