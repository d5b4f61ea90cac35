"""Which entries of a version a restore is about, and their places. Blocking code, for a thread."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import apsw
import msgspec

from triplicati.engine.restore_names import Claims, Renamed, held_path
from triplicati.engine.restore_places import Mount, Mounts, refuse_all
from triplicati.engine.restore_plan import Plan
from triplicati.engine.restore_queries import KEPT, WAITING
from triplicati.engine.restore_targets import (
    FolderLook,
    as_bytes,
    common_folder,
    free_name,
    is_same_file,
    is_windows_path,
    posix_path,
    relative_parts,
)
from triplicati.engine.settings import RestoreSettings
from triplicati.errors import HostilePath, RestorePathNeeded, RestoreTargetUnusable
from triplicati.formats.kinds import FILE, FOLDER, SYMLINK
from triplicati.index.filesets import Fileset
from triplicati.index.rows import Row, named_rows, read_rows
from triplicati.source.filters import Filter
from triplicati.values.sizes import format_size

_BATCH = 2000
# What an escape of ours looks like in a name; many names just happen to look so.
_ESCAPE = re.compile(r"%[0-9A-F]{2}[^/]*/?$")


def select(plan: Plan, connection: apsw.Connection, version: int, chosen: Filter | None, largest: int) -> int:
    """Puts the entries of a version that the filter accepts into the plan; gives their number."""
    if chosen is None and largest <= 0:
        return plan.add_version(version)
    count = 0
    batch: list[Row] = []
    for row in chosen_rows(connection, version, chosen, largest):
        batch.append(row)
        if len(batch) == _BATCH:
            plan.add_items(batch)
            count += len(batch)
            batch = []
    plan.add_items(batch)
    return count + len(batch)


def select_named(plan: Plan, connection: apsw.Connection, version: int, paths: Iterable[str]) -> int:
    """Puts the entries with these paths into the plan; gives their number."""
    rows = list(named_rows(connection, version, paths))
    plan.add_items(rows)
    return len(rows)


def chosen_rows(
    connection: apsw.Connection, version: int, chosen: Filter | None, largest: int
) -> Iterator[Row]:
    for row in read_rows(connection, version):
        if (chosen is None or chosen.accepts(row.path)) and not (row.kind == FILE and 0 < largest < row.size):
            yield row


def undecided_names(connection: apsw.Connection, version: int) -> list[tuple[str, bytes]]:
    """(path, digest of the metadata) of entries whose last name looks like an escape, where only the
    metadata can tell: after a recreate."""
    query = (
        "SELECT path, coalesce(metablockhash, metahash) FROM entry WHERE since <= :v AND until > :v AND"
        " ctime = 0"
        " AND raw IS NULL AND metablocklists IS NULL AND path LIKE '%\\%%' ESCAPE '\\'"
    )
    rows = connection.execute(query, {"v": version})
    return [(str(path), digest) for path, digest in rows if _ESCAPE.search(str(path))]


def raw_folders(connection: apsw.Connection, version: int) -> dict[str, bytes]:
    """The raw names of folders, by their stored path: few, if any."""
    query = (
        "SELECT path, raw FROM entry WHERE since <= :v AND until > :v"
        f" AND kind = {FOLDER} AND raw IS NOT NULL"
    )
    return {str(path): raw for path, raw in connection.execute(query, {"v": version})}


class _Placing(msgspec.Struct):
    settings: RestoreSettings
    file_hash: str
    root: bytes | None
    prefix: str
    folders: FolderLook
    date: str
    raw: dict[str, bytes]
    mounts: Mounts
    claims: Claims = msgspec.field(default_factory=Claims)
    clashes: Renamed = msgspec.field(default_factory=Renamed)
    changes: Renamed = msgspec.field(default_factory=Renamed)


class Placed(msgspec.Struct):
    """The file systems that are written to, and the entries that got another name: `clashes` because of one
    that differs in case only, `changes` because theirs cannot be held."""

    mounts: Mounts
    clashes: Renamed
    changes: Renamed


Item = tuple[int, str, int, int, bytes | None, bytes | None]


def place(
    plan: Plan,
    settings: RestoreSettings,
    version: Fileset,
    file_hash: str,
    raw: dict[str, bytes],
    look: Callable[[], object] = lambda: None,
) -> Placed:
    """Gives every item its target and settles conflicts (spec/format.md 11.4). Nothing is written, but for a
    probe of each file system. `look` is called before each item, and may raise to end it all.

    Raises `RestorePathNeeded`, and `RestoreTargetUnusable` where nothing at all can be written.
    """
    root = None if settings.target is None else as_bytes(settings.target)
    prefix = "" if settings.keep_whole_paths else common_folder(plan.first_and_last())
    if root is None and os.name == "posix" and any(map(is_windows_path, plan.first_and_last())):
        raise RestorePathNeeded(system="Windows")
    placing = _Placing(
        settings=settings,
        file_hash=file_hash,
        root=root,
        prefix=prefix,
        folders=FolderLook(root, trusting=root is None or settings.allow_outside),
        date=datetime.fromtimestamp(version.stamp).strftime("%Y-%m-%d"),
        raw=raw,
        mounts=Mounts(may_write=not settings.dry_run),
    )
    fresh = root is not None and os.name == "posix" and not raw and _is_fresh(root, settings)
    items: Iterable[Item] = list_items(plan)
    if fresh and root is not None:
        # Nothing can be in the way and no link planted: folders are made by whoever first needs one.
        plan.root, plan.prefix = root, prefix if prefix else "/"
        plan.root_itself = _through_link(placing, root)
        plan.keep_others()
        mount = placing.mounts.at(root)
        if mount.ability.usual:
            items = plan.suspicious(mount.ability.name_bytes)
    _claim_folders(placing, plan)
    targets: list[tuple[bytes, bool, int, int]] = []
    broken: list[tuple[int, str]] = []
    unwritable: list[bytes] = []
    some_writable = root is not None
    for identity, path, kind, size, digest, raw_name in items:
        look()
        try:
            meant = _target(placing, path, raw_name)
            # Before anything is asked of the folder: it may lie behind a link that was planted.
            clear = fresh or _look_at_folders(placing, meant, kind)
            target, mount = _held_target(placing, path, meant, kind, size)
            if target != meant:
                clear = fresh or _look_at_folders(placing, target, kind)
            changed = os.path.basename(target) != os.path.basename(meant)
            settled = _settle(placing, plan, path, target, mount, kind, size, digest, clear, changed=changed)
            targets.append((*settled, identity))
            if kind == FILE and settled[2] == WAITING:
                mount.needed += 0 if fresh else size
                mount.replaced += _size(settled[0]) if settled[1] else 0
            if not some_writable and settled[2] == WAITING:
                folder = os.path.dirname(settled[0])
                some_writable = placing.mounts.writable(folder)
                unwritable = unwritable or [folder]
        except (OSError, HostilePath) as error:
            broken.append((identity, _words(error)))
    if unwritable and not some_writable:
        raise refuse_all(unwritable)
    plan.set_targets(targets)
    plan.give_up(broken)
    plan.give_up_links_in_the_way()
    if fresh and root is not None:
        placing.mounts.at(root).needed = plan.totals()[1]
    return Placed(placing.mounts, placing.clashes, placing.changes)


def _claim_folders(placing: _Placing, plan: Plan) -> None:
    """A folder cannot get another name as easily as a file: what is to be in it would have to go there too.
    So folders come first where names may meet."""
    shared = None if placing.root is None else placing.mounts.at(placing.root).ability
    if shared is not None and shared.case_sensitive:
        return
    seen: set[bytes] = set()
    for _, path, kind, _, _, raw_name in list_items(plan):
        try:
            target = _target(placing, path, raw_name)
            folder = target if kind == FOLDER else os.path.dirname(target)
            if folder in seen:
                continue
            ability = shared or placing.mounts.at(folder).ability
        except (OSError, HostilePath):
            continue  # told later
        seen.add(folder)
        if not ability.case_sensitive:
            folder = held_path(folder, _kept(placing), ability)
            if placing.claims.folder(folder, ability):
                placing.clashes.add(path, folder)


def _kept(placing: _Placing) -> int:
    """The length of what is not ours in each target."""
    return 0 if placing.root is None else len(placing.root)


def _held_target(placing: _Placing, path: str, target: bytes, kind: int, size: int) -> tuple[bytes, Mount]:
    """Raises `OSError` for what the file system cannot hold under any name."""
    mount = placing.mounts.at(os.path.dirname(target) if target != placing.root else target)
    ability = mount.ability
    if kind == SYMLINK and not ability.links:
        raise OSError(0, "the file system restored to holds no symbolic links")
    if kind == FILE and 0 < ability.largest < size:
        limit = format_size(ability.largest)
        raise OSError(0, f"the file system restored to holds no files of more than {limit}")
    held = held_path(target, _kept(placing), ability)
    if os.path.basename(held) != os.path.basename(target):
        placing.changes.add(path, held)
    return held, mount


def _size(path: bytes) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0


def _is_fresh(root: bytes, settings: RestoreSettings) -> bool:
    """Whether the target folder is new or empty."""
    try:
        with os.scandir(root) as entries:
            return next(entries, None) is None
    except FileNotFoundError:
        return True
    except OSError as error:
        raise RestoreTargetUnusable(path=settings.target, reason=error.strerror) from error


def list_items(plan: Plan) -> Iterator[tuple[int, str, int, int, bytes | None, bytes | None]]:
    """All items; read in pages, since the table is written meanwhile."""
    last = ""
    while True:
        page = plan.page_after(last, _BATCH)
        yield from page
        if len(page) < _BATCH:
            return
        last = page[-1][1]


def _target(placing: _Placing, path: str, raw_name: bytes | None) -> bytes:
    if placing.root is None:
        if not relative_parts(path, ""):
            return b"/"
        return _with_raw(placing, path, posix_path(path, raw_name))
    names = [os.fsencode(part) for part in relative_parts(path, placing.prefix)]
    if placing.raw:
        names = _raw_names(placing, path, names)
    if raw_name is not None and names:
        names[-1] = raw_name
    if any(b"/" in name or name in (b".", b"..", b"") or b"\x00" in name for name in names):
        raise HostilePath(path=path)
    return b"/".join([placing.root, *names])


def _with_raw(placing: _Placing, path: str, target: bytes) -> bytes:
    if not placing.raw:
        return target
    names = _raw_names(placing, path, target.strip(b"/").split(b"/"))
    return b"/" + b"/".join(names)


def _raw_names(placing: _Placing, path: str, names: list[bytes]) -> list[bytes]:
    """`names` are the last components of `path`; those of folders with a raw name get it."""
    ancestors: list[str] = []
    at = path.find("/", 1)
    while at >= 0:
        ancestors.append(path[: at + 1])
        at = path.find("/", at + 1)
    if not path.endswith("/"):
        ancestors.append(path)
    skipped = len(ancestors) - len(names)
    return [
        placing.raw.get(ancestors[number + skipped], name) if number + skipped >= 0 else name
        for number, name in enumerate(names)
    ]


def _look_at_folders(placing: _Placing, target: bytes, kind: int) -> bool:
    """Whether nothing can be in the way of the target."""
    if kind == FOLDER:
        placing.folders.fresh(target)
        return True
    return placing.folders.fresh(os.path.dirname(target))


def _settle(
    placing: _Placing,
    plan: Plan,
    path: str,
    target: bytes,
    mount: Mount,
    kind: int,
    size: int,
    digest: bytes | None,
    fresh: bool,
    *,
    changed: bool,
) -> tuple[bytes, bool, int]:
    """(target, overwrites, state), with a name that no other entry of this restore has."""
    folder, ability = os.path.dirname(target), mount.ability
    if kind == FOLDER:
        return _through_link(placing, target), False, KEPT

    def belongs(name: bytes) -> bool:
        beside = path[: path.rstrip("/").rfind("/") + 1] + os.fsdecode(name)
        return plan.has(beside) or placing.claims.has(os.path.join(folder, name), ability)

    if ability.case_sensitive and not changed:
        return _beside(placing, target, kind, size, digest, fresh, belongs)
    meant = changed and ability.case_sensitive and plan.has(_beside_path(path, target))
    if meant or not placing.claims.claim(target, ability):
        wanted = (-1, b"") if kind == SYMLINK else (size, digest)
        other, same = free_name(target, placing.date, *wanted, placing.file_hash, belongs)
        placing.claims.claim(other, ability)
        placing.clashes.add(path, other)
        return other, False, KEPT if same or kind == SYMLINK else WAITING
    settled = _beside(placing, target, kind, size, digest, fresh, belongs)
    placing.claims.claim(settled[0], ability)
    return settled


def _beside_path(path: str, target: bytes) -> str:
    return path[: path.rfind("/") + 1] + os.fsdecode(os.path.basename(target))


def _through_link(placing: _Placing, folder: bytes) -> bytes:
    """The folder restored to may be a link, which is left as it is: what is behind it is meant."""
    return folder + b"/." if folder == placing.root and os.path.islink(folder) else folder


def _beside(
    placing: _Placing,
    target: bytes,
    kind: int,
    size: int,
    digest: bytes | None,
    fresh: bool,
    belongs: Callable[[bytes], bool],
) -> tuple[bytes, bool, int]:
    """As `_settle`. `belongs` tells which names beside it other entries have."""
    if fresh or not os.path.lexists(target):
        return target, False, KEPT if kind == SYMLINK else WAITING
    if os.path.isdir(target) and not os.path.islink(target):
        raise IsADirectoryError(0, "is a folder now", os.fsdecode(target))
    if kind == SYMLINK:
        replaceable = os.path.islink(target) or placing.settings.overwrite
        return (
            (
                target
                if replaceable
                else free_name(target, placing.date, -1, b"", placing.file_hash, belongs)[0]
            ),
            True,
            KEPT,
        )
    if is_same_file(target, size, digest, placing.file_hash):
        return target, False, KEPT
    if placing.settings.overwrite:
        return target, True, WAITING
    other, same = free_name(target, placing.date, size, digest, placing.file_hash, belongs)
    return other, False, KEPT if same else WAITING


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        name = os.fsdecode(error.filename) if error.filename else ""
        return f"{name}: {error.strerror}" if name else str(error.strerror or error)
    return str(error)
