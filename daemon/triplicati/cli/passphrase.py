"""Asking the user for a passphrase (spec/cli.md 2.8)."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from triplicati.operations import passphrase
from triplicati.operations.passphrase import Ask
from triplicati.options.module_keys import PROMPT, disabled_modules
from triplicati.options.option_values import OptionValues


def for_writing(values: OptionValues, environment: Mapping[str, str], recorded: str) -> str | None:
    """As `operations.passphrase.for_writing`, with the user to ask."""
    return passphrase.for_writing(values, environment, recorded, _source)


def for_reading(values: OptionValues, environment: Mapping[str, str], encryption: str) -> str | None:
    """As `operations.passphrase.for_reading`, with the user to ask."""
    return passphrase.for_reading(values, environment, encryption, _source)


def for_renewing(values: OptionValues, environment: Mapping[str, str], encryption: str) -> str | None:
    """As `operations.passphrase.for_renewing`, with the user to ask."""
    return passphrase.for_renewing(values, environment, encryption, _source)


def _source(values: OptionValues) -> Ask | None:
    """How to ask; None where nobody is to be asked, or nobody is there."""
    from triplicati.cli import prompt  # noqa: PLC0415 - most have the passphrase at hand

    if PROMPT in disabled_modules(values):
        return None
    if values.boolean("force-passphrase-from-stdin"):
        return lambda _: prompt.read_line()
    if prompt.can_ask():
        return prompt.ask
    # There the console is another thing than standard input, which may hold the passphrase all the same.
    return (lambda _: prompt.read_line()) if sys.platform == "win32" and sys.stdin is not None else None
