"""Options for further copies of a backup and for the sync command."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "copies"
_SYNC = "a backup has one destination"

OPTIONS = (
    Option(
        "remote-sync-json-config", T.STRING, None,
        "Further destinations to copy the backup to, as JSON or a path to it.", _GROUP, state="refused",
        reason=_SYNC,
    ),
    Option(
        "sync-remote-state", T.ENUM, "UseRemoteState", "How sync learns what is at the destination.",
        _GROUP, values=("UseRemoteState", "UseLocalState", "BlindlyUpload"), state="refused", reason=_SYNC,
    ),
    Option(
        "sync-then-delete", T.BOOLEAN, "false", "Let sync delete what is no longer in the source.", _GROUP,
        state="refused", reason=_SYNC,
    ),
    Option(
        "sync-verify-hash", T.BOOLEAN, "false", "Let sync compare by hash.", _GROUP, state="refused",
        reason=_SYNC,
    ),
    Option(
        "sync-recheck", T.BOOLEAN, "false", "Let sync list everything again.", _GROUP, state="refused",
        reason=_SYNC,
    ),
    Option(
        "unittest-mode", T.BOOLEAN, "false", "Be strict in the program's own tests.", _GROUP, state="inert",
        reason="it is meant for the other program's own tests",
    ),
)
