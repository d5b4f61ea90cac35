"""Which entries of a version a restore is about, and their places. Blocking code, for a thread."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime

import apsw
import msgspec

from triplicati.engine.restore_plan import Plan
from triplicati.engine.restore_queries import KEPT, WAITING
from triplicati.engine.restore_targets import (
    FolderMaker,
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
from triplicati.index.rows import Row, read_rows
from triplicati.source.filters import Filter

_BATCH = 2000
# What an escape of ours looks like in a name; many names just happen to look so.
_ESCAPE = re.compile(r"%[0-9A-F]{2}[^/]*/?$")


def select(plan: Plan, connection: apsw.Connection, version: int, chosen: Filter | None, largest: int) -> int:
    """Puts the entries of a version that the filter accepts into the plan; gives their number."""
    if chosen is None and largest <= 0:
        return plan.add_version(version)
    count = 0
    batch: list[Row] = []
    for row in read_rows(connection, version):
        if (chosen is not None and not chosen.accepts(row.path)) or (
            row.kind == FILE and 0 < largest < row.size
        ):
            continue
        batch.append(row)
        if len(batch) == _BATCH:
            plan.add_items(batch)
            count += len(batch)
            batch = []
    plan.add_items(batch)
    return count + len(batch)


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
    folders: FolderMaker
    date: str
    raw: dict[str, bytes]


def place(
    plan: Plan, settings: RestoreSettings, version: Fileset, file_hash: str, raw: dict[str, bytes]
) -> None:
    """Gives every item its target, makes the folders, and settles conflicts (spec/format.md 11.4)."""
    root = None if settings.target is None else as_bytes(settings.target)
    prefix = "" if settings.keep_whole_paths else common_folder(plan.first_and_last())
    if root is None and os.name == "posix" and any(map(is_windows_path, plan.first_and_last())):
        raise RestorePathNeeded(system="Windows")
    placing = _Placing(
        settings=settings,
        file_hash=file_hash,
        root=root,
        prefix=prefix,
        folders=FolderMaker(root, trusting=root is None or settings.allow_outside, dry_run=settings.dry_run),
        date=datetime.fromtimestamp(version.stamp).strftime("%Y-%m-%d"),
        raw=raw,
    )
    fresh = root is not None and os.name == "posix" and not raw and _is_fresh(root, settings, placing.folders)
    if fresh and root is not None:
        # Nothing can be in the way and no link planted: folders are made by whoever first needs one.
        plan.root, plan.prefix = root, prefix if prefix else "/"
        plan.keep_others()
    targets: list[tuple[bytes, bool, int, int]] = []
    broken: list[tuple[int, str]] = []
    for identity, path, kind, size, digest, raw_name in plan.suspicious() if fresh else list_items(plan):
        try:
            target = _target(placing, path, raw_name)
            clear = fresh or _make_folders(placing, target, kind)

            def belongs(name: bytes, path: str = path) -> bool:
                return plan.has(path[: path.rstrip("/").rfind("/") + 1] + os.fsdecode(name))

            targets.append((*_settle(placing, target, kind, size, digest, clear, belongs), identity))
        except (OSError, HostilePath) as error:
            broken.append((identity, _words(error)))
    plan.set_targets(targets)
    plan.give_up(broken)


def _is_fresh(root: bytes, settings: RestoreSettings, folders: FolderMaker) -> bool:
    """Whether the target folder is new or empty; makes it."""
    try:
        if not settings.dry_run:
            folders.ensure(root)
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


def _make_folders(placing: _Placing, target: bytes, kind: int) -> bool:
    """Whether nothing can be in the way of the target."""
    if kind == FOLDER:
        placing.folders.ensure(target)
        return True
    return placing.folders.ensure(os.path.dirname(target))


def _settle(
    placing: _Placing,
    target: bytes,
    kind: int,
    size: int,
    digest: bytes | None,
    fresh: bool,
    belongs: Callable[[bytes], bool],
) -> tuple[bytes, bool, int]:
    """(target, overwrites, state). `belongs` tells which names beside it other entries of this restore
    have."""
    if kind == FOLDER:
        return target, False, KEPT
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
