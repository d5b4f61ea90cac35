"""Options for further copies of a backup and for the sync command."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "copies"

OPTIONS = (
    Option(
        "remote-sync-json-config", T.STRING, None,
        "Further destinations to copy the backup to once it is made, as a JSON object such as"
        ' {"destinations": [{"url": "ssh://host/folder"}]} or a path to it.', _GROUP,
    ),
    Option(
        "sync-remote-state", T.ENUM, "UseRemoteState", "How sync learns what is at the destination.",
        _GROUP, values=("UseRemoteState", "UseLocalState", "BlindlyUpload"),
    ),
    Option(
        "sync-then-delete", T.BOOLEAN, "false",
        "Let sync delete what it has sent before and the source no longer has.", _GROUP,
    ),
    Option(
        "sync-verify-hash", T.BOOLEAN, "false", "Let sync compare contents by hash too.", _GROUP,
    ),
    Option(
        "sync-recheck", T.BOOLEAN, "false",
        "Let sync list the destination also with --sync-remote-state=UseLocalState.", _GROUP,
    ),
    Option(
        "unittest-mode", T.BOOLEAN, "false", "Be strict in the program's own tests.", _GROUP, state="inert",
        reason="it is meant for the other program's own tests",
    ),
)
