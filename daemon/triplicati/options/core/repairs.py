"""Options for repair and for rebuilding the local database."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "repair"

OPTIONS = (
    Option(
        "auto-cleanup", T.BOOLEAN, "false",
        "Repair before a backup when the destination has files that do not belong to it.", _GROUP,
        state="refused", reason="a backup repairs nothing by itself; run repair first",
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
        "Read when locks end at the destination during repair.", _GROUP, state="refused",
        reason="files at the destination are not locked",
    ),
    Option(
        "refresh-lock-info-complete", T.BOOLEAN, "false",
        "Read when locks end for all volumes, not only unknown ones.", _GROUP, state="refused",
        reason="files at the destination are not locked",
    ),
    Option(
        "rebuild-missing-dblock-files", T.BOOLEAN, "false",
        "Make lost data volumes again from the files on this computer.", _GROUP, state="refused",
        reason="lost data volumes are not made again",
    ),
    Option(
        "disable-partial-dblock-recovery", T.BOOLEAN, "false",
        "Accept only data volumes that could be made again completely.", _GROUP, state="inert",
        reason="it only matters with --rebuild-missing-dblock-files",
    ),
    Option(
        "ignore-update-if-version-exists", T.BOOLEAN, "false",
        "Skip versions that the local database has already when it is updated.", _GROUP, state="refused",
        reason="a local database is always rebuilt as a whole",
    ),
)
