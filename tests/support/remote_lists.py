"""Reads the lists inside dlist and dindex volumes as strictly as Duplicati's reader does (format 3 and 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .remote_volumes import HASHES, Pairs, Settings, Unreadable, Volume, digest, is_hash, is_time, parse_json

_EMPTY_VOLUME_KEYS = ["blocks"]
_VOLUME_KEYS = ["blocks", "volumehash", "volumesize"]


@dataclass(frozen=True)
class Entry:
    """One line of a dlist. ``None`` where the kind of entry has no such property."""

    kind: str
    path: str
    hash: str | None
    size: int | None
    time: str | None
    metahash: str
    metasize: int
    metablockhash: str | None
    metablocklists: tuple[str, ...]
    blocklists: tuple[str, ...]
    blockhash: str | None


@dataclass(frozen=True)
class IndexedVolume:
    """What a dindex says of one dblock. ``blocks`` maps the hash to the size."""

    name: str
    blocks: dict[str, int]
    volumehash: str
    volumesize: int


def read_fileset(volume: Volume, problems: list[str]) -> bool:
    """Returns whether the version is complete. A missing entry means that it is (format 3.1)."""
    content = volume.entries.get("fileset")
    if content is None:
        problems.append(f"{volume.name}: no entry fileset")
        return True
    value = parse_json(content, f"{volume.name} fileset", problems, bom=True)
    if not isinstance(value, Pairs) or value.names != ["IsFullBackup"] or not isinstance(value[0][1], bool):
        raise Unreadable(f"{volume.name}: fileset is {content!r}")
    return value[0][1]


def read_filelist(volume: Volume, problems: list[str]) -> list[Entry]:
    """Returns the entries in the order of the file. Raises Unreadable where Duplicati drops the dlist."""
    unknown = (
        name for name in volume.entries if not re.fullmatch(r"fileset|filelist\.json|extra/[^/]+", name)
    )
    problems += (f"{volume.name}: unknown entry {name!r}" for name in unknown)
    if "filelist.json" not in volume.entries:
        raise Unreadable(f"{volume.name}: no entry filelist.json")
    content = volume.entries["filelist.json"]
    lines = parse_json(content, f"{volume.name} filelist.json", problems, bom=True)
    if not isinstance(lines, list) or isinstance(lines, Pairs):
        raise Unreadable(f"{volume.name}: filelist.json is no array")
    entries = [_read_entry(line, volume, problems) for line in lines]
    problems += _repeated_paths(entries, volume.name)
    return entries


def _read_entry(line: object, volume: Volume, problems: list[str]) -> Entry:
    if not isinstance(line, Pairs) or line.names[:2] != ["type", "path"]:
        raise Unreadable(f"{volume.name}: an entry does not start with type and path: {line}")
    values: dict[str, object] = dict(line)
    if line.names != _expected_keys(values, volume.settings):
        expected = _expected_keys(values, volume.settings)
        raise Unreadable(f"{volume.name}: properties {line.names} of {values['path']!r}, expected {expected}")
    problems += (
        f"{volume.name}: {values['path']!r}: {text}" for text in _deviations_of_entry(values, volume.settings)
    )
    return Entry(
        kind=str(values["type"]),
        path=str(values["path"]),
        hash=_text(values, "hash"),
        size=_number(values, "size"),
        time=_text(values, "time"),
        metahash=str(values["metahash"]),
        metasize=_number(values, "metasize") or 0,
        metablockhash=_text(values, "metablockhash"),
        metablocklists=_texts(values, "metablocklists"),
        blocklists=_texts(values, "blocklists"),
        blockhash=_text(values, "blockhash"),
    )


def _expected_keys(values: dict[str, object], settings: Settings) -> list[str]:
    """Returns the properties this entry must have, in their order (table of format 3.2)."""
    same_hashes = settings.block_hash == settings.file_hash
    is_file = values["type"] == "File"
    keys = ["type", "path", *(["hash", "size", "time"] if is_file else []), "metahash", "metasize"]
    if (_number(values, "metasize") or 0) > settings.blocksize:
        keys += ["metablocklists"]
    elif not (is_file and same_hashes):
        keys += ["metablockhash"]
    size = _number(values, "size") or 0
    if is_file and size > settings.blocksize:
        keys += ["blocklists"]
    elif is_file and size and not same_hashes:
        keys += ["blockhash", "blocksize"]
    return keys


def _deviations_of_entry(values: dict[str, object], settings: Settings) -> Iterator[str]:
    path, kind = values["path"], values["type"]
    if kind not in ("File", "Folder", "Symlink"):
        yield f"unknown type {kind!r}"
    if not isinstance(path, str) or not path.startswith("/") or ".." in path.split("/"):
        yield "no absolute path"
    elif path.endswith("/") != (kind == "Folder") and kind != "Symlink":
        yield f"a {kind} {'with' if path.endswith('/') else 'without'} a slash at the end"
    for key, size in (
        ("hash", HASHES[settings.file_hash]),
        ("metahash", HASHES[settings.file_hash]),
        ("metablockhash", settings.hash_size),
        ("blockhash", settings.hash_size),
    ):
        if key in values and not is_hash(values[key], size):
            yield f"{key} is {values[key]!r}"
    for key in ("size", "metasize", "blocksize"):
        if key in values and (_number(values, key) is None or (_number(values, key) or 0) < 0):
            yield f"{key} is {values[key]!r}"
    if "time" in values and not is_time(values["time"]):
        yield f"time is {values['time']!r}"
    if "blockhash" in values and values["blocksize"] != values["size"]:
        yield "blocksize is not the size of the file"
    same_hashes = settings.block_hash == settings.file_hash
    if same_hashes and values.get("metablockhash") not in (None, values["metahash"]):
        yield "metablockhash is not metahash although both hashes are of one kind"
    for key, length in (("metablocklists", values["metasize"]), ("blocklists", values.get("size"))):
        if key in values:
            yield from _deviations_of_blocklists(key, values[key], length, settings)


def _deviations_of_blocklists(key: str, hashes: object, length: object, settings: Settings) -> Iterator[str]:
    if not isinstance(hashes, list) or not all(is_hash(item, settings.hash_size) for item in hashes):
        yield f"{key} is {hashes!r}"
        return
    assert isinstance(length, int)
    blocks = -(-length // settings.blocksize)
    expected = -(-blocks // (settings.blocksize // settings.hash_size))
    if len(hashes) != expected:
        yield f"{key} has {len(hashes)} hashes, expected {expected}"


def _repeated_paths(entries: list[Entry], name: str) -> Iterator[str]:
    seen: set[str] = set()
    for entry in entries:
        if entry.path in seen:
            yield f"{name}: {entry.path!r} is listed twice"
        seen.add(entry.path)


def read_index(volume: Volume, problems: list[str]) -> tuple[list[IndexedVolume], dict[str, bytes]]:
    """Returns what a dindex holds: the described dblocks, and the blocklists by their hash."""
    described: list[IndexedVolume] = []
    blocklists: dict[str, bytes] = {}
    for name, content in volume.entries.items():
        if name.startswith("vol/"):
            described.append(_read_described_volume(name, content, volume, problems))
        elif name.startswith("list/"):
            block = name.removeprefix("list/").replace("-", "+").replace("_", "/")
            problems += (
                f"{volume.name}: {text}" for text in _deviations_of_list(block, content, volume.settings)
            )
            blocklists[block] = content
        else:
            problems.append(f"{volume.name}: unknown entry {name!r}")
    if not described:
        problems.append(f"{volume.name}: describes no dblock")
    return described, blocklists


def _deviations_of_list(block: str, content: bytes, settings: Settings) -> Iterator[str]:
    if digest(settings.block_hash, content) != block:
        yield f"the blocklist {block} has another hash"
    if not content or len(content) % settings.hash_size or len(content) > settings.blocksize:
        yield f"the blocklist {block} has {len(content)} bytes"


def _read_described_volume(name: str, content: bytes, volume: Volume, problems: list[str]) -> IndexedVolume:
    where = f"{volume.name} {name}"
    value = parse_json(content, where, problems, bom=False)
    if not isinstance(value, Pairs) or value.names not in (_VOLUME_KEYS, _EMPTY_VOLUME_KEYS):
        raise Unreadable(f"{where}: not an object of {_VOLUME_KEYS}")
    values: dict[str, object] = dict(value)
    if value.names == _EMPTY_VOLUME_KEYS:
        problems.append(f"{where}: no volumehash and volumesize")
    lines = values["blocks"]
    blocks: dict[str, int] = {}
    for line in lines if isinstance(lines, list) else []:
        if not isinstance(line, Pairs) or line.names != ["hash", "size"]:
            raise Unreadable(f"{where}: a block is not hash, size: {line}")
        hash_, size = line[0][1], line[1][1]
        if not is_hash(hash_, volume.settings.hash_size) or not isinstance(size, int):
            problems.append(f"{where}: the block {hash_!r} of size {size!r}")
            continue
        if str(hash_) in blocks:
            problems.append(f"{where}: the block {hash_} is listed twice")
        blocks[str(hash_)] = size
    volumehash = _text(values, "volumehash") or ""
    return IndexedVolume(name.removeprefix("vol/"), blocks, volumehash, _number(values, "volumesize") or 0)


def _text(values: dict[str, object], key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None


def _number(values: dict[str, object], key: str) -> int | None:
    value = values.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _texts(values: dict[str, object], key: str) -> tuple[str, ...]:
    value = values.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
