"""Options for how much of the computer is used, and for modules."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "machine"
_WORKERS = "each worker reads, hashes and compresses; use --concurrency-max-threads"

OPTIONS = (
    Option(
        "dry-run", T.BOOLEAN, "false", "Show what would be done, and change nothing.", _GROUP,
        aliases=("dryrun",),
    ),
    Option(
        "thread-priority", T.ENUM, "Normal", "Priority of the program.", _GROUP,
        values=("Idle", "Lowest", "BelowNormal", "Normal", "AboveNormal", "Highest"),
    ),
    Option(
        "use-background-io-priority", T.BOOLEAN, "false", "Let other programs use the disk first.", _GROUP,
    ),
    Option(
        "allow-sleep", T.BOOLEAN, "false", "Let the computer fall asleep meanwhile.", _GROUP, state="inert",
        reason="Triplicati does not keep the computer awake",
    ),
    Option(
        "disable-on-battery", T.BOOLEAN, "false",
        "Skip scheduled runs on battery; a run by hand only says so.", _GROUP,
    ),
    Option(
        "cpu-intensity", T.INTEGER, "10", "Share of the processor to use, 1 to 10.", _GROUP,
    ),
    Option("concurrency-max-threads", T.INTEGER, "0", "Largest number of workers; 0 is automatic.", _GROUP),
    Option(
        "concurrency-block-hashers", T.INTEGER, None, "Workers that hash.", _GROUP, state="inert",
        reason=_WORKERS,
    ),
    Option(
        "concurrency-compressors", T.INTEGER, None, "Workers that compress.", _GROUP, state="inert",
        reason=_WORKERS,
    ),
    Option(
        "concurrency-fileprocessors", T.INTEGER, None, "Files opened at the same time.", _GROUP,
        state="inert", reason=_WORKERS,
    ),
    Option(
        "enable-module", T.STRING, None, "Modules to load in addition.", _GROUP, state="inert",
        reason="all modules are there unless --disable-module names them",
    ),
    Option(
        "disable-module", T.STRING, None,
        "Modules not to use, separated by commas, such as sendmail, runscript or console-password-input; "
        "their options then have no effect.", _GROUP,
    ),
)
