"""Options for names, the local database and the destination folder."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "location"

OPTIONS = (
    Option(
        "prefix", T.STRING, "duplicati",
        "First part of the name of every file at the destination; no hyphen in it.", _GROUP, persisted=True,
    ),
    Option(
        "dbpath", T.PATH, None, "The local database file; found by the destination when not given.", _GROUP,
    ),
    Option("tempdir", T.PATH, None, "Folder for scratch files; the system's own when not given.", _GROUP),
    Option(
        "asynchronous-upload-folder", T.PATH, None,
        "Folder where finished volumes wait for their upload; the scratch folder when not given.", _GROUP,
    ),
    Option(
        "disable-autocreate-folder", T.BOOLEAN, "false",
        "Fail when the destination folder is missing. Only a backup ever creates it.", _GROUP,
    ),
    Option(
        "control-files", T.PATH, None,
        "Extra files to store inside the new file list, separated as in PATH. With list and restore: "
        "a switch to work on such files instead of the backed up ones.",
        _GROUP,
    ),
    Option("backup-name", T.STRING, None, "Name of the backup in results and reports.", _GROUP),
    Option(
        "backup-id", T.STRING, None, "Identifies the backup in reports.", _GROUP,
    ),
    Option(
        "machine-id", T.STRING, None, "Identifies this computer in reports.", _GROUP,
    ),
    Option(
        "machine-name", T.STRING, None, "Name of this computer in reports.", _GROUP,
    ),
    Option(
        "next-scheduled-run", T.STRING, None, "Time of the next run, passed on to reports.", _GROUP,
    ),
    Option(
        "force-locale", T.STRING, None, "Language and number format of the output.", _GROUP, state="inert",
        reason="the output is always in the neutral format",
    ),
    Option(
        "force-actual-date", T.BOOLEAN, "false", "Show absolute dates on the page.", _GROUP, state="inert",
        reason="it concerns the page in the browser only",
    ),
)
