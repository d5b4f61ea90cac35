"""dindex volumes: what a dblock holds (spec/format.md 5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from triplicati.errors import CorruptVolume
from triplicati.formats.hashes import b64, b64_each
from triplicati.formats.jsontext import UNDECODABLE, Size, without_bom


class IndexedBlock(msgspec.Struct, gc=False):
    hash: str
    size: Size


class VolumeDescription(msgspec.Struct):
    """A `vol/` entry. `volumehash` in Base64, of the remote bytes; both are absent where unknown."""

    blocks: list[IndexedBlock]
    volumehash: str | None = None
    volumesize: Size | None = None


def encode_volume(
    digests: bytes, digest_size: int, sizes: Sequence[int], volumehash: bytes, volumesize: int
) -> bytes:
    """`digests` is the concatenation of the raw block hashes, in the order of `sizes`. No byte order mark."""
    texts = b64_each(digests, digest_size)
    blocks = ",".join(f'{{"hash":"{text}","size":{size}}}' for text, size in zip(texts, sizes, strict=True))
    return f'{{"blocks":[{blocks}],"volumehash":"{b64(volumehash)}","volumesize":{volumesize}}}'.encode()


_decode = msgspec.json.Decoder(VolumeDescription).decode


def decode_volume(text: bytes, volume: str) -> VolumeDescription:
    """Raises `CorruptVolume`."""
    try:
        return _decode(without_bom(text))
    except UNDECODABLE as error:
        raise CorruptVolume(name=volume, reason=f"it cannot be read ({error})") from None


def split_digests(data: bytes, digest_size: int) -> Iterator[bytes]:
    """The raw hashes of a blocklist."""
    return (data[start : start + digest_size] for start in range(0, len(data), digest_size))
