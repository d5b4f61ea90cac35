"""What tests of this program use."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

OPTIONS = (
    Option(
        "debug-faults", T.STRING, None,
        "For tests of this program only: let the destination fail as this script says, for example"
        " put:error-after:first=2:match=dblock or seed=7:rate=0.1.",
        "testing",
    ),
)
