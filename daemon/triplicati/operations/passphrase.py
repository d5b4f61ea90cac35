"""Where the passphrase comes from (spec/cli.md 2.8): option, environment, or someone who can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from triplicati.errors import (
    EmptyPassphrase,
    NewPassphraseNeeded,
    PassphraseAdditionNotSupported,
    PassphraseMismatch,
    PassphraseNeeded,
    PassphraseRemovalNotSupported,
)
from triplicati.options.option_values import OptionValues

# Given the options, the environment and the encryption of the backup ("" for a new one).
Passphrase = Callable[[OptionValues, Mapping[str, str], str], str | None]
Ask = Callable[[str], str]


def nobody(values: OptionValues) -> Ask | None:
    """There is no one to ask."""
    return None


def for_writing(
    values: OptionValues,
    environment: Mapping[str, str],
    recorded: str,
    source: Callable[[OptionValues], Ask | None] = nobody,
) -> str | None:
    """The passphrase of a backup, None for an unencrypted one; `recorded` is how it was made, "" when new.

    A new backup is asked for twice. Raises `EmptyPassphrase`, `PassphraseMismatch`, `PassphraseUnreadable`,
    `OperationAborted`, and the refusals to change between encrypted and unencrypted.
    """
    if recorded and (values.given("new-passphrase") or values.given("new-encryption-module")):
        return for_reading(values, environment, recorded, source)
    if recorded not in ("", "none") and values.boolean("no-encryption"):
        raise PassphraseRemovalNotSupported
    if recorded == "none" and values.text("passphrase") and not values.boolean("no-encryption"):
        raise PassphraseAdditionNotSupported
    if recorded == "none" or values.boolean("no-encryption"):
        return None
    found = _given(values, environment)
    if found is None:
        ask = source(values)
        if ask is None:
            raise EmptyPassphrase
        found = ask("Passphrase: ")
        if found and not recorded and ask("Confirm passphrase: ") != found:
            raise PassphraseMismatch
    if not found:
        raise EmptyPassphrase
    return found


def for_reading(
    values: OptionValues,
    environment: Mapping[str, str],
    encryption: str,
    source: Callable[[OptionValues], Ask | None] = nobody,
) -> str | None:
    """The passphrase to read a backup with, None for an unencrypted one.

    Raises `PassphraseNeeded` when there is none and nobody to ask, `PassphraseUnreadable`,
    `OperationAborted`.
    """
    if encryption in ("", "none") or values.boolean("no-encryption"):
        return None
    found = _given(values, environment)
    if found is None and (ask := source(values)) is not None:
        found = ask("Passphrase: ")
    if not found:
        raise PassphraseNeeded(name=f"{values.text('prefix')}-*.zip.{encryption}")
    return found


def for_renewing(
    values: OptionValues,
    environment: Mapping[str, str],
    encryption: str,
    source: Callable[[OptionValues], Ask | None] = nobody,
) -> str | None:
    """The passphrase that a backup is to have from now on, None for none; somebody is asked for it twice.

    Raises `NewPassphraseNeeded`, `PassphraseMismatch`, `PassphraseUnreadable`, `OperationAborted`.
    """
    if encryption == "none":
        return None
    found = given_new(values, environment)
    if found is None and (ask := source(values)) is not None:
        found = ask("New passphrase: ")
        if found and ask("Confirm new passphrase: ") != found:
            raise PassphraseMismatch
    if not found:
        raise NewPassphraseNeeded
    return found


def given_new(values: OptionValues, environment: Mapping[str, str]) -> str | None:
    """None when nothing was said."""
    option = values.secret("new-passphrase")
    return (option.reveal() if option is not None else environment.get("NEW_PASSPHRASE")) or None


def given(values: OptionValues, environment: Mapping[str, str]) -> str | None:
    """As option or in the environment, None for none: nobody is asked."""
    return None if values.boolean("no-encryption") else _given(values, environment) or None


def _given(values: OptionValues, environment: Mapping[str, str]) -> str | None:
    """None when nothing was said; an option without a value says that there is none."""
    option = values.secret("passphrase")
    if option is not None:
        return option.reveal()
    return environment.get("PASSPHRASE") or None
