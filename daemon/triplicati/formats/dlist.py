"""dlist volumes: one version's list of paths (spec/format.md 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal

import msgspec

from triplicati.errors import CorruptVolume
from triplicati.formats.hashes import b64, b64_each
from triplicati.formats.jsontext import BOM, UNDECODABLE, Size, encode_json, without_bom
from triplicati.values.stamps import format_stamp

EntryKind = Literal["File", "Folder", "Symlink"]

_FULL = BOM + b'{"IsFullBackup":true}'
_PARTIAL = BOM + b'{"IsFullBackup":false}'
# An entry longer than this cannot be told from a damaged list (a path has at most a few thousand bytes, a
# blocklist of 1 TiB about 1.5 MB).
_LONGEST_ENTRY = 32 << 20
_BLANKS = b" \t\r\n"


class ListedEntry(msgspec.Struct, gc=False, omit_defaults=True):
    """One element of filelist.json, hashes still in Base64. `time` as yyyyMMddTHHmmssZ."""

    type: str
    path: str
    hash: str = ""
    size: Size = -1
    time: str = ""
    metahash: str = ""
    metasize: Size = -1
    metablocklists: list[str] | None = None
    metablockhash: str = ""
    blocklists: list[str] | None = None
    blockhash: str = ""
    blocksize: Size = -1


class _Fileset(msgspec.Struct):
    full: bool = msgspec.field(default=True, name="IsFullBackup")


def encode_fileset(*, full: bool) -> bytes:
    return _FULL if full else _PARTIAL


def decode_fileset(text: bytes, volume: str) -> bool:
    """Whether the version is full. Raises `CorruptVolume`."""
    try:
        return msgspec.json.decode(without_bom(text), type=_Fileset).full
    except UNDECODABLE as error:
        raise CorruptVolume(name=volume, reason=f"its fileset entry cannot be read ({error})") from None


def encode_file(
    path: str,
    digest: bytes,
    size: int,
    mtime: int,
    metadata: bytes,
    content: bytes,
) -> bytes:
    """A File element. `mtime` in whole Unix seconds; `metadata` from `encode_metadata_fields` (it starts with
    a comma), `content` from `encode_content_fields`."""
    return b'{"type":"File","path":%b,"hash":"%b","size":%d,"time":"%b"%b%b}' % (
        encode_json(path),
        b64(digest).encode(),
        size,
        format_stamp(mtime).encode(),
        metadata,
        content,
    )


def encode_small_files(
    rows: Iterable[tuple[str, bytes, int, int, bytes, int]], digest_size: int
) -> Iterator[bytes]:
    """As `encode_file`, for files of one block whose hashes are all of one kind: nearly every element.

    Gives several elements, with commas between, at a time: everything else waits for the end of this.

    `rows` are (path, hash, size, mtime in whole seconds, metahash, metasize).
    """
    remaining = iter(rows)
    while batch := list(islice(remaining, _BATCH)):
        paths, digests, sizes, times, metahashes, metasizes = zip(*batch, strict=True)
        elements = zip(
            map(_json_text, paths),
            b64_each(b"".join(digests), digest_size),
            sizes,
            map(format_stamp, times),
            b64_each(b"".join(metahashes), digest_size),
            metasizes,
            strict=True,
        )
        yield ",".join([_SMALL_FILE % each for each in elements]).encode()


_BATCH = 1000
_SMALL_FILE = '{"type":"File","path":%s,"hash":"%s","size":%d,"time":"%s","metahash":"%s","metasize":%d}'


def _json_text(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return encode_json(text).decode()


def encode_other(kind: EntryKind, path: str, metadata: bytes) -> bytes:
    """A Folder or Symlink element."""
    return b'{"type":"%b","path":%b%b}' % (kind.encode(), encode_json(path), metadata)


def encode_metadata_fields(
    metahash: bytes, metasize: int, blockhash: bytes, blocklists: Sequence[bytes], *, always_blockhash: bool
) -> bytes:
    """`always_blockhash` for folders and links; a file names it only where it differs from `metahash`."""
    start = b',"metahash":"%b","metasize":%d' % (b64(metahash).encode(), metasize)
    if blocklists:
        return start + b',"metablocklists":%b' % encode_json([b64(each) for each in blocklists])
    if always_blockhash or blockhash != metahash:
        return start + b',"metablockhash":"%b"' % b64(blockhash).encode()
    return start


def encode_content_fields(digest: bytes, size: int, blockhash: bytes, blocklists: Sequence[bytes]) -> bytes:
    if blocklists:
        return b',"blocklists":%b' % encode_json([b64(each) for each in blocklists])
    if size > 0 and blockhash != digest:
        return b',"blockhash":"%b","blocksize":%d' % (b64(blockhash).encode(), size)
    return b""


def encode_list(entries: Iterable[bytes]) -> Iterator[bytes]:
    """filelist.json in parts of about 1 MiB from encoded elements, one or several with commas at a time."""
    parts: list[bytes] = []
    held = 0
    opening = BOM + b"["
    for entry in entries:
        parts.append(entry)
        held += len(entry)
        if held > 1 << 20:
            yield opening + b",".join(parts)
            opening = b","
            parts, held = [], 0
    if parts:
        yield opening + b",".join(parts) + b"]"
    else:
        yield (opening if opening != b"," else b"") + b"]"


_decode_many = msgspec.json.Decoder(list[ListedEntry]).decode
_BETWEEN = b'},{"type":'
# Whatever the spacing. No string can hold this: its quote would end the string, and no letter may follow.
_BETWEEN_SPACED = re.compile(rb'\}\s*,\s*\{\s*"[A-Za-z]')


def decode_list(chunks: Iterable[bytes], volume: str) -> Iterator[list[ListedEntry]]:
    """The elements in batches, in flat memory whatever the length. Raises `CorruptVolume`.

    There is no streaming decoder in msgspec: what came so far is cut between two elements, and what stands
    before the cut is decoded.
    """
    parts = iter(chunks)
    held = _opened(parts, volume)
    searched = 0
    for chunk in parts:
        held += chunk
        cut, entries = _decode_front(held, searched, volume)
        if entries:
            yield entries
            held = held[cut:]
        elif len(held) > _LONGEST_ENTRY:
            raise CorruptVolume(name=volume, reason="its file list cannot be read")
        # The next cut may begin in the blanks or letters already there.
        searched = max(0, len(held) - len(_BETWEEN))
    last = _decode(b"[" + held, volume)
    if last:
        yield last


def _opened(parts: Iterator[bytes], volume: str) -> bytes:
    """What follows the opening bracket in the first parts."""
    held = b""
    for part in parts:
        held += part
        start = held.lstrip(BOM + _BLANKS)
        if start:
            break
    else:
        raise CorruptVolume(name=volume, reason="its file list is empty")
    if without_bom(held).lstrip(_BLANKS)[:1] != b"[":
        raise CorruptVolume(name=volume, reason="its file list is no JSON array")
    return start[1:]


def _decode_front(held: bytes, searched: int, volume: str) -> tuple[int, list[ListedEntry]]:
    """The position of the last element that may be unfinished, and the elements before it; else (0, [])."""
    at = held.rfind(_BETWEEN, searched)
    if at < 0:
        at = max((match.start() for match in _BETWEEN_SPACED.finditer(held, searched)), default=-1)
    if at < 0:
        return 0, []
    try:
        entries = _decode_many(b"[" + held[: at + 1] + b"]")
    except msgspec.ValidationError as error:
        raise CorruptVolume(name=volume, reason=f"its file list has an invalid entry ({error})") from None
    except UNDECODABLE:
        # Two objects inside a property this program does not know.
        return 0, []
    return held.index(b"{", at), entries


def _decode(text: bytes, volume: str) -> list[ListedEntry]:
    try:
        return _decode_many(text)
    except UNDECODABLE as error:
        raise CorruptVolume(name=volume, reason=f"its file list cannot be read ({error})") from None
