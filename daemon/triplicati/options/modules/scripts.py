"""Options for running scripts before and after an operation."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "scripts"

OPTIONS = (
    Option(
        "run-script-before-required",
        T.PATH,
        None,
        "Script to run first; the operation starts only if it succeeds.",
        _GROUP,
    ),
    Option(
        "run-script-before",
        T.PATH,
        None,
        "Script to run first.",
        _GROUP,
    ),
    Option(
        "run-script-post-backup",
        T.PATH,
        None,
        "Script to run after the upload.",
        _GROUP,
    ),
    Option(
        "run-script-after",
        T.PATH,
        None,
        "Script to run at the end.",
        _GROUP,
    ),
    Option(
        "run-script-timeout",
        T.TIMESPAN,
        "60s",
        "How long a script is waited for; 0 is for ever.",
        _GROUP,
    ),
    Option(
        "run-script-with-arguments",
        T.BOOLEAN,
        "false",
        "The value is a command with arguments, not only a path.",
        _GROUP,
    ),
    Option(
        "run-script-result-output-format",
        T.ENUM,
        "Duplicati",
        "Form of the result file given to scripts.",
        _GROUP,
        values=("Duplicati", "Json"),
    ),
    Option(
        "run-script-log-level",
        T.ENUM,
        "Warning",
        "Least important lines in the result file.",
        _GROUP,
        values=("ExplicitOnly", "Profiling", "Verbose", "Retry", "Information", "DryRun", "Warning", "Error"),
    ),
    Option(
        "run-script-log-filter",
        T.STRING,
        None,
        "Rules that pick lines for the result file.",
        _GROUP,
    ),
)
