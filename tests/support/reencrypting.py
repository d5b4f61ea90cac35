"""Changing the encryption of a test's backup, and looking at the outcome with both passphrases."""

from __future__ import annotations

from typing import Any

import msgspec

from support.engine import PASSPHRASE, Place
from triplicati.engine.outcome import settled
from triplicati.engine.reencrypt import NewEncryption, reencrypt
from triplicati.engine.settings import UpkeepSettings
from triplicati.engine.stopping import StopRequest
from triplicati.index.database import open_database
from triplicati.messages.results import ReencryptResult

OTHER = "battery staple"


async def reencrypted(
    place: Place,
    encryption: str,
    passphrase: str | None = OTHER,
    stop: StopRequest | None = None,
    old: str | None = PASSPHRASE,
    **changes: Any,  # Any: the fields of the settings
) -> ReencryptResult:
    """From the place's own encryption; `place.encryption` stays as it is."""
    remote = place.connect()
    remote.keys = msgspec.structs.replace(remote.keys, passphrase=old, other=passphrase)
    settings = UpkeepSettings(upload_folder=str(place.temporary), **changes)
    new = NewEncryption(encryption, passphrase if encryption else None)

    async def operation() -> ReencryptResult:
        async with open_database(place.database) as database:
            return await reencrypt(remote, database, settings, new, stop or StopRequest())

    return await settled(operation)
