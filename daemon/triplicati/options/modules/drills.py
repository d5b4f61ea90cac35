"""The restore drill of `test`, which Duplicati does not have."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "verification"

OPTIONS = (
    Option(
        "restore-drill", T.INTEGER, "0",
        "With test: restore some files of so many versions (1 without a number) for trial and compare them;"
        " those that never were, or longest ago, come first. Volumes that hold a part of them are fetched.",
        _GROUP,
    ),
    Option(
        "drill-files", T.INTEGER, "20", "How many files of a version --restore-drill restores at most.",
        _GROUP,
    ),
    Option(
        "drill-size", T.SIZE, "100mb",
        "How much the files of a version that --restore-drill restores may have together.", _GROUP, unit="mb",
    ),
    Option(
        "drill-seed", T.INTEGER, None, "Make the same choice again for --restore-drill, for tests.", _GROUP,
    ),
)
