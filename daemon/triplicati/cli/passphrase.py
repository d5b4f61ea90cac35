"""Where the passphrase comes from (spec/cli.md 2.8): option, environment, standard input, prompt."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from triplicati.errors import (
    EmptyPassphrase,
    PassphraseAdditionNotSupported,
    PassphraseMismatch,
    PassphraseNeeded,
    PassphraseRemovalNotSupported,
)
from triplicati.options.module_keys import PROMPT, disabled_modules
from triplicati.options.option_values import OptionValues


def for_writing(values: OptionValues, environment: Mapping[str, str], recorded: str) -> str | None:
    """The passphrase of a backup, None for an unencrypted one; `recorded` is how it was made, "" when new.

    A prompt asks twice for a new backup. Raises `EmptyPassphrase`, `PassphraseMismatch`,
    `PassphraseUnreadable`, `OperationAborted`, and the refusals to change between encrypted and unencrypted.
    """
    if recorded not in ("", "none") and values.boolean("no-encryption"):
        raise PassphraseRemovalNotSupported
    if recorded == "none" and values.text("passphrase") and not values.boolean("no-encryption"):
        raise PassphraseAdditionNotSupported
    if recorded == "none" or values.boolean("no-encryption"):
        return None
    found = _given(values, environment)
    if found is None:
        ask = _source(values)
        if ask is None:
            raise EmptyPassphrase
        found = ask("Passphrase: ")
        if found and not recorded and ask("Confirm passphrase: ") != found:
            raise PassphraseMismatch
    if not found:
        raise EmptyPassphrase
    return found


def for_reading(values: OptionValues, environment: Mapping[str, str], encryption: str) -> str | None:
    """The passphrase to read a backup with, None for an unencrypted one.

    Raises `PassphraseNeeded` when there is none and nobody to ask, `PassphraseUnreadable`,
    `OperationAborted`.
    """
    if encryption in ("", "none") or values.boolean("no-encryption"):
        return None
    found = _given(values, environment)
    if found is None and (ask := _source(values)) is not None:
        found = ask("Passphrase: ")
    if not found:
        raise PassphraseNeeded(name=f"{values.text('prefix')}-*.zip.{encryption}")
    return found


def _given(values: OptionValues, environment: Mapping[str, str]) -> str | None:
    """None when nothing was said; an option without a value says that there is none."""
    option = values.secret("passphrase")
    if option is not None:
        return option.reveal()
    return environment.get("PASSPHRASE") or None


def _source(values: OptionValues) -> Callable[[str], str] | None:
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
