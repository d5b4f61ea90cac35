"""Trees as Hypothesis makes them: lists of small changes, applied to a real folder one after the other."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
from pathlib import Path
from typing import IO, cast

import msgspec
from hypothesis import strategies as st

# Bytes that are no UTF-8, new lines, composed and decomposed, the longest name, and what shells trip over.
ODD_NAMES = (
    b"a",
    b"A",
    b"caf\xc3\xa9",
    b"cafe\xcc\x81",
    b"\xff\xfe",
    b"caf\xe9",
    b"two\nlines",
    b" blank ",
    b"dot.",
    b"-rf",
    b"*",
    b"[a]{b}?",
    b"@file",
    b'"quoted"',
    b"back\\slash",
    b"con",
    b"a:b",
    b"\x01\x7f",
    b"\xf0\x9f\x92\xbe",
    b"\xed\xa0\x80",
    b"%TEMP%",
    b"$HOME",
    b"x" * 255,
    ("\u00fc" * 127).encode(),
)
_MOMENTS = (
    0,
    1,
    -1,
    999_999_999,
    1_600_000_000_123_456_789,
    -2_000_000_000_000_000_001,
    4_102_444_800 * 10**9,
)


class Change(msgspec.Struct, frozen=True):
    """One thing done to a tree. `path` and `other` are relative, `number` means what `kind` makes of it: for
    what writes, how often `content` is repeated."""

    kind: str
    path: tuple[bytes, ...]
    other: tuple[bytes, ...] = ()
    number: int = 0
    content: bytes = b""


def _names() -> st.SearchStrategy[bytes]:
    any_name = st.binary(min_size=1, max_size=40).map(
        lambda name: name.replace(b"/", b"_").replace(b"\0", b"0")
    )
    return st.one_of(st.sampled_from(ODD_NAMES), any_name).filter(lambda name: name not in (b".", b".."))


@st.composite
def changes(draw: st.DrawFn, most: int = 12) -> list[Change]:
    """Changes that meet each other often, for there are only a few names to them."""
    names = draw(st.lists(_names(), min_size=2, max_size=6, unique=True))
    path = st.lists(st.sampled_from(names), min_size=1, max_size=3).map(tuple)
    # Around the edges of blocks of 1 KiB.
    times = st.sampled_from([0, 1, 1, 2, 341, 342, 1023, 1024, 1025, 4096, 33_000])
    write = (st.sampled_from(["write", "write", "append"]), path)
    content = st.binary(min_size=1, max_size=30)
    filling = {"number": times, "content": content}
    made = st.one_of(
        st.builds(Change, st.just("folder"), path),
        st.builds(Change, st.sampled_from(["link", "hard-link", "rename"]), path, other=path),
        st.builds(Change, st.sampled_from(["loose-link", "loop", "pipe", "socket", "delete"]), path),
        st.builds(Change, st.just("sparse"), path, number=st.integers(1, 300)),
        st.builds(Change, *write, **filling),
        st.builds(Change, *write, **filling),
        st.builds(Change, st.just("shrink"), path),
        st.builds(
            Change,
            st.just("mode"),
            path,
            number=st.sampled_from([0o000, 0o400, 0o644, 0o755, 0o777, 0o6755, 0o1777]),
        ),
        st.builds(Change, st.just("owner"), path, number=st.sampled_from([0, 1, 65534, 123_456])),
        st.builds(Change, st.just("time"), path, number=st.sampled_from(_MOMENTS)),
        st.builds(Change, st.just("attribute"), path, content=content),
    )
    return draw(st.lists(made, min_size=most // 3, max_size=most))


def apply_changes(root: Path, made: list[Change]) -> None:
    """What cannot be done, as a file below a file, is not done."""
    for change in made:
        with contextlib.suppress(OSError):
            _apply(os.fsencode(root), change)


def _apply(root: bytes, change: Change) -> None:
    path = os.path.join(root, *change.path)
    other = os.path.join(root, *change.other) if change.other else root
    if change.kind in (
        "write",
        "folder",
        "link",
        "hard-link",
        "loose-link",
        "loop",
        "pipe",
        "socket",
        "sparse",
    ):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    match change.kind:
        case "write" | "append":
            with _opened(path, "ab" if change.kind == "append" else "wb") as file:
                file.write(change.content * change.number)
        case "sparse":
            with _opened(path, "wb") as file:
                file.truncate(change.number * 1000)
                file.seek(change.number * 500)
                file.write(b"in the middle")
        case "shrink":
            os.truncate(path, os.lstat(path).st_size // 2)
        case "folder":
            os.makedirs(path, exist_ok=True)
        case "link":
            os.symlink(os.path.relpath(other, os.path.dirname(path)), path)
        case "loose-link":
            os.symlink(b"/nowhere/\xff at all", path)
        case "loop":
            os.symlink(b"../" + os.path.basename(os.path.dirname(path)), path)
        case "hard-link":
            os.link(other, path, follow_symlinks=False)
        case "rename":
            os.rename(other, path)
        case "pipe":
            os.mkfifo(path)
        case "socket":
            _make_socket(path)
        case "delete":
            _delete(path)
        case "mode":
            os.chmod(path, change.number)
        case "owner":
            os.chown(path, change.number, change.number, follow_symlinks=False)
        case "time":
            os.utime(path, ns=(change.number, change.number), follow_symlinks=False)
        case "attribute":
            os.setxattr(path, b"user.odd", change.content * 5, follow_symlinks=False)


def _opened(path: bytes, mode: str) -> IO[bytes]:
    status = os.lstat(path) if os.path.lexists(path) else None
    if status is not None and not stat.S_ISREG(status.st_mode):
        raise OSError  # through a link or into a pipe would be something else
    return cast("IO[bytes]", open(path, mode))


def _make_socket(path: bytes) -> None:
    if len(path) > 100:
        raise OSError
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)


def _delete(path: bytes) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
