"""Options of `triplicati backend test`, as Duplicati's BackendTester has them (spec/cli.md 8)."""

from __future__ import annotations

import msgspec

from triplicati.errors import UsageError
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.options.option_values import OptionValues

_GROUP = "test"
EXTENDED = "-_',=)(&%$#@! +"

OPTIONS = (
    Option("reruns", T.INTEGER, "5", "How often all of it is done.", _GROUP),
    Option("number-of-files", T.INTEGER, "10", "How many files are sent.", _GROUP),
    Option("min-file-size", T.SIZE, "1kb", "The smallest file.", _GROUP, unit="mb"),
    Option("max-file-size", T.SIZE, "50mb", "The largest file.", _GROUP, unit="mb"),
    Option("min-filename-length", T.INTEGER, "5", "The shortest name.", _GROUP),
    Option("max-filename-length", T.INTEGER, "80", "The longest name.", _GROUP),
    Option(
        "extended-chars", T.STRING, EXTENDED, "What names are made of beside letters and digits.", _GROUP
    ),
    Option("trim-filename-spaces", T.BOOLEAN, "false", "Names neither begin nor end with a blank.", _GROUP),
    Option("auto-create-folder", T.BOOLEAN, "false", "Create the folder where it is missing.", _GROUP),
    Option("skip-overwrite-test", T.BOOLEAN, "false", "Do not overwrite files.", _GROUP),
    Option(
        "auto-clean", T.BOOLEAN, "false", "With --force: delete ALL files of the folder first.", _GROUP
    ),
    Option("force", T.BOOLEAN, "false", "Do what --auto-clean says.", _GROUP),
    Option("wait-after-upload", T.TIMESPAN, "0s", "Wait so long after all files are sent.", _GROUP),
    Option("wait-after-delete", T.TIMESPAN, "0s", "Wait so long after all files are deleted.", _GROUP),
    Option("failure-retries", T.INTEGER, "0", "Try a transfer so often again.", _GROUP),
    Option("verification-retries", T.INTEGER, "3", "Look so often again at a wrong listing.", _GROUP),
    Option("seed", T.INTEGER, None, "Make the same names and contents again.", _GROUP),
)


class TrialSettings(msgspec.Struct, frozen=True):
    """Sizes in bytes, lengths of names in characters, times in seconds."""

    reruns: int
    files: int
    sizes: tuple[int, int]
    lengths: tuple[int, int]
    extended: str
    trims: bool
    creates: bool
    overwrites: bool
    cleans: bool
    wait_after_put: float
    wait_after_delete: float
    retries: int
    looks: int
    seed: int | None


def trial_settings(values: OptionValues) -> TrialSettings:
    """Raises `UsageError`, `InvalidValue`."""
    settings = TrialSettings(
        reruns=values.integer("reruns"),
        files=values.integer("number-of-files"),
        sizes=(values.size("min-file-size"), values.size("max-file-size")),
        lengths=(values.integer("min-filename-length"), values.integer("max-filename-length")),
        extended=values.text("extended-chars") or "",
        trims=values.boolean("trim-filename-spaces"),
        creates=values.boolean("auto-create-folder"),
        overwrites=not values.boolean("skip-overwrite-test"),
        cleans=values.boolean("auto-clean") and values.boolean("force"),
        wait_after_put=max(values.timespan("wait-after-upload").total_seconds(), 0.0),
        wait_after_delete=max(values.timespan("wait-after-delete").total_seconds(), 0.0),
        retries=max(values.integer("failure-retries"), 0),
        looks=max(values.integer("verification-retries"), 0),
        seed=values.integer("seed") if values.given("seed") else None,
    )
    for what, number in (("--reruns", settings.reruns), ("--number-of-files", settings.files)):
        if number < 1:
            raise UsageError(reason=f"{what} is at least 1.")
    for what, (least, most), floor in (
        ("file-size", settings.sizes, 0),
        ("filename-length", settings.lengths, 3),  # shorter ones would soon all be taken
    ):
        if not floor <= least <= most:
            raise UsageError(reason=f"--min-{what} is at least {floor}, and at most --max-{what}.")
    if "/" in settings.extended or "\0" in settings.extended:
        raise UsageError(reason="--extended-chars cannot hold a /, which no name of a file has.")
    return settings
