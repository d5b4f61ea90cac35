"""What a backup keeps for life: its format and whether its passphrase is the same (spec/format.md 10.4)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec
import trio

from triplicati.engine.opening import Keys
from triplicati.engine.remote import Remote
from triplicati.engine.settings import BackupSettings
from triplicati.errors import (
    NoVersions,
    ParametersConflict,
    PassphraseAdditionNotSupported,
    PassphraseChangeNotSupported,
    PassphraseRemovalNotSupported,
    ReencryptionUnfinished,
    WrongPassphrase,
)
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.database import Database
from triplicati.index.reencrypting import FROM, FROM_PASSPHRASE, unfinished
from triplicati.index.settings import fingerprint, fits, read_settings, write_settings
from triplicati.values.secrets import Secret

_STAGING = "staging"


async def check_persisted(remote: Remote, database: Database, settings: BackupSettings) -> None:
    """Raises `ParametersConflict` and the passphrase errors; remembers what is new."""
    recorded = await database.read(read_settings)
    wanted = {
        "prefix": remote.prefix,
        "blocksize": str(settings.form.blocksize),
        "block-hash-algorithm": settings.form.block_hash,
        "file-hash-algorithm": settings.form.file_hash,
    }
    for option, value in wanted.items():
        if recorded.get(option, value) != value:
            raise ParametersConflict(option=option, given=value, recorded=recorded[option])
    encryption = recorded.get("encryption", settings.encryption or "none")
    if encryption == "none" and settings.encryption:
        raise PassphraseAdditionNotSupported
    if encryption != "none" and not settings.encryption:
        raise PassphraseRemovalNotSupported
    fresh = {**wanted, "encryption": encryption}
    if settings.encryption:
        passphrase = Secret(remote.keys.passphrase or "")
        known = recorded.get("passphrase")
        if known is None:
            fresh["passphrase"] = await trio.to_thread.run_sync(fingerprint, passphrase)
        elif not await trio.to_thread.run_sync(fits, passphrase, known):
            raise PassphraseChangeNotSupported
    if any(recorded.get(key) != value for key, value in fresh.items()):
        await database.write(lambda c: write_settings(c, fresh))


async def fitting_keys(keys: Keys, recorded: Mapping[str, str], place: str) -> Keys:
    """Of the passphrases that were given those that fit what is recorded, the one to write with first. While
    the encryption is being changed that is the new one, and the old one stands beside it.

    Raises `WrongPassphrase` that names `place`, and `ReencryptionUnfinished` where one of the two lacks.
    """
    return await trio.to_thread.run_sync(_fitting, keys, recorded, place)


def _fitting(keys: Keys, recorded: Mapping[str, str], place: str) -> Keys:
    given = [each.passphrase for each in keys.each() if each.passphrase]
    known = recorded.get("passphrase")
    if unfinished(recorded):
        return _fitting_both(keys, recorded, given)
    if known is None or not given:
        return keys
    fitting = next((text for text in given if fits(Secret(text), known)), None)
    if fitting is None:
        raise WrongPassphrase(name=place)
    other = next((text for text in given if text != fitting), None)
    return msgspec.structs.replace(keys, passphrase=fitting, other=other)


def _fitting_both(keys: Keys, recorded: Mapping[str, str], given: list[str]) -> Keys:
    found: list[str | None] = []
    for encryption, key in ((recorded["encryption"], "passphrase"), (recorded[FROM], FROM_PASSPHRASE)):
        known = recorded.get(key)
        text = next((each for each in given if known is None or fits(Secret(each), known)), None)
        if encryption != "none" and text is None:
            raise ReencryptionUnfinished
        found.append(None if encryption == "none" else text)
    return msgspec.structs.replace(keys, passphrase=found[0], other=found[1])


async def staging_identity(database: Database) -> str:
    """The same in each run of this backup on this machine, another on each machine."""
    recorded = await database.read(read_settings)
    if _STAGING not in recorded:
        recorded[_STAGING] = secrets.token_hex(6)
        await database.write(lambda c: write_settings(c, {_STAGING: recorded[_STAGING]}))
    return recorded[_STAGING]


async def recorded_format(database: Database) -> VolumeFormat:
    """What a database that has seen its destination says of it."""
    recorded = await database.read(read_settings)
    if "blocksize" not in recorded:
        raise NoVersions
    return VolumeFormat(
        int(recorded["blocksize"]), recorded["block-hash-algorithm"], recorded["file-hash-algorithm"]
    )
