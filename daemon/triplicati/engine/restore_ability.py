"""What the file system restored to can hold: found out by trying, in a folder made for it and removed again.

What is known by the name of a file system alone goes wrong with the next one: case is a flag of a folder on
ext4 and tmpfs, an option of a mount on SMB, and a setting of the volume on a Mac.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import sys
import unicodedata
from collections.abc import Iterator

import msgspec

_SPECIAL = b'"*:<>?\\|'
_CONTROL = bytes(range(1, 32))
_FAT_FILE = (1 << 32) - 1
# FS_IOC_GETFLAGS and FS_CASEFOLD_FL of linux/fs.h.
_GET_FLAGS, _CASEFOLD = 0x80086601, 0x40000000


class Ability(msgspec.Struct, frozen=True):
    """`refused` are bytes no name may contain, `trailing` those none may end with; `raw`: names that are not
    UTF-8 are taken; `name_bytes` and `name_units` (UTF-16, 0 for any number) are the longest names,
    `largest` the largest file in bytes, 0 for any."""

    case_sensitive: bool = True
    refused: bytes = b""
    trailing: bytes = b""
    raw: bool = True
    links: bool = True
    name_bytes: int = 255
    name_units: int = 0
    largest: int = 0

    @property
    def usual(self) -> bool:
        """As on the file systems of Linux; only long names need a look."""
        return self.case_sensitive and self.raw and self.links and not self.special

    @property
    def special(self) -> bool:
        return bool(self.refused or self.trailing or self.name_units or self.largest)


_WINDOWS_NAMES = Ability(
    case_sensitive=False,
    refused=_SPECIAL + _CONTROL,
    trailing=b". ",
    raw=False,
    links=False,
    name_bytes=765,
    name_units=255,
)
# For a dry run, which must not try.
_BY_TYPE = {
    "vfat": msgspec.structs.replace(_WINDOWS_NAMES, largest=_FAT_FILE),
    "msdos": msgspec.structs.replace(_WINDOWS_NAMES, largest=_FAT_FILE),
    "exfat": _WINDOWS_NAMES,
    "cifs": Ability(case_sensitive=False),
    "smb3": Ability(case_sensitive=False),
    "hfsplus": Ability(case_sensitive=False, raw=False),
    "apfs": Ability(case_sensitive=False, raw=False),
}


def find_ability(folder: bytes, *, may_write: bool) -> Ability:
    """Of the file system at an existing folder."""
    if may_write:
        try:
            with _probe_folder(folder) as probe:
                return _tried(probe)
        except OSError:
            pass  # full, or not writable here: what comes of that is told for each file
    return _looked_at(folder)


def folded(path: bytes) -> bytes:
    """The same for all names that may be one where case does not count, however accents are written."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFD", os.fsdecode(path).casefold()).encode("utf-8", "surrogateescape")


@contextlib.contextmanager
def _probe_folder(folder: bytes) -> Iterator[bytes]:
    probe = os.path.join(folder, b".triplicati-probe-%b" % secrets.token_hex(4).encode())
    os.mkdir(probe, 0o700)
    try:
        yield probe
    finally:
        shutil.rmtree(probe, ignore_errors=True)


def _tried(probe: bytes) -> Ability:
    _make(probe, b"probe-Aa")
    refused = bytes(each for each in _SPECIAL + b"\x01" if not _takes(probe, b"x%cy" % each))
    return Ability(
        case_sensitive=not os.path.lexists(os.path.join(probe, b"probe-aA")),
        refused=refused.replace(b"\x01", _CONTROL),
        trailing=bytes(each for each in b". " if not _takes(probe, b"end%c" % each)),
        raw=_takes(probe, b"raw\xff"),
        links=_takes_links(probe),
        name_bytes=_name_bytes(probe),
        name_units=255 if _name_bytes(probe) > 255 and not _takes(probe, b"n" * 256) else 0,
        # Not tried: what has no holes would write it all. Where it is not known a file fails when its partial
        # file is made, before anything is fetched.
        largest=_BY_TYPE.get(_type_of(probe), Ability()).largest,
    )


def _make(folder: bytes, name: bytes) -> None:
    os.close(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _takes(folder: bytes, name: bytes) -> bool:
    """As it is: some change a name without a word. Raises `OSError` where that cannot be told."""
    try:
        _make(folder, name)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return False
    names = os.listdir(folder)
    os.unlink(os.path.join(folder, name))
    return name in names


def _takes_links(folder: bytes) -> bool:
    try:
        os.symlink(b"elsewhere", os.path.join(folder, b"link"))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return False
    return True


def _name_bytes(folder: bytes) -> int:
    if sys.platform != "win32":
        with contextlib.suppress(OSError, ValueError):
            return os.pathconf(folder, "PC_NAME_MAX")
    return 255


def _looked_at(folder: bytes) -> Ability:
    known = _BY_TYPE.get(_type_of(folder), Ability(name_bytes=_name_bytes(folder)))
    if known.case_sensitive and (_has_casefold(folder) or _answers_in_other_case(folder)):
        return msgspec.structs.replace(known, case_sensitive=False)
    return known


def _type_of(folder: bytes) -> str:
    if sys.platform == "win32":
        return ""
    with contextlib.suppress(OSError):
        device = os.stat(folder).st_dev
        number = f"{os.major(device)}:{os.minor(device)}"
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            for line in lines:
                words = line.split(" ")
                if words[2] == number:
                    return words[words.index("-") + 1]
    return ""


def _has_casefold(folder: bytes) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - not on every system

    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            flags = fcntl.ioctl(handle, _GET_FLAGS, bytes(8))
        finally:
            os.close(handle)
        return bool(int.from_bytes(flags[:4], sys.byteorder) & _CASEFOLD)
    return False


def _answers_in_other_case(folder: bytes) -> bool:
    """Whether an entry is found by a name that is not in the list."""
    with contextlib.suppress(OSError):
        names = set(os.listdir(folder))
        for name in names:
            other = name.swapcase()
            if other not in names:
                return os.path.lexists(os.path.join(folder, other))
    return False
