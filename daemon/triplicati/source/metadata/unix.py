"""The part of metadata that Linux and macOS share; how extended attributes are reached is passed in."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import sys
from collections.abc import Callable
from functools import lru_cache
from stat import S_IMODE, S_ISDIR, S_ISLNK

from triplicati.formats.attributes import Caller
from triplicati.formats.metadata import Kind, Metadata, encode_metadata
from triplicati.source.names import is_text, name_bytes, stored_name

assert sys.platform != "win32"

ListXattrs = Callable[[bytes | str | int], list[str]]
GetXattr = Callable[[bytes | str | int, str], bytes]
SetXattr = Callable[[bytes | str, str, bytes], None]

_NO_XATTRS = {errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_XATTR_GONE = {errno.ENODATA, getattr(errno, "ENOATTR", errno.ENODATA)}


def current_caller() -> Caller:
    """Returns who this process is, with the rule of the current Duplicati."""
    return Caller(os.geteuid(), os.getegid(), frozenset(os.getgroups()), "net")


# --- capture ---------------------------------------------------------------------------------------------


def capture(
    path: bytes | str,
    kind: Kind,
    stat: os.stat_result,
    caller: Caller,
    *,
    fd: int | None,
    raw_name: bytes | None,
    list_xattrs: ListXattrs,
    get_xattr: GetXattr,
) -> tuple[bytes, list[str]]:
    warnings: list[str] = []
    text = path if isinstance(path, str) else os.fsdecode(path)
    xattrs = _read_xattrs(path if fd is None else fd, text, list_xattrs, get_xattr, warnings)
    target = _read_target(text, warnings) if kind == "symlink" else None
    blob = encode_metadata(
        kind=kind,
        name=text.rstrip("/").rpartition("/")[2],
        mode=stat.st_mode,
        uid=stat.st_uid,
        gid=stat.st_gid,
        owner=_owner_name(stat.st_uid),
        group=_group_name(stat.st_gid),
        mtime_ns=stat.st_mtime_ns,
        ctime_ns=stat.st_ctime_ns,
        caller=caller,
        xattrs=xattrs,
        link_target=None if target is None else stored_name(target),
        link_to_folder=target is not None and _leads_to_folder(text),
        raw_name=raw_name,
        raw_link_target=None if target is None or is_text(target) else name_bytes(target),
    )
    return blob, warnings


def _read_xattrs(
    where: bytes | str | int,
    path: str,
    list_xattrs: ListXattrs,
    get_xattr: GetXattr,
    warnings: list[str],
) -> list[tuple[str, bytes]]:
    try:
        names = list_xattrs(where)
    except OSError as error:
        if error.errno not in _NO_XATTRS:
            warnings.append(_sentence("read the extended attributes of", path, error))
        return []
    found = []
    for name in names:
        if not is_text(name):
            warnings.append(
                f"Left out the extended attribute {stored_name(name)} of {stored_name(path)}: "
                "its name is not valid UTF-8"
            )
            continue
        try:
            found.append((name, get_xattr(where, name)))
        except OSError as error:
            if error.errno not in _XATTR_GONE:
                warnings.append(_sentence(f"read the extended attribute {name} of", path, error))
    return found


def _read_target(path: str, warnings: list[str]) -> str | None:
    try:
        return os.readlink(path)
    except OSError as error:
        warnings.append(_sentence("read the target of the link", path, error))
        return None


def _leads_to_folder(path: str) -> bool:
    try:
        return S_ISDIR(os.stat(path).st_mode)
    except OSError:
        return False


@lru_cache(maxsize=1024)
def _owner_name(uid: int) -> str | None:
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return None
    return name if is_text(name) else None


@lru_cache(maxsize=1024)
def _group_name(gid: int) -> str | None:
    try:
        name = grp.getgrgid(gid).gr_name
    except KeyError:
        return None
    return name if is_text(name) else None


# --- apply -----------------------------------------------------------------------------------------------


def apply(
    path: bytes | str,
    kind: Kind,
    metadata: Metadata,
    *,
    permissions: bool,
    symlink_metadata: bool,
    get_xattr: GetXattr,
    set_xattr: SetXattr,
) -> list[str]:
    if kind == "symlink" and not symlink_metadata:
        return []
    text = path if isinstance(path, str) else os.fsdecode(path)
    warnings = [
        f"The metadata of {stored_name(text)} holds a senseless {key}; it was passed over"
        for key in metadata.unreadable
    ]
    try:
        stat = os.lstat(path)
    except OSError as error:
        return [*warnings, _sentence("give metadata to", text, error)]
    if S_ISLNK(stat.st_mode) != (kind == "symlink"):
        return [*warnings, f"Left {stored_name(text)} without metadata: it is not a {kind} any more"]
    if permissions:
        _apply_owner(text, metadata, stat, warnings)
    mode = S_IMODE(stat.st_mode)
    if metadata.xattrs:
        mode = _apply_xattrs(text, kind, metadata, mode, get_xattr, set_xattr, warnings)
    if kind != "symlink":
        _apply_mode(text, metadata, mode, permissions, warnings)
    # Last, so that whatever was done before cannot show.
    _apply_time(text, metadata.mtime_ns, stat, warnings)
    return warnings


def _apply_owner(path: str, metadata: Metadata, stat: os.stat_result, warnings: list[str]) -> None:
    """Before the extended attributes: a change of owner takes file capabilities away."""
    uid = _uid_of(metadata.owner, metadata.uid)
    gid = _gid_of(metadata.group, metadata.gid)
    new_uid = -1 if uid is None or uid == stat.st_uid else uid
    new_gid = -1 if gid is None or gid == stat.st_gid else gid
    # Separate calls: whoever may not give a file away may still give it to one of the own groups.
    failed: dict[str, str] = {}
    for what, ids in (("group", (-1, new_gid)), ("owner", (new_uid, -1))):
        if ids != (-1, -1):
            try:
                os.chown(path, *ids, follow_symlinks=False)
            except (OSError, OverflowError) as error:
                failed[what] = _reason(error)
    if len(failed) == 2 and failed["group"] == failed["owner"]:
        failed = {"owner and group": failed["owner"]}
    warnings.extend(
        f"Could not set the {what} of {stored_name(path)}: {reason}" for what, reason in failed.items()
    )


def _apply_xattrs(
    path: str,
    kind: Kind,
    metadata: Metadata,
    mode: int,
    get_xattr: GetXattr,
    set_xattr: SetXattr,
    warnings: list[str],
) -> int:
    """Returns the mode the path has now in its own right: an access list among the attributes changes it."""
    shut = kind != "symlink" and not mode & 0o200 and _try_chmod(path, mode | 0o200)
    for name, value in metadata.xattrs:
        try:
            set_xattr(path, name, value)
        except (OSError, ValueError) as error:
            if not _has_xattr(path, name, value, get_xattr):
                warnings.append(_sentence(f"set the extended attribute {name} of", path, error))
    try:
        mode = S_IMODE(os.lstat(path).st_mode)
    except OSError as error:
        warnings.append(_sentence("look again at", path, error))
    if shut and _try_chmod(path, mode & ~0o200):
        mode &= ~0o200
    return mode


def _has_xattr(path: str, name: str, value: bytes, get_xattr: GetXattr) -> bool:
    """A security label that only the system may set is often there already."""
    try:
        return get_xattr(path, name) == value
    except (OSError, ValueError):
        return False


def _apply_mode(path: str, metadata: Metadata, mode: int, permissions: bool, warnings: list[str]) -> None:
    wanted = mode
    if metadata.attributes:
        wanted = mode & ~0o222 if "ReadOnly" in metadata.attributes else mode | 0o200
    if permissions and metadata.mode is not None:
        wanted = metadata.mode
    if wanted == mode:
        return
    try:
        os.chmod(path, wanted)
    except OSError as error:
        warnings.append(_sentence("set the mode of", path, error))


def _apply_time(path: str, mtime_ns: int | None, stat: os.stat_result, warnings: list[str]) -> None:
    if mtime_ns is None or mtime_ns == stat.st_mtime_ns:
        return
    try:
        os.utime(path, ns=(stat.st_atime_ns, mtime_ns), follow_symlinks=False)
    except (OSError, OverflowError) as error:
        warnings.append(_sentence("set the time of", path, error))


def _try_chmod(path: str, mode: int) -> bool:
    try:
        os.chmod(path, mode)
    except OSError:
        return False
    return True


@lru_cache(maxsize=1024)
def _uid_of(owner: str | None, uid: int | None) -> int | None:
    """The name counts: the same person may have another number on this machine."""
    try:
        return pwd.getpwnam(owner).pw_uid if owner else uid
    except (KeyError, ValueError):
        return uid


@lru_cache(maxsize=1024)
def _gid_of(group: str | None, gid: int | None) -> int | None:
    try:
        return grp.getgrnam(group).gr_gid if group else gid
    except (KeyError, ValueError):
        return gid


def _sentence(doing: str, path: str, error: Exception) -> str:
    return f"Could not {doing} {stored_name(path)}: {_reason(error)}"


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
