"""Where the passphrase comes from (spec/cli.md 2.8): option, environment, standard input, prompt."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from triplicati.errors import (
    EmptyPassphrase,
    OperationAborted,
    PassphraseAdditionNotSupported,
    PassphraseMismatch,
    PassphraseNeeded,
    PassphraseRemovalNotSupported,
)
from triplicati.options.option_values import OptionValues


def for_writing(values: OptionValues, environment: Mapping[str, str], recorded: str) -> str | None:
    """The passphrase of a backup, None for an unencrypted one; `recorded` is how it was made, "" when new.

    A prompt asks twice for a new backup. Raises `EmptyPassphrase`, `PassphraseMismatch`, and the refusals to
    change between encrypted and unencrypted.
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

    Raises `PassphraseNeeded` when there is none and nobody to ask.
    """
    if encryption in ("", "none") or values.boolean("no-encryption"):
        return None
    found = _given(values, environment)
    ask = _source(values)
    if found is None and ask is not None:
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
    if values.boolean("force-passphrase-from-stdin"):
        return lambda _: sys.stdin.readline().rstrip("\r\n")
    return _prompt if sys.stdin is not None and sys.stdin.isatty() else None


def _prompt(question: str) -> str:
    from getpass import getpass  # noqa: PLC0415 - seldom needed

    with _interruptible():
        return getpass(question)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends the prompt at once and leaves the terminal as it was."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except (KeyboardInterrupt, EOFError):
        raise OperationAborted from None
    finally:
        signal.signal(signal.SIGINT, before)
