"""Options for uploads, retries, speed and space."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "transfer"

OPTIONS = (
    Option("number-of-retries", T.INTEGER, "5", "How often a failed transfer is tried again.", _GROUP),
    Option("retry-delay", T.TIMESPAN, "10s", "Pause between two tries.", _GROUP),
    Option("retry-with-exponential-backoff", T.BOOLEAN, "false", "Double the pause after each try.", _GROUP),
    Option("synchronous-upload", T.BOOLEAN, "false", "Upload one file at a time.", _GROUP),
    Option(
        "asynchronous-upload-limit", T.INTEGER, "4", "Uploads at the same time; 0 is no limit.", _GROUP,
        aliases=("asynchronous-concurrent-upload-limit",),
    ),
    Option(
        "disable-streaming-transfers", T.BOOLEAN, "false",
        "Hand over whole files to destinations that cannot stream.", _GROUP, state="inert",
        reason="each destination is used in the way that suits it",
    ),
    Option(
        "throttle-upload", T.SIZE, "0kb", "Largest upload speed, bytes in a second; 0 is no limit.",
        _GROUP, unit="kb",
    ),
    Option(
        "throttle-download", T.SIZE, "0kb", "Largest download speed, bytes in a second; 0 is no limit.",
        _GROUP, unit="kb",
    ),
    Option(
        "throttle-disabled", T.BOOLEAN, "false", "Ignore the speed limits in this run.", _GROUP,
    ),
    Option(
        "throttle-disabled-backends", T.STRING, "", "Destination types without speed limits.", _GROUP,
    ),
    Option(
        "no-connection-reuse", T.BOOLEAN, "false", "Open a new connection for each transfer.", _GROUP,
        state="inert", reason="connections are kept while they work and renewed when they do not",
    ),
    Option(
        "list-verify-uploads", T.BOOLEAN, "false",
        "List the destination after each upload to see that the file arrived.", _GROUP,
    ),
    Option(
        "soft-delete-prefix", T.STRING, None,
        "Rename files at the destination with this prefix instead of deleting them.", _GROUP,
    ),
    Option(
        "prevent-backend-rename", T.BOOLEAN, "false",
        "With --soft-delete-prefix: rename by copying even if the destination can rename.", _GROUP,
    ),
    Option(
        "case-insensitive-remote", T.BOOLEAN, "false",
        "Ignore case in the names of files at the destination.", _GROUP, state="refused",
        reason="names at the destination must match exactly",
    ),
    Option(
        "remote-file-lock-duration", T.TIMESPAN, None,
        "Lock what a version needs at the destination for this long, where that can.", _GROUP,
    ),
    Option(
        "quota-size", T.SIZE, None, "What a backup may use of the destination; beyond it the run"
        " tells an error.", _GROUP, unit="mb",
    ),
    Option(
        "quota-warning-threshold", T.INTEGER, "10", "Warn when fewer percent of the destination, or of"
        " --quota-size, are free; not given, only when fewer than 5 GB are. 0 for never.", _GROUP,
    ),
    Option(
        "quota-disable", T.BOOLEAN, "false", "Ignore the free space that the destination reports.", _GROUP,
    ),
)
