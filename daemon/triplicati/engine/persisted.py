"""What a backup keeps for life: its format and whether its passphrase is the same (spec/format.md 10.4)."""

from __future__ import annotations

import secrets

import trio

from triplicati.engine.remote import Remote
from triplicati.engine.settings import BackupSettings
from triplicati.errors import (
    NoVersions,
    ParametersConflict,
    PassphraseAdditionNotSupported,
    PassphraseChangeNotSupported,
    PassphraseRemovalNotSupported,
)
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.database import Database
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
