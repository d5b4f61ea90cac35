"""Reads and restores a whole destination without the program under test.

``read_destination`` parses everything and lists each deviation from the format; ``restore`` writes one
version into a folder. Two kinds of finding are kept apart: *damage* is what Duplicati could stumble over,
*waste* is what no version needs, which is legal after versions were deleted or a backup was interrupted.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .remote_lists import Entry, IndexedVolume, read_filelist, read_fileset, read_index
from .remote_volumes import (
    VOLUME_HASH,
    Pairs,
    Settings,
    Unreadable,
    Volume,
    digest,
    open_volume,
    parse_json,
    parse_name,
    unzip_complains,
)

_EPOCH_IN_TICKS = 621_355_968_000_000_000
_METADATA_ORDER = [
    "unix:uid-gid-perm",
    "unix:owner-name",
    "unix:group-name",
    "CoreAttributes",
    "CoreLastWritetime",
    "CoreCreatetime",
    "CoreSymlinkTarget",
]


@dataclass
class Version:
    """One dlist. ``time`` is the UTC second in its name, like ``20240131T235959Z``."""

    name: str
    time: str
    full: bool
    entries: list[Entry] = field(repr=False)


@dataclass
class Destination:
    """Everything found under one prefix; ``versions`` from the oldest to the newest."""

    settings: Settings | None = None
    versions: list[Version] = field(default_factory=list)
    blocks: dict[str, bytes] = field(default_factory=dict, repr=False)
    volume_of_block: dict[str, str] = field(default_factory=dict, repr=False)
    blocklists_in_indexes: dict[str, bytes] = field(default_factory=dict, repr=False)
    damage: list[str] = field(default_factory=list)
    waste: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        return self.damage + self.waste


def read_destination(
    folder: Path, passphrase: str | None, prefix: str = "duplicati", *, unzip_test: bool = False
) -> Destination:
    """Reads every volume of ``prefix`` in ``folder``; with ``unzip_test`` the program unzip is asked, too."""
    destination = Destination()
    volumes = list(_open_all(folder, passphrase, prefix, destination, unzip_test))
    _require_same_settings(volumes, destination)
    dblocks = {volume.name: volume for volume in volumes if volume.kind == "dblock"}
    for dblock in dblocks.values():
        _take_blocks(dblock, destination)
    _check_indexes([volume for volume in volumes if volume.kind == "dindex"], dblocks, destination)
    for dlist in sorted((v for v in volumes if v.kind == "dlist"), key=lambda v: v.time):
        _take_version(dlist, destination)
    _check_references(destination)
    return destination


def _open_all(
    folder: Path, passphrase: str | None, prefix: str, destination: Destination, unzip_test: bool
) -> Iterator[Volume]:
    for path in sorted(folder.iterdir()):
        match = parse_name(path.name, prefix)
        if match is None:
            if path.name.startswith(f"{prefix}-") and path.name != f"{prefix}-verification.json":
                destination.damage.append(f"{path.name}: not the name of a volume")
            continue
        try:
            yield open_volume(path, match, passphrase, destination.damage)
            complaint = unzip_complains(path, passphrase) if unzip_test else ""
        except Unreadable as error:
            complaint = str(error)
        if complaint:
            destination.damage.append(f"{path.name}: {complaint}")


def _require_same_settings(volumes: list[Volume], destination: Destination) -> None:
    dlists = sorted((volume for volume in volumes if volume.kind == "dlist"), key=lambda volume: volume.time)
    for volume in dlists + volumes:
        destination.settings = destination.settings or volume.settings
        if volume.settings != destination.settings:
            destination.damage.append(
                f"{volume.name}: made with {volume.settings}, not {destination.settings}"
            )


def _take_blocks(dblock: Volume, destination: Destination) -> None:
    if not dblock.entries:
        destination.damage.append(f"{dblock.name}: holds no block")
    for name, content in dblock.entries.items():
        block = name.replace("-", "+").replace("_", "/")
        if "+" in name or "/" in name or digest(dblock.settings.block_hash, content) != block:
            destination.damage.append(f"{dblock.name}: the block {name!r} is not named after its content")
        elif not 0 < len(content) <= dblock.settings.blocksize:
            destination.damage.append(f"{dblock.name}: the block {name!r} has {len(content)} bytes")
        elif block in destination.blocks:
            destination.waste.append(
                f"{dblock.name}: {block} is in {destination.volume_of_block[block]} already"
            )
        else:
            destination.blocks[block] = content
            destination.volume_of_block[block] = dblock.name


def _check_indexes(dindexes: list[Volume], dblocks: dict[str, Volume], destination: Destination) -> None:
    described: dict[str, str] = {}
    for dindex in dindexes:
        try:
            volumes, blocklists = read_index(dindex, destination.damage)
        except Unreadable as error:
            destination.damage.append(str(error))
            continue
        destination.blocklists_in_indexes |= blocklists
        for volume in volumes:
            if volume.name in described:
                destination.damage.append(f"{volume.name}: in {dindex.name} and in {described[volume.name]}")
            described[volume.name] = dindex.name
            destination.damage += _deviations_of_described(dindex.name, volume, dblocks.get(volume.name))
    for block in destination.blocklists_in_indexes:
        if block not in destination.blocks:
            destination.damage.append(f"the blocklist {block} is in a dindex but in no dblock")
    if dindexes:  # a destination without any was written with the index policy None
        missing = sorted(dblocks.keys() - described.keys())
        destination.damage += (f"{name}: described in no dindex" for name in missing)


def _deviations_of_described(dindex: str, described: IndexedVolume, dblock: Volume | None) -> Iterator[str]:
    if dblock is None:
        yield f"{dindex}: describes {described.name}, which is not there"
        return
    if described.volumesize != len(dblock.raw):
        yield f"{dindex}: volumesize {described.volumesize}, but {dblock.name} has {len(dblock.raw)} bytes"
    if described.volumehash != digest(VOLUME_HASH, dblock.raw):
        yield f"{dindex}: volumehash is not that of {dblock.name}"
    held = {name.replace("-", "+").replace("_", "/"): len(data) for name, data in dblock.entries.items()}
    if described.blocks != held:
        wrong = len(described.blocks.items() ^ held.items())
        yield f"{dindex}: {wrong} blocks are not as they are in {dblock.name}"


def _take_version(dlist: Volume, destination: Destination) -> None:
    try:
        full = read_fileset(dlist, destination.damage)
        entries = read_filelist(dlist, destination.damage)
    except Unreadable as error:
        destination.damage.append(str(error))
        return
    destination.versions.append(Version(dlist.name, dlist.time, full, entries))


# --- following the references ----------------------------------------------------------------------------


def _check_references(destination: Destination) -> None:
    used: set[str] = set()
    for version in destination.versions:
        for entry in version.entries:
            where = f"{version.name}: {entry.path!r}"
            try:
                used |= _check_entry(destination, entry, where)
            except Unreadable as error:
                destination.damage.append(f"{where}: {error}")
    destination.waste += (
        f"{destination.volume_of_block[block]}: no version needs {block}"
        for block in sorted(destination.blocks.keys() - used)
    )


def _check_entry(destination: Destination, entry: Entry, where: str) -> set[str]:
    """Follows one entry down to its bytes and returns the hashes of all blocks it needs."""
    settings = destination.settings
    assert settings is not None
    blob = metadata_blob(destination, entry)
    if len(blob) != entry.metasize or digest(settings.file_hash, blob) != entry.metahash:
        raise Unreadable("the metadata is not what metahash and metasize say")
    destination.damage += (f"{where}: {text}" for text in _deviations_of_metadata(blob, entry))
    if entry.kind == "File":
        content = file_content(destination, entry)
        if len(content) != entry.size or digest(settings.file_hash, content) != entry.hash:
            raise Unreadable("the content is not what hash and size say")
    lists = entry.metablocklists + entry.blocklists
    if destination.blocklists_in_indexes:  # the index policy is Full then
        missing = [name for name in lists if name not in destination.blocklists_in_indexes]
        destination.damage += (f"{where}: the blocklist {name} is in no dindex" for name in missing)
    return {*lists, *_metadata_blocks(destination, entry), *_content_blocks(destination, entry)}


def _deviations_of_metadata(blob: bytes, entry: Entry) -> Iterator[str]:
    noted: list[str] = []
    value = parse_json(blob, "metadata", noted, bom=True)
    yield from noted
    if not isinstance(value, Pairs) or not all(isinstance(item, str) for _, item in value):
        raise Unreadable("the metadata is no object of texts")
    # Ours, which readers pass over: the bytes of a name, or of a link's target, that is no UTF-8.
    known = [key for key in value.names if key not in ("triplicati:raw-name", "triplicati:raw-link-target")]
    names = [key for key in known if not key.startswith("unix-ext:")]
    extended = len(known) - len(names)
    if known[extended:] != [key for key in _METADATA_ORDER if key in names]:
        yield f"the metadata keys are {value.names}"
    if (entry.kind == "Symlink") != ("CoreSymlinkTarget" in names) and names:
        yield "CoreSymlinkTarget belongs to links, and to them alone"


def metadata_blob(destination: Destination, entry: Entry) -> bytes:
    """Returns the bytes of the metadata, byte order mark included. Raises Unreadable for a missing block."""
    return _joined(destination, _metadata_blocks(destination, entry))


def file_content(destination: Destination, entry: Entry) -> bytes:
    """Returns the whole content of a file. Raises Unreadable for a missing block."""
    return _joined(destination, _content_blocks(destination, entry))


def dblocks_needed(destination: Destination, entry: Entry) -> set[str]:
    """The names of the dblocks that hold its content and metadata, with their blocklists."""
    blocks = {*_content_blocks(destination, entry), *_metadata_blocks(destination, entry)}
    blocks |= {*entry.blocklists, *entry.metablocklists}
    return {destination.volume_of_block[block] for block in blocks}


def _metadata_blocks(destination: Destination, entry: Entry) -> list[str]:
    if entry.metablocklists:
        return _expand(destination, entry.metablocklists)
    return [entry.metablockhash or entry.metahash]


def _content_blocks(destination: Destination, entry: Entry) -> list[str]:
    if entry.kind != "File" or not entry.size or entry.hash is None:
        return []
    return _expand(destination, entry.blocklists) if entry.blocklists else [entry.blockhash or entry.hash]


def _expand(destination: Destination, blocklists: tuple[str, ...]) -> list[str]:
    settings = destination.settings
    assert settings is not None
    hashes: list[str] = []
    for number, name in enumerate(blocklists, start=1):
        raw = _block(destination, name)
        is_full = len(raw) // settings.hash_size == settings.blocksize // settings.hash_size
        if len(raw) % settings.hash_size or (number < len(blocklists) and not is_full):
            raise Unreadable(f"the blocklist {name} has {len(raw)} bytes")
        parts = (raw[at : at + settings.hash_size] for at in range(0, len(raw), settings.hash_size))
        hashes += (base64.b64encode(part).decode() for part in parts)
    for name in hashes[:-1]:
        if len(_block(destination, name)) != settings.blocksize:
            raise Unreadable(f"the block {name} in the middle is not of the full size")
    return hashes


def _joined(destination: Destination, blocks: list[str]) -> bytes:
    return b"".join(_block(destination, name) for name in blocks)


def _block(destination: Destination, name: str) -> bytes:
    try:
        return destination.blocks[name]
    except KeyError:
        raise Unreadable(f"the block {name} is missing") from None


# --- restoring -------------------------------------------------------------------------------------------


def restore(destination: Destination, version_index: int, target: Path) -> None:
    """Writes one version (0 = oldest, -1 = newest) into the folder ``target``, which is made.

    The largest common folder of all entries is stripped (format 11.3). Contents, folders, links, times, modes
    and extended attributes are restored, and as root the numeric owners. Raises Unreadable for what is
    missing.
    """
    entries = destination.versions[version_index].entries
    common = _common_folder([entry.path for entry in entries])
    placed = [(entry, _place(target, entry.path.removeprefix(common))) for entry in entries]
    target.mkdir(parents=True, exist_ok=True)
    for entry, path in placed:
        if entry.kind == "Folder":
            path.mkdir(parents=True, exist_ok=True)
    for entry, path in placed:
        if entry.kind != "Folder":
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(destination, entry, path)
    folders = [(entry, path) for entry, path in placed if entry.kind == "Folder"]
    for entry, path in sorted(folders, key=lambda item: len(item[1].parts), reverse=True):
        _apply_metadata(path, _metadata(destination, entry))


def _common_folder(paths: list[str]) -> str:
    common = max(paths, key=len, default="/")
    common = common[: common.rfind("/") + 1]
    while not all(path.startswith(common) for path in paths):
        common = common[: common.rstrip("/").rfind("/") + 1]
    return common


def _place(target: Path, relative: str) -> Path:
    if relative.startswith("/") or ".." in relative.split("/"):
        raise Unreadable(f"{relative!r} leads out of the folder")
    return target / relative.rstrip("/")


def _write(destination: Destination, entry: Entry, path: Path) -> None:
    metadata = _metadata(destination, entry)
    if entry.kind == "Symlink":
        path.symlink_to(metadata["CoreSymlinkTarget"])
        return
    path.write_bytes(file_content(destination, entry))
    _apply_metadata(path, metadata)


def _metadata(destination: Destination, entry: Entry) -> dict[str, str]:
    value = parse_json(metadata_blob(destination, entry), "metadata", [], bom=True)
    assert isinstance(value, Pairs)
    return {key: str(item) for key, item in value}


def _apply_metadata(path: Path, metadata: dict[str, str]) -> None:
    for key, value in metadata.items():
        if key.startswith("unix-ext:user."):
            os.setxattr(path, key.removeprefix("unix-ext:"), base64.b64decode(value))
    if "unix:uid-gid-perm" in metadata:
        uid, gid, mode = (int(part) for part in metadata["unix:uid-gid-perm"].split("-"))
        if os.geteuid() == 0:
            os.chown(path, uid, gid)
        path.chmod(mode)
    if "CoreLastWritetime" in metadata:
        moment = (int(metadata["CoreLastWritetime"]) - _EPOCH_IN_TICKS) * 100
        os.utime(path, ns=(moment, moment))
