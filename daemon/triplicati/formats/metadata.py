"""The metadata blob of one path, to the byte and back (spec/format.md 6.2, 6.3).

A blob is BOM + compact JSON, an object of strings. The order of its keys is part of the format: the same path
must give the same bytes, or everything counts as changed.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from triplicati.errors import InvalidMetadata
from triplicati.formats.attributes import (
    Caller,
    attribute_text,
    is_read_only,
    parse_attributes,
    unix_attribute_bits,
)
from triplicati.formats.jsontext import BOM, UNDECODABLE, encode_json, without_bom

Kind = Literal["file", "folder", "symlink"]

EMPTY_METADATA = BOM + b"{}"

EPOCH_TICKS = 621_355_968_000_000_000
MAX_TICKS = 3_155_378_975_999_999_999

_XATTR = "unix-ext:"
_RAW_NAME = "triplicati:raw-name"
_RAW_LINK_TARGET = "triplicati:raw-link-target"


class Metadata(msgspec.Struct, frozen=True):
    """What a blob says; None or empty where it says nothing.

    Times are nanoseconds since 1970, ``mode`` is the nine permission bits. ``raw_name`` and
    ``raw_link_target`` are the bytes of a name or target that is no valid UTF-8. ``unreadable`` names the
    keys whose value made no sense and was passed over.
    """

    uid: int | None = None
    gid: int | None = None
    mode: int | None = None
    owner: str | None = None
    group: str | None = None
    attributes: frozenset[str] = frozenset()
    mtime_ns: int | None = None
    ctime_ns: int | None = None
    link_target: str | None = None
    xattrs: tuple[tuple[str, bytes], ...] = ()
    raw_name: bytes | None = None
    raw_link_target: bytes | None = None
    unreadable: tuple[str, ...] = ()


def encode_metadata(
    *,
    kind: Kind,
    name: str,
    mode: int,
    uid: int,
    gid: int,
    owner: str | None,
    group: str | None,
    mtime_ns: int,
    ctime_ns: int,
    caller: Caller,
    xattrs: Sequence[tuple[str, bytes]] = (),
    link_target: str | None = None,
    link_to_folder: bool = False,
    raw_name: bytes | None = None,
    raw_link_target: bytes | None = None,
) -> bytes:
    """Returns the blob of a path on Linux or macOS.

    ``name`` is the last component of the path, ``mode`` may hold more than the permission bits. ``xattrs``
    come in the order of the OS listing; empty values are dropped. A time outside the years 1 to 9999 is left
    out. The stored creation time is the earlier of ``mtime_ns`` and ``ctime_ns``: restoring a true birth time
    makes Duplicati on Linux set the modification time to it (trap 22).
    """
    head, attributes = _fixed_parts(
        kind, name[:1] == ".", mode & 0o777, uid, gid, owner, group, caller, link_to_folder
    )
    written = mtime_ns // 100 + EPOCH_TICKS
    created = written if mtime_ns <= ctime_ns else ctime_ns // 100 + EPOCH_TICKS
    representable = created >= 0 and written <= MAX_TICKS
    if representable and not xattrs and raw_name is None and link_target is None:
        return b'%b{%b,%b,"CoreLastWritetime":"%d","CoreCreatetime":"%d"}' % (
            BOM,
            head,
            attributes,
            written,
            created,
        )
    return _join(
        [
            *(_pair(_XATTR + key, _b64(value)) for key, value in xattrs if value),
            head,
            *_raw_pair(_RAW_NAME, raw_name),
            *_raw_pair(_RAW_LINK_TARGET, raw_link_target),
            attributes,
            *_time_pairs(written, created),
            *_link_pair(link_target),
        ]
    )


def encode_windows_metadata(
    *, attributes: int, mtime_ns: int, created_ns: int, link_target: str | None = None
) -> bytes:
    """Returns the blob of a path on Windows, without access rules; ``attributes`` are FILE_ATTRIBUTE bits."""
    return _join(
        [
            _pair("CoreAttributes", attribute_text(attributes)),
            *_time_pairs(mtime_ns // 100 + EPOCH_TICKS, created_ns // 100 + EPOCH_TICKS),
            *_link_pair(link_target),
        ]
    )


@lru_cache(maxsize=4096)
def _fixed_parts(
    kind: Kind,
    hidden: bool,
    mode: int,
    uid: int,
    gid: int,
    owner: str | None,
    group: str | None,
    caller: Caller,
    link_to_folder: bool,
) -> tuple[bytes, bytes]:
    """What thousands of paths share: the owner pairs, and the pair of CoreAttributes."""
    pairs = [_pair("unix:uid-gid-perm", f"{uid}-{gid}-{mode}")]
    if owner:
        pairs.append(_pair("unix:owner-name", owner))
    if group:
        pairs.append(_pair("unix:group-name", group))
    bits = unix_attribute_bits(
        read_only=is_read_only(mode, uid, gid, caller),
        hidden=hidden,
        folder=kind == "folder" or link_to_folder,
        link=kind == "symlink",
    )
    return b",".join(pairs), _pair("CoreAttributes", attribute_text(bits))


def _join(pairs: list[bytes]) -> bytes:
    return BOM + b"{" + b",".join(pairs) + b"}"


def _pair(key: str, value: str) -> bytes:
    return encode_json(key) + b":" + encode_json(value)


def _b64(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def _raw_pair(key: str, value: bytes | None) -> list[bytes]:
    return [] if value is None else [_pair(key, _b64(value))]


def _link_pair(target: str | None) -> list[bytes]:
    return [] if target is None else [_pair("CoreSymlinkTarget", target)]


def _time_pairs(written: int, created: int) -> list[bytes]:
    times = (("CoreLastWritetime", written), ("CoreCreatetime", created))
    return [_pair(key, str(ticks)) for key, ticks in times if 0 <= ticks <= MAX_TICKS]


_decode_object = msgspec.json.Decoder(dict[str, object]).decode


def decode_metadata(blob: bytes) -> Metadata:
    """Reads a blob of any system and version; unknown keys are passed over, an empty blob is empty metadata.

    Raises `InvalidMetadata` when it is no JSON object. A known key with a senseless value is listed in
    ``unreadable`` and the rest still counts. A time of zero ticks means "not known" (spec/format.md 6.3).
    """
    text = without_bom(blob)
    if not text:
        return Metadata()
    try:
        found = _decode_object(text)
    except UNDECODABLE as error:
        raise InvalidMetadata(reason=error) from None
    unreadable: list[str] = []
    uid, gid, mode = _permissions(found, unreadable)
    get = found.get
    return Metadata(
        uid=uid,
        gid=gid,
        mode=mode,
        owner=_text(get("unix:owner-name")),
        group=_text(get("unix:group-name")),
        attributes=parse_attributes(str(get("CoreAttributes", ""))),
        mtime_ns=_nanoseconds(found, "CoreLastWritetime", unreadable),
        ctime_ns=_nanoseconds(found, "CoreCreatetime", unreadable),
        link_target=_text(get("CoreSymlinkTarget")),
        xattrs=_xattrs(found, unreadable),
        raw_name=_raw(found, _RAW_NAME, unreadable),
        raw_link_target=_raw(found, _RAW_LINK_TARGET, unreadable),
        unreadable=tuple(unreadable),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _permissions(
    found: dict[str, object], unreadable: list[str]
) -> tuple[int | None, int | None, int | None]:
    value = found.get("unix:uid-gid-perm")
    if value is None:
        return None, None, None
    try:
        uid, gid, mode = map(int, str(value).split("-"))
        if max(uid, gid) >= 1 << 32:
            raise ValueError("no system has such an owner")
    except ValueError:
        unreadable.append("unix:uid-gid-perm")
        return None, None, None
    return uid, gid, mode & 0o777


def _nanoseconds(found: dict[str, object], key: str, unreadable: list[str]) -> int | None:
    value = found.get(key)
    if value is None:
        return None
    try:
        ticks = int(str(value))
    except ValueError:
        ticks = -1
    if 0 <= ticks <= MAX_TICKS:
        return (ticks - EPOCH_TICKS) * 100 if ticks else None
    unreadable.append(key)
    return None


def _xattrs(found: dict[str, object], unreadable: list[str]) -> tuple[tuple[str, bytes], ...]:
    return tuple(
        (key.removeprefix(_XATTR), value)
        for key in found
        if key.startswith(_XATTR) and (value := _raw(found, key, unreadable))
    )


def _raw(found: dict[str, object], key: str, unreadable: list[str]) -> bytes | None:
    value = found.get(key)
    if value is None:
        return None
    try:
        return binascii.a2b_base64(str(value), strict_mode=True)
    except ValueError:
        unreadable.append(key)
        return None
