"""The `manifest` entry of every volume (spec/format.md 2.5)."""

from __future__ import annotations

import msgspec

from triplicati import __version__
from triplicati.errors import CorruptVolume
from triplicati.formats.hashes import ALGORITHMS, DIGEST_SIZES
from triplicati.formats.jsontext import BOM, UNDECODABLE, encode_json, without_bom
from triplicati.values.stamps import format_stamp


class VolumeFormat(msgspec.Struct, frozen=True):
    """What all volumes of one destination and prefix agree on. `blocksize` in bytes."""

    blocksize: int = 1 << 20
    block_hash: str = "SHA256"
    file_hash: str = "SHA256"


class _Manifest(msgspec.Struct, rename="pascal"):
    version: int
    created: str
    encoding: str
    blocksize: int
    block_hash: str
    file_hash: str
    app_version: str = ""


def encode_manifest(form: VolumeFormat, created: int) -> bytes:
    """`created` in Unix seconds."""
    return BOM + encode_json(
        _Manifest(
            version=2,
            created=format_stamp(created),
            encoding="utf8",
            blocksize=form.blocksize,
            block_hash=form.block_hash,
            file_hash=form.file_hash,
            app_version=f"Triplicati {__version__}",
        )
    )


def decode_manifest(text: bytes, volume: str) -> VolumeFormat:
    """Raises `CorruptVolume` for a manifest that no reader of version 2 accepts."""
    try:
        manifest = msgspec.json.decode(without_bom(text), type=_Manifest)
    except UNDECODABLE as error:
        raise CorruptVolume(name=volume, reason=f"its manifest cannot be read ({error})") from None
    if manifest.version > 2:
        raise CorruptVolume(
            name=volume, reason=f"its manifest has version {manifest.version}; known are up to 2"
        )
    if manifest.encoding != "utf8":
        raise CorruptVolume(name=volume, reason=f"its manifest names the encoding {manifest.encoding!r}")
    for name in (manifest.block_hash, manifest.file_hash):
        if name not in ALGORITHMS:
            raise CorruptVolume(name=volume, reason=f"its manifest names the hash {name!r}")
    # A block must hold at least one digest, or no blocklist can be made.
    if not DIGEST_SIZES[manifest.block_hash] <= manifest.blocksize < 1 << 31:
        raise CorruptVolume(name=volume, reason=f"its manifest names the block size {manifest.blocksize}")
    return VolumeFormat(manifest.blocksize, manifest.block_hash, manifest.file_hash)


def check_manifest(text: bytes, expected: VolumeFormat, volume: str) -> None:
    found = decode_manifest(text, volume)
    if found != expected:
        raise CorruptVolume(name=volume, reason=f"it was made with {found}, this backup with {expected}")
