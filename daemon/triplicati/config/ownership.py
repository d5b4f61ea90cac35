"""One owner at a time for a destination and for a local database, over all programs of a user on a machine.

A file is named by the hash of what it is for, and holds who has it. The lock on the file counts, not the
file: it ends with the process, however that ends. What another machine does cannot be seen here; it shows as
a version that is newer than ours (`OutdatedDatabase`).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from triplicati.config.file_lock import is_locked, lock_file, open_for_lock
from triplicati.errors import InUseElsewhere
from triplicati.values.urls import DestinationUrl

FOLDER = "locks"
_LARGEST = 4096
# Options and parts of a query that tell one place from another, where the address itself does not.
_PLACES = ("server-name", "endpoint", "container", "bucket", "account")
_PORTS = {"ftp": 21, "aftp": 21, "ssh": 22, "sftp": 22, "webdav": 80}


class Owner(msgspec.Struct, frozen=True):
    """Who has a lock: the process, its program, what it does with the destination, and since when (Unix
    seconds)."""

    pid: int
    program: str
    operation: str
    since: float

    @property
    def told(self) -> str:
        """Part of a sentence."""
        clock = time.strftime("%H:%M", time.localtime(self.since))
        return f"{self.program or 'another program'} (process {self.pid}), {self.operation} since {clock}"


def this_process(operation: str, started: float) -> Owner:
    name = Path(sys.argv[0]).name
    if name in ("__main__.py", "-c", "-m", ""):
        name = "Triplicati"
    return Owner(os.getpid(), name, operation or "working", started)


def canonical_address(
    url: DestinationUrl, prefix: str, options: Mapping[str, str | None], username: str = ""
) -> str:
    """One text for all ways to write a destination, without any secret in it.

    Of a local path symbolic links are followed. Users are told apart, for a path may start at their home.
    """
    path = os.path.realpath(url.path) if url.scheme == "file" else _normal(url.path)
    port = "" if url.port is None or _PORTS.get(url.scheme) == url.port else str(url.port)
    user = "" if url.scheme == "file" else url.user or username
    given = {**options, **url.query}
    places = sorted(f"{name}={value}" for name, value in given.items() if value and name.endswith(_PLACES))
    return "\n".join((url.scheme, url.host.lower().rstrip("."), port, path, prefix, user, *places))


def lock_folders(data_folder: Path | None, environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Where locks lie: in the data folder, and where all data folders of this user meet. They need not
    exist."""
    own = [data_folder / FOLDER] if data_folder is not None else []
    return [*own, *(folder / FOLDER for folder in _runtime_folders(environment))]


@contextmanager
def owned(what: Mapping[str, str], folders: Sequence[Path], owner: Owner) -> Iterator[None]:
    """Held while the body runs. `what` maps each text that is locked, an address or a path, to what the user
    calls it.

    A folder that cannot be written is passed by. Raises `InUseElsewhere` when another process has one of
    these.
    """
    with ExitStack() as held:
        for text in sorted(what):
            name = f"{hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}.lock"
            for folder in folders:
                with contextlib.suppress(OSError):
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                    _take(held, folder / name, owner, what[text])
        yield


def owner_of(text: str, folders: Sequence[Path]) -> Owner | None:
    """Who has the lock for an address or a path, None for nobody."""
    name = f"{hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}.lock"
    for folder in folders:
        with contextlib.suppress(OSError), open_for_lock(folder / name, create=False) as file:
            if is_locked(file):
                return _read(file)
    return None


def _take(held: ExitStack, path: Path, owner: Owner, shown: str) -> None:
    """Raises `InUseElsewhere` and `OSError`."""
    while True:
        with ExitStack() as trying:
            file = trying.enter_context(open_for_lock(path))
            try:
                lock_file(file)
            except BlockingIOError:
                found = _read(file)
                raise InUseElsewhere(what=shown, by=found.told if found else "another process") from None
            if not _is_at(file, path):
                continue  # its last owner has just removed it
            file.truncate(0)
            file.write(msgspec.json.encode(owner))
            file.flush()
            held.push(trying.pop_all())
            # Before the lock goes, so that nobody removes that of another.
            held.callback(_remove, file, path)
            return


def _remove(file: BinaryIO, path: Path) -> None:
    # Windows keeps what is open; the next owner takes it over then.
    with contextlib.suppress(OSError):
        if _is_at(file, path):  # else somebody removed it, and this is the lock of the next owner
            path.unlink()


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _read(file: BinaryIO) -> Owner | None:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        file.seek(0)
        return msgspec.json.decode(file.read(_LARGEST), type=Owner)
    return None


def _normal(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _runtime_folders(environment: Mapping[str, str]) -> list[Path]:
    """Those that all programs of a user share, whatever session they are of; only theirs.

    That of a session comes and goes with it, while a job of cron goes on; so the one for temporary files
    counts too.
    """
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA")
        return [Path(base, "Triplicati")] if base else []
    user = os.geteuid()
    if user == 0 and sys.platform == "linux":
        return [Path("/run/triplicati")]
    session = environment.get("XDG_RUNTIME_DIR", "")
    found = [
        Path(candidate, "triplicati")
        for candidate in dict.fromkeys((f"/run/user/{user}", session))
        if candidate and _is_private(Path(candidate))
    ]
    folder = Path(tempfile.gettempdir(), f"triplicati-{user}")
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    return [*found, folder] if _is_private(folder) else found


def _is_private(folder: Path) -> bool:
    """Whether it is a folder of this user that nobody else can write to, and no link."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == _user() and not found.st_mode & 0o022


def _user() -> int:
    if sys.platform == "win32":
        return -1
    return os.geteuid()
