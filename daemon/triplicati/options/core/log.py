"""Options for log lines and for finding faults."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "log"
_LOCAL = "only local folders can be destinations yet"
_DATABASE = "it looks into a program that is built differently here"

OPTIONS = (
    Option(
        "log-file", T.PATH, None, "Append log lines to this file.", _GROUP,
    ),
    Option(
        "log-file-log-level", T.ENUM, "Warning", "Least important lines written to the log file.", _GROUP,
        values=("ExplicitOnly", "Profiling", "Verbose", "Retry", "Information", "DryRun", "Warning", "Error"),
        fallback="log-level",
    ),
    Option(
        "log-file-log-filter", T.STRING, None,
        "Rules that pick lines for the log file whatever their level.", _GROUP,
    ),
    Option(
        "log-file-log-ignore", T.STRING, None, "Ids of lines to leave out of the log file.", _GROUP,
    ),
    Option(
        "console-log-level", T.ENUM, "Warning", "Least important lines shown.", _GROUP,
        values=("ExplicitOnly", "Profiling", "Verbose", "Retry", "Information", "DryRun", "Warning", "Error"),
        fallback="log-level",
    ),
    Option(
        "console-log-filter", T.STRING, None, "Rules that pick lines to show whatever their level.", _GROUP,
    ),
    Option(
        "console-log-ignore", T.STRING, None, "Ids of lines not to show.", _GROUP,
    ),
    Option(
        "log-level", T.ENUM, "Warning", "Level of lines where the newer options are not given.", _GROUP,
        values=("ExplicitOnly", "Profiling", "Verbose", "Retry", "Information", "DryRun", "Warning", "Error"),
        deprecated="use console-log-level or log-file-log-level",
    ),
    Option(
        "verbose", T.BOOLEAN, "false", "Old switch for more output.", _GROUP,
        deprecated="it has no effect any more, use console-log-level", state="inert",
        reason="use --console-log-level",
    ),
    Option(
        "suppress-warnings", T.STRING, None, "Ids of warnings that count as information only.", _GROUP,
    ),
    Option("debug-output", T.BOOLEAN, "false", "Show errors with all technical details.", _GROUP),
    Option(
        "debug-retry-errors", T.BOOLEAN, "false", "Log each retry.", _GROUP, state="inert",
        reason="retries are logged at the level Retry",
    ),
    Option(
        "log-http-requests", T.BOOLEAN, "false", "Log web requests to the destination.", _GROUP,
        state="inert", reason=_LOCAL,
    ),
    Option(
        "log-socket-data", T.INTEGER, "-1", "Log this many bytes of each network packet.", _GROUP,
        state="inert", reason=_LOCAL,
    ),
    Option(
        "profile-all-database-queries", T.BOOLEAN, "false", "Log each query of the local database.", _GROUP,
        state="inert", reason=_DATABASE,
    ),
    Option(
        "long-database-query-threshold", T.TIMESPAN, "30m", "Warn about queries that take longer.", _GROUP,
        state="inert", reason=_DATABASE,
    ),
    Option(
        "internal-profiling", T.BOOLEAN, "false", "Log how long the steps take.", _GROUP, state="inert",
        reason=_DATABASE,
    ),
    Option(
        "allow-paths-in-log-messages", T.BOOLEAN, "false",
        "Do not hide paths in reports that leave this computer.", _GROUP,
    ),
)
