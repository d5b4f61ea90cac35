"""Options for listing."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "listing"

OPTIONS = (
    Option(
        "list-prefix-only", T.BOOLEAN, "false", "Show only the folder that all files have in common.",
        _GROUP,
    ),
    Option("list-folder-contents", T.BOOLEAN, "false", "Show one level below the given folder.", _GROUP),
    Option("list-sets-only", T.BOOLEAN, "false", "Show only the versions.", _GROUP),
    Option(
        "full-result", T.BOOLEAN, "false", "Show lists in full and all parts of the result.", _GROUP,
        aliases=("full-results",),
    ),
)
