"""What is still whole in a volume that seems to be damaged."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import trio

from triplicati.engine.opening import UNREADABLE, Expected, open_volume
from triplicati.engine.remote import Remote
from triplicati.errors import (
    CorruptVolume,
    GpgFailed,
    WrongPassphrase,
)
from triplicati.formats.blocks import is_block_name
from triplicati.formats.hashes import VOLUME_HASH, hasher
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.volumes import VolumeRow

_PART = 1 << 20


class Salvaged(msgspec.Struct):
    """`size` and `digest` of the remote bytes; `blocks` are those whose content fits its hash; `damaged`: the
    bytes are not those that were uploaded, or cannot be opened."""

    size: int
    digest: bytes
    blocks: set[bytes]
    damaged: bool


async def salvage(remote: Remote, row: VolumeRow, size: int, form: VolumeFormat) -> Salvaged:
    """Reads all of a volume. `size` in bytes as the destination tells it, -1 for not told.

    Raises what the destination raises, and `WrongPassphrase` or `GpgFailed` where the bytes may be those that
    were uploaded.
    """
    async with remote.fetched(row.name, size if size >= 0 else -1) as path:
        return await trio.to_thread.run_sync(_read, remote, row, path, form, abandon_on_cancel=False)


def _read(remote: Remote, row: VolumeRow, path: Path, form: VolumeFormat) -> Salvaged:
    running = hasher(VOLUME_HASH)()
    with path.open("rb", buffering=0) as file:
        while part := file.read(_PART):
            trio.from_thread.check_cancelled()
            running.update(part)
    digest, size = running.digest(), path.stat().st_size
    found = Salvaged(size, digest, set(), row.hash is not None and digest != row.hash)
    make = hasher(form.block_hash)
    try:
        with open_volume(path, row.name, remote.keys, Expected(), trio.from_thread.check_cancelled) as reader:
            for name in reader.entries if row.kind == "dblock" else ():
                trio.from_thread.check_cancelled()
                if not is_block_name(name):
                    continue
                try:
                    content = reader.read(name, form.blocksize)
                except CorruptVolume:
                    continue
                block = make(content).digest()
                if base64.urlsafe_b64encode(block).decode() == name:
                    found.blocks.add(block)
    except UNREADABLE as error:
        if isinstance(error, WrongPassphrase | GpgFailed) and row.hash in (digest, None):
            raise  # it may be whole, and of another passphrase
        found.damaged = True
    return found
