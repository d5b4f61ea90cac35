"""One server per data folder, and how a second one hands its words to the first (spec/server.md 1.7).

The lock is that of the file, not the file itself: it ends with the process, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import trio

from triplicati.config.datafolder import write_private
from triplicati.config.file_lock import is_locked, lock_file, open_for_lock
from triplicati.errors import InstanceLockUnusable, OtherInstance

FOLDER = "control_dir_v2"
LOCK, PORT = "lock_v2", "port_v2"
_WORDS = "other_invocation_v2_"
_TRIES, _PAUSE = 5, 0.5
_LARGEST = 64 * 1024


@contextlib.contextmanager
def instance_lock(folder: Path) -> Iterator[None]:
    """Held while the server runs; `folder` is its data folder, which exists.

    Raises `OtherInstance` when another process holds it, `InstanceLockUnusable` when that cannot be told.
    """
    place = folder / FOLDER
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        file = open_for_lock(place / LOCK)
    except OSError as error:
        raise InstanceLockUnusable(path=place, reason=error.strerror) from None
    with file:
        try:
            lock_file(file)
        except BlockingIOError:
            raise OtherInstance(folder=folder, pid=_pid(file)) from None
        except OSError as error:
            raise InstanceLockUnusable(path=place, reason=error.strerror) from None
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        forget_port(folder)
        # What was left for an earlier process is too old to be answered.
        for each in place.glob(f"{_WORDS}*"):
            each.unlink(missing_ok=True)
        yield


def is_running(folder: Path) -> bool:
    """Whether a server holds the lock of this data folder. One that starts meanwhile is not hindered."""
    with contextlib.suppress(OSError), open_for_lock(folder / FOLDER / LOCK, create=False) as file:
        return is_locked(file)
    return False


def tell_port(folder: Path, port: int) -> None:
    """Says where the server listens that holds the lock. Raises `OSError`."""
    write_private(folder / FOLDER / PORT, str(port).encode())


def forget_port(folder: Path) -> None:
    """Once it does not listen any more: somebody else may, who must be shown no sign-in token."""
    with contextlib.suppress(OSError):
        (folder / FOLDER / PORT).unlink()


def told_port(folder: Path) -> int | None:
    """Where a server listens that runs on this data folder, None where none does."""
    with contextlib.suppress(OSError, ValueError):
        if is_running(folder):
            return int((folder / FOLDER / PORT).read_bytes()[:5])
    return None


async def hand_over(folder: Path, words: Sequence[str]) -> bool:
    """Leaves the words of this start to the server that runs; True when it has read them.

    It has 2.5 seconds. Raises `InstanceLockUnusable` where they cannot be left.
    """
    path = folder / FOLDER / f"{_WORDS}{uuid.uuid4().hex}"
    try:
        write_private(path, "".join(f"{word}\n" for word in words).encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise InstanceLockUnusable(path=path.parent, reason=error.strerror) from None
    try:
        for _ in range(_TRIES):
            await trio.sleep(_PAUSE)
            if not path.exists():
                return True
        return False
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def take_words(folder: Path) -> list[list[str]]:
    """The words of other starts since the last call, the oldest first; they are removed."""
    place = folder / FOLDER
    found: list[tuple[float, list[str]]] = []
    for path in place.glob(f"{_WORDS}*"):
        with contextlib.suppress(OSError):
            # A pipe would never end.
            with open_for_lock(path, create=False) as file:
                text = file.read(_LARGEST).decode("utf-8", "surrogateescape")
            found.append((path.stat().st_mtime, text.splitlines()))
            path.unlink()
    return [words for _, words in sorted(found)]


def _pid(file: BinaryIO) -> str:
    """Who holds the lock, "" if that is not readable."""
    with contextlib.suppress(OSError):
        text = file.read(20).decode("ascii", "replace").strip()
        return text if text.isdigit() else ""
    return ""
