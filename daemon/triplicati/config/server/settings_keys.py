"""Where the key of the encrypted settings comes from (spec/server.md 7.4).

In this order: the option, two environment variables, the keyring of the system, and the file ``settings.key``
in the data folder, which is made at the first start when there is none of the others.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import queue
import secrets
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from triplicati.config.datafolder import write_private
from triplicati.config.server.field_cipher import SettingsKey, checked_key
from triplicati.errors import SettingsKeyInvalid
from triplicati.values.secrets import Secret

FILE = "settings.key"
ENTRY = "duplicati-server-encryption-key"
_OWNER = "Duplicati"
_VARIABLES = ("DUPLICATI__SETTINGS_ENCRYPTION_KEY", "SETTINGS_ENCRYPTION_KEY")
_LONGEST_WAIT = 2.0


def given_key(
    option: Secret | None, environment: Mapping[str, str], *, keyring: bool = True
) -> SettingsKey | None:
    """The key that was given from outside the data folder. Blocks for two seconds at most.

    Raises `SettingsKeyInvalid` for one that is too weak.
    """
    if option:
        return checked_key(option.reveal(), "--settings-encryption-key")
    for name in _VARIABLES:
        if environment.get(name):
            return checked_key(environment[name], f"the environment variable {name}")
    text = _from_keyring() if keyring else None
    return checked_key(text, f"the entry {ENTRY} of the keyring") if text else None


def key_of_file(folder: Path) -> SettingsKey | None:
    """The key that lies in the data folder. Raises `SettingsKeyInvalid` if the file cannot be used."""
    path = folder / FILE
    try:
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise SettingsKeyInvalid(source=f"the file {path}", reason=reason) from None
    return checked_key(text, f"the file {path}")


def make_key_file(folder: Path) -> SettingsKey:
    """A new key of 256 random bits in a file that only its owner can read."""
    path = folder / FILE
    text = secrets.token_urlsafe(32)
    write_private(path, f"{text}\n".encode())
    return checked_key(text, f"the file {path}")


def _from_keyring() -> str | None:
    if importlib.util.find_spec("keyring") is None or not _has_session():
        return None
    answer: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    # A keyring that is locked asks its user, who may not be there: the thread is left behind then.
    threading.Thread(target=lambda: answer.put(_ask_keyring()), name="keyring", daemon=True).start()
    try:
        return answer.get(timeout=_LONGEST_WAIT)
    except queue.Empty:
        return None


def _has_session() -> bool:
    return sys.platform != "linux" or "DBUS_SESSION_BUS_ADDRESS" in os.environ


def _ask_keyring() -> str | None:
    # What goes wrong here, in any of many programs, means that there is no key.
    with contextlib.suppress(Exception):
        import keyring  # noqa: PLC0415 - an extra, and slow

        # Backends that keep nothing, or in clear, have a priority below one.
        if keyring.get_keyring().priority >= 1:
            found = keyring.get_password(ENTRY, _OWNER)
            return found if isinstance(found, str) else None
    return None
