"""`<prefix>-verification.json`: every volume with size and hash, for checking without a key
(spec/format.md 1.5)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import trio

from triplicati.engine.persisted import staging_identity
from triplicati.engine.remote import Remote
from triplicati.engine.staging import staging_folder
from triplicati.formats.hashes import b64
from triplicati.formats.jsontext import BOM, encode_json
from triplicati.index.database import Database
from triplicati.index.volumes import VolumeRow, all_volumes
from triplicati.storage.uploads import FileUpload

_TYPES = {"dblock": 0, "dlist": 1, "dindex": 2}
_STATES = {"Temporary": 0, "Uploading": 1, "Uploaded": 2, "Verified": 3, "Deleting": 4, "Deleted": 5}
_NEVER = "0001-01-01T00:00:00Z"


class _Line(msgspec.Struct, rename={"id": "ID"}):
    id: int
    Name: str
    Hash: str | None
    Size: int
    Type: int
    State: int
    DeleteGracePeriod: str = _NEVER


def encode_verification(volumes: list[VolumeRow]) -> bytes:
    return BOM + encode_json(
        [
            _Line(
                row.id,
                row.name,
                b64(row.hash) if row.hash else None,
                row.size,
                _TYPES[row.kind],
                _STATES[row.state],
            )
            for row in volumes
            if row.state != "Temporary"
        ]
    )


async def refresh_verification_file(remote: Remote, database: Database, upload_folder: str | None) -> None:
    """For an operation without a folder for uploads of its own, at its end."""
    identity = await staging_identity(database)
    async with staging_folder(remote.destination, upload_folder, identity) as staging:
        await upload_verification_file(remote, database, staging)


async def upload_verification_file(remote: Remote, database: Database, staging: Path) -> None:
    text = encode_verification(await database.read(all_volumes))
    path = staging / "verification.json"
    await trio.Path(path).write_bytes(text)
    name = f"{remote.prefix}-verification.json"
    await remote.tried(lambda: remote.destination.put(name, FileUpload(path, len(text))))
