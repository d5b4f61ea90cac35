"""File systems that take less than those of Linux: no case, few characters, no links, no modes, small files.

A real vfat where this machine can make and mount one; else one of our own, in memory, which the kernel asks
by the FUSE protocol (linux/fuse.h). Either way the restore meets a mounted file system and not a patched
function. Run as a program it is the latter: `python odd_disk.py FOLDER LARGEST`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_MOST_UNITS = 255
_REFUSED = set('"*:<>?\\|') | {chr(number) for number in range(32)}


class NoOddDisk(Exception):
    """Neither a vfat nor a FUSE file system can be mounted here; these tests need one: run them as root, with
    /dev/fuse (in a container: --device /dev/fuse --cap-add SYS_ADMIN)."""


@contextmanager
def odd_disk(folder: Path, largest: int = 0) -> Iterator[Path]:
    """At `folder`, which is absent or empty. With `largest` ours, for files of up to so many bytes. Raises
    `NoOddDisk`."""
    folder.mkdir(exist_ok=True)
    process = None if not largest and _mount_vfat(folder) else _mount_ours(folder, largest or (1 << 32) - 1)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True, capture_output=True)
        if process is not None:
            process.communicate(timeout=20)


def _mount_vfat(folder: Path) -> bool:
    if not shutil.which("mkfs.vfat"):
        return False
    image = folder.with_name(f"{folder.name}.image")
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run(["mkfs.vfat", image], check=True, capture_output=True)
    mount = ["mount", "-t", "vfat", "-o", "loop,utf8", str(image), str(folder)]
    return subprocess.run(mount, check=False, capture_output=True).returncode == 0


def _mount_ours(folder: Path, largest: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, str(folder), str(largest)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if process.stdout.readline() != "mounted\n":
        _, told = process.communicate()
        raise NoOddDisk(f"{NoOddDisk.__doc__} {told[-300:]}")
    return process


# --- the file system ------------------------------------------------------------------------------------


@dataclass
class _Node:
    number: int
    mode: int
    content: bytearray = field(default_factory=bytearray)
    size: int = 0  # sparse beyond the content
    mtime: tuple[int, int] = (0, 0)
    entries: dict[str, tuple[bytes, _Node]] = field(default_factory=dict)

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)

    def attributes(self) -> bytes:
        seconds, nanoseconds = self.mtime
        numbers = (self.number, self.size, self.size // 512, seconds, seconds, seconds)
        rest = (nanoseconds, nanoseconds, nanoseconds, self.mode, 1, 0, 0, 0, 4096, 0)
        return struct.pack("<6Q10I", *numbers, *rest)

    def entry(self) -> bytes:
        # Valid for no time at all: each name is asked for again.
        return struct.pack("<4Q2I", self.number, 0, 0, 0, 0, 0) + self.attributes()


def _key(name: bytes) -> str:
    """Raises `OSError` for names that cannot be held."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        raise OSError(errno.EINVAL, "not UTF-8") from None
    if len(text.encode("utf-16-le")) // 2 > _MOST_UNITS:
        raise OSError(errno.ENAMETOOLONG, "too long")
    return text.rstrip(". ").lower()


def _new_name(name: bytes) -> bytes:
    """As vfat: what cannot be in a name is refused, what cannot be at its end is left out."""
    _key(name)
    if _REFUSED & set(name.decode()):
        raise OSError(errno.EINVAL, "refused")
    return name.rstrip(b". ")


