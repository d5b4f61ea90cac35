"""Between the elements of a file list and the rows of the local database (spec/format.md 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

from triplicati.errors import CorruptVolume, InvalidValue
from triplicati.formats.dlist import (
    ListedEntry,
    encode_content_fields,
    encode_file,
    encode_metadata_fields,
    encode_other,
)
from triplicati.formats.hashes import DIGEST_SIZES, unb64
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.formats.manifest import VolumeFormat
from triplicati.index.rows import Row
from triplicati.values.stamps import parse_stamp

_KINDS = {"file": FILE, "folder": FOLDER, "symlink": SYMLINK}
NANOSECONDS = 1_000_000_000
# 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z
FIRST_TIME, LAST_TIME = -62_135_596_800, 253_402_300_799


def is_safe_path(path: str) -> bool:
    """Absolute, in its own system's form, and without a way up."""
    if path[:1] == "/" and ".." not in path and "\x00" not in path:
        return True  # as nearly all are
    absolute = path.startswith(("/", "\\\\")) or (len(path) > 2 and path[1] == ":" and path[2] in "\\/")
    return absolute and "\x00" not in path and ".." not in path.replace("\\", "/").split("/")


def rows_of(entries: Sequence[ListedEntry], volume: str, form: VolumeFormat) -> list[Row]:
    """As `row_of`, without those of kinds that no current version writes."""
    rows = []
    size = DIGEST_SIZES[form.file_hash]
    for entry in entries:
        row = _small_file(entry, size) or row_of(entry, volume, form)
        if row is not None:
            rows.append(row)
    return rows


def _small_file(entry: ListedEntry, digest_size: int) -> Row | None:
    """Of a file of one block whose hashes are all of one kind, as nearly every element is; None for all else,
    and for what is not valid."""
    if entry.type != "File" or entry.blocklists or entry.blockhash:
        return None
    if entry.metablocklists or entry.metablockhash:
        return None
    if entry.size < 0 or entry.metasize < 0:
        return None
    try:
        digest, metadata = unb64(entry.hash), unb64(entry.metahash)
        mtime = parse_stamp(entry.time) * NANOSECONDS
    except (ValueError, InvalidValue):
        return None
    if len(digest) != digest_size or len(metadata) != digest_size:
        return None
    size, metasize = entry.size, entry.metasize
    return Row(entry.path, FILE, size, mtime, 0, digest, None, None, metadata, metasize, None, None)


def row_of(entry: ListedEntry, volume: str, form: VolumeFormat | None = None) -> Row | None:
    """None for kinds that no current version writes. Raises `CorruptVolume` for values that cannot be; with
    `form` for digests of the wrong length too."""
    kind = _KINDS.get(entry.type.lower())
    if kind is None:
        return None
    try:
        row = Row(
            path=entry.path,
            kind=kind,
            size=entry.size if kind == FILE else -1,
            mtime=parse_stamp(entry.time) * NANOSECONDS if kind == FILE else 0,
            ctime=0,
            hash=unb64(entry.hash) if kind == FILE else None,
            blockhash=unb64(entry.blockhash) if entry.blockhash else None,
            blocklists=_joined(entry.blocklists),
            metahash=unb64(entry.metahash),
            metasize=entry.metasize,
            metablockhash=_different(entry.metablockhash, entry.metahash),
            metablocklists=_joined(entry.metablocklists),
        )
        _check(row, form)
        return row
    except (ValueError, InvalidValue) as error:
        raise CorruptVolume(name=volume, reason=f"its entry {entry.path!r} is not valid ({error})") from None


def _check(row: Row, form: VolumeFormat | None) -> None:
    """Raises `ValueError`."""
    if row.kind == FILE and (row.size < 0 or not row.hash):
        raise ValueError("its size or hash is missing")
    if row.metasize < 0 or not row.metahash:
        raise ValueError("its metadata is missing")
    if form is None:
        return
    block, file = DIGEST_SIZES[form.block_hash], DIGEST_SIZES[form.file_hash]
    lengths = ((row.hash, file), (row.metahash, file), (row.blockhash, block), (row.metablockhash, block))
    if any(digest is not None and len(digest) != length for digest, length in lengths):
        raise ValueError("one of its hashes has the wrong length")
    if any(joined and len(joined) % block for joined in (row.blocklists, row.metablocklists)):
        raise ValueError("the hash of a blocklist has the wrong length")


def _different(digest: str, other: str) -> bytes | None:
    return unb64(digest) if digest and digest != other else None


def _joined(digests: list[str] | None) -> bytes | None:
    return b"".join(map(unb64, digests)) if digests else None


def listed_time(mtime: int) -> int:
    """Whole seconds; a time that has no stamp becomes the nearest that has one."""
    return min(max(mtime // NANOSECONDS, FIRST_TIME), LAST_TIME)


def element_of(row: Row, form: VolumeFormat) -> bytes:
    """The element of filelist.json for a row."""
    metadata = encode_metadata_fields(
        row.metahash,
        row.metasize,
        row.metablockhash or row.metahash,
        split(row.metablocklists, form),
        always_blockhash=row.kind != FILE,
    )
    if row.kind != FILE:
        return encode_other("Folder" if row.kind == FOLDER else "Symlink", row.path, metadata)
    digest = row.hash or b""
    content = encode_content_fields(digest, row.size, row.blockhash or digest, split(row.blocklists, form))
    return encode_file(row.path, digest, row.size, listed_time(row.mtime), metadata, content)


def split(digests: bytes | None, form: VolumeFormat) -> Sequence[bytes]:
    """The raw block hashes joined in `digests`."""
    if not digests:
        return ()
    size = DIGEST_SIZES[form.block_hash]
    return [digests[start : start + size] for start in range(0, len(digests), size)]
