"""Changing the encryption of a saved backup. It learns the new passphrase before anything is changed, and
forgets the old one when everything is: whenever the server ends, it has what its volumes need."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from triplicati.config.server.store import Store
from triplicati.errors import InvalidValue, NewPassphraseNeeded
from triplicati.messages.results import Result
from triplicati.messages.saved import SavedBackup, Setting
from triplicati.operations.order import Order
from triplicati.operations.reencrypting import run_reencrypt
from triplicati.options.registry import canonical_name
from triplicati.runner.tasks import Task
from triplicati.runner.works import Work

_KINDS = ("aes", "gpg", "none")
_NEW = ("new-passphrase", "new-encryption-module")


def reencryption(store: Store) -> Work:
    """The work of the operation ReEncrypt. When no volume has the old encryption any more, the saved backup
    has the new one as its own."""

    async def work(order: Order, task: Task) -> Result:
        result = await run_reencrypt(order, task.stop)
        if not (result.left or result.dryrun):
            saved = await store.backup(task.backup.id)
            if saved is not None:
                await store.update_backup(with_new_encryption(saved))
        return result

    return work


async def note_new_encryption(
    store: Store, backup: SavedBackup, passphrase: str | None, kind: str | None
) -> None:
    """Before the operation is asked for. What was noted before and begun stays where nothing is said.

    Raises `InvalidValue`, `NewPassphraseNeeded`.
    """
    if kind and kind not in _KINDS:
        raise InvalidValue(value=kind, kind="encryption", reason=f"use {', '.join(_KINDS)}")
    known = _named(backup)
    if not passphrase and kind != "none" and not any(known.get(name) for name in _NEW):
        raise NewPassphraseNeeded
    if passphrase or kind:
        changes = {"new-passphrase": None if kind == "none" else passphrase or known.get("new-passphrase")}
        changes["new-encryption-module"] = kind or None
        await store.update_backup(_changed(backup, changes))


def with_new_encryption(backup: SavedBackup) -> SavedBackup:
    """As it is to be when all volumes have the encryption that was noted. Pure."""
    known = _named(backup)
    kind, passphrase = known.get("new-encryption-module"), known.get("new-passphrase")
    if kind == "none":
        changes: dict[str, str | None] = {
            "passphrase": None, "encryption-module": None, "no-encryption": None
        }  # fmt: skip
        changed = _changed(backup, {**changes, **dict.fromkeys(_NEW)})
        return msgspec.structs.replace(
            changed, settings=(*changed.settings, Setting("--no-encryption", "true"))
        )
    if not passphrase:
        return backup
    changes = {"passphrase": passphrase, "no-encryption": None, **dict.fromkeys(_NEW)}
    changes["encryption-module"] = kind or known.get("encryption-module") or "aes"
    return _changed(backup, changes)


def _named(backup: SavedBackup) -> dict[str, str | None]:
    return {_name(each): each.value for each in backup.settings}


def _changed(backup: SavedBackup, changes: Mapping[str, str | None]) -> SavedBackup:
    """None takes a setting away."""
    kept = [each for each in backup.settings if _name(each) not in changes]
    plain = {"passphrase", "encryption-module"}
    added = [
        Setting(name if name in plain else f"--{name}", value)
        for name, value in changes.items()
        if value is not None
    ]
    return msgspec.structs.replace(backup, settings=(*kept, *added))


def _name(setting: Setting) -> str:
    return canonical_name(setting.name.removeprefix("--"))