class _Disk:
    """Each request by the name of its operation; answers are bytes, None where none is sent."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._root = _Node(1, stat.S_IFDIR | 0o755)
        self._nodes = {1: self._root}

    def answer(self, operation: int, node: int, body: bytes) -> bytes | None:
        if operation in (2, 36, 42):  # FORGET, INTERRUPT, BATCH_FORGET
            return None
        call = _CALLS.get(operation)
        if call is None:
            raise OSError(errno.ENOSYS, "not offered")
        return call(self, self._nodes.get(node, self._root), body)

    def init(self, _: _Node, body: bytes) -> bytes:
        _, minor = struct.unpack_from("<2I", body)
        return struct.pack("<4I2H2I2H8I", 7, min(minor, 31), 65536, 0, 8, 6, 131072, 1, 32, 0, *[0] * 8)

    def lookup(self, folder: _Node, body: bytes) -> bytes:
        return self._find(folder, body[:-1])[1].entry()

    def getattr(self, node: _Node, _: bytes) -> bytes:
        return struct.pack("<Q2I", 0, 0, 0) + node.attributes()

    def setattr(self, node: _Node, body: bytes) -> bytes:
        """Modes are not kept and not refused, as vfat has it with the option "quiet"; owners are refused."""
        valid, _, _, size, _, _, mtime, _ = struct.unpack_from("<2I6Q", body)
        _, nanoseconds, _, _, _, uid, gid = struct.unpack_from("<7I", body, 56)
        if (valid & 2 and uid) or (valid & 4 and gid):
            raise OSError(errno.EPERM, "no owners")
        if valid & 8:
            self._truncate(node, size)
        if valid & 32:
            node.mtime = (mtime, nanoseconds) if not valid & 256 else (0, 0)
        return self.getattr(node, b"")

    def _truncate(self, node: _Node, size: int) -> None:
        if size > self._largest:
            raise OSError(errno.EFBIG, "too large")
        del node.content[size:]
        node.size = size

    def mkdir(self, folder: _Node, body: bytes) -> bytes:
        return self._add(folder, body[8:-1], stat.S_IFDIR | 0o755).entry()

    def create(self, folder: _Node, body: bytes) -> bytes:
        return self._add(folder, body[16:-1], stat.S_IFREG | 0o755).entry() + self.open(folder, b"")

    def symlink(self, folder: _Node, body: bytes) -> bytes:
        raise OSError(errno.EPERM, "no links")

    def open(self, _: _Node, body: bytes) -> bytes:
        return struct.pack("<Q2I", 0, 0, 0)

    def read(self, node: _Node, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<2QI", body)
        end = min(offset + size, node.size)
        return bytes(node.content[offset:end]).ljust(max(end - offset, 0), b"\0")

    def write(self, node: _Node, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<2QI", body)
        data = body[40 : 40 + size]
        node.content.extend(bytes(max(0, offset - len(node.content))))
        node.content[offset : offset + size] = data
        node.size = max(node.size, offset + size)
        return struct.pack("<2I", size, 0)

    def unlink(self, folder: _Node, body: bytes) -> bytes:
        key, node = self._find(folder, body[:-1])
        if node.is_folder and node.entries:
            raise OSError(errno.ENOTEMPTY, "not empty")
        del folder.entries[key]
        return b""

    def rename(self, folder: _Node, body: bytes, start: int = 8) -> bytes:
        other = self._nodes[struct.unpack_from("<Q", body)[0]]
        old, new, _ = body[start:].split(b"\0")
        name = _new_name(new)
        key, node = self._find(folder, old)
        del folder.entries[key]
        other.entries[_key(name)] = (name, node)
        return b""

    def rename2(self, folder: _Node, body: bytes) -> bytes:
        return self.rename(folder, body, 16)

    def statfs(self, _: _Node, body: bytes) -> bytes:
        return struct.pack("<5Q4I6I", 16384, 16384, 16384, 0, 0, 4096, 1530, 4096, 0, *[0] * 6)

    def readdir(self, folder: _Node, body: bytes) -> bytes:
        _, offset, size = struct.unpack_from("<2QI", body)
        out = b""
        for number, (name, node) in enumerate(folder.entries.values()):
            one = struct.pack("<2Q2I", node.number, number + 1, len(name), node.mode >> 12) + name
            one += bytes(-len(one) % 8)
            if number >= offset:
                if len(out) + len(one) > size:
                    break
                out += one
        return out

    def nothing(self, _: _Node, body: bytes) -> bytes:
        return b""

    def _find(self, folder: _Node, name: bytes) -> tuple[str, _Node]:
        key = _key(name)
        if key not in folder.entries:
            raise OSError(errno.ENOENT, "absent")
        return key, folder.entries[key][1]

    def _add(self, folder: _Node, name: bytes, mode: int) -> _Node:
        held = _new_name(name)
        if _key(held) in folder.entries:
            raise OSError(errno.EEXIST, "there")
        node = self._nodes[len(self._nodes) + 1] = _Node(len(self._nodes) + 1, mode)
        folder.entries[_key(held)] = (held, node)
        return node


_CALLS = {
    1: _Disk.lookup,
    3: _Disk.getattr,
    4: _Disk.setattr,
    6: _Disk.symlink,
    9: _Disk.mkdir,
    10: _Disk.unlink,
    11: _Disk.unlink,
    12: _Disk.rename,
    14: _Disk.open,
    15: _Disk.read,
    16: _Disk.write,
    17: _Disk.statfs,
    18: _Disk.nothing,
    20: _Disk.nothing,
    25: _Disk.nothing,
    26: _Disk.init,
    27: _Disk.open,
    28: _Disk.readdir,
    29: _Disk.nothing,
    35: _Disk.create,
    45: _Disk.rename2,
}
_HEAD = struct.Struct("<2I2Q4I")


def _serve(folder: str, largest: int) -> None:
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"odd", os.fsencode(folder), b"fuse", 0, options.encode()):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    print("mounted", flush=True)
    disk = _Disk(largest)
    while True:
        try:
            request = os.read(device, 1 << 18)
        except OSError:  # unmounted
            return
        _, operation, unique, node, *_ = _HEAD.unpack_from(request)
        try:
            body, failed = disk.answer(operation, node, request[_HEAD.size :]), 0
        except OSError as error:
            body, failed = b"", error.errno or errno.EIO
        if body is not None:
            os.write(device, struct.pack("<IiQ", 16 + len(body), -failed, unique) + body)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
