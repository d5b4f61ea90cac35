"""A folder at a destination that rclone speaks to."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec
import trio

from triplicati.errors import (
    DestinationError,
    DestinationFull,
    DestinationRefused,
    DestinationSignInRefused,
    DestinationUnknown,
    DestinationUnreachable,
    DestinationUntrusted,
    RemoteFileMissing,
)
from triplicati.storage.abilities import Quota
from triplicati.storage.destination import PART, RemoteFile, Upload, Write
from triplicati.storage.forwarding import Elsewhere
from triplicati.storage.http.exchange import RECEIVED
from triplicati.storage.rclone.daemon import Daemon, Refusal, daemon_of
from triplicati.storage.rclone.handing import hand_over
from triplicati.storage.rclone.program import USUAL, Flavour
from triplicati.storage.rclone.texts import Asked, explained
from triplicati.storage.writing import written_behind

# Inside the class, `list` is the method.
Listing = list[RemoteFile]
# Enough to be worth a thread; with what is received on top of it no more than a part may be.
_BATCH = PART - RECEIVED
# Seconds for taking away what a failed upload left.
_CLEAN_UP = 1.0
_BROKEN = re.compile(r"EOF|broken pipe|reset by peer|connection error|closed network|i/o timeout|aborted")
# After these nothing can be there.
_NEVER_BEGAN = (DestinationUnknown, DestinationUnreachable, DestinationUntrusted, DestinationSignInRefused)


class Settings(msgspec.Struct, frozen=True):
    """One remote of rclone: `kind` and `parameters` in rclone's words, `path` of the folder as rclone writes
    it. An empty `kind` means that `path` names one of the user's own remotes. They hold until `until`
    (seconds since 1970). `files` are parameters that name a file, with what is in it. `root` (PEM) is the one
    certificate that is trusted, empty for those that this machine trusts."""

    kind: str
    parameters: dict[str, str]
    path: str
    until: float = float("inf")
    files: dict[str, str] = {}
    root: str = ""

    def __repr__(self) -> str:  # the parameters hold passwords
        return f"Settings({self.kind!r}, {self.path!r})"


class _Entry(msgspec.Struct):
    name: str = msgspec.field(name="Name")
    size: int = msgspec.field(name="Size")
    modified: str = msgspec.field(name="ModTime", default="")
    is_folder: bool = msgspec.field(name="IsDir", default=False)


class _Entries(msgspec.Struct):
    entries: list[_Entry] | None = msgspec.field(name="list", default=None)


class _About(msgspec.Struct):
    total: int | None = None
    free: int | None = None


class RcloneFolder(Elsewhere):
    """`settle` finds the settings when they are first needed, and again when they no longer hold; it may ask
    the network and raises a `DestinationError`; so does `check_whole` for a number of files and folders that
    is where the server stops. What a put leaves behind that fails is taken away."""

    def __init__(
        self, display: str, asked: Asked, settle: Callable[[], Awaitable[Settings]],
        flavour: Flavour = USUAL, check_whole: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(display)
        self._asked = asked
        self._settle = settle
        self._flavour = flavour
        self._check_whole = check_whole
        self._settled: Settings | None = None
        self._settling = trio.Lock()

    async def list(self) -> Listing:
        options = {"filesOnly": self._check_whole is None, "noMimeType": True}
        answer = await self._call("operations/list", remote="", opt=options)
        found = msgspec.json.decode(answer, type=_Entries).entries or []
        if self._check_whole is not None:
            await self._check_whole(len(found))
        return [
            RemoteFile(each.name, each.size, _seconds(each.modified)) for each in found if not each.is_folder
        ]

    async def get(self, name: str, write: Write) -> None:
        await self._fetch(name, "", write)

    async def get_part(self, name: str, start: int, length: int, write: Write) -> None:
        if length > 0:
            await self._fetch(name, f"bytes={start}-{start + length - 1}", write)

    async def put(self, name: str, upload: Upload) -> None:
        try:
            await hand_over(upload, lambda url: self._call("operations/copyurl", name, remote=name, url=url))
        except _NEVER_BEGAN:
            raise
        except RemoteFileMissing as error:
            raise DestinationRefused(path=name, reason="it cannot be made there") from error
        except DestinationError as error:
            await self._take_away(name)
            if (full := await self._full(error, name, upload.size)) is not None:
                raise full from error
            raise
        except BaseException:  # also when it was stopped
            await self._take_away(name)
            raise

    async def delete(self, name: str) -> None:
        await self._call("operations/deletefile", name, remote=name)

    async def rename(self, name: str, new: str) -> None:
        daemon, remote = await self._ready()
        try:
            await daemon.call(
                "operations/movefile", srcFs=remote, srcRemote=name, dstFs=remote, dstRemote=new
            )
        except Refusal as refusal:
            raise self._explained(refusal, name, daemon, remote) from None

    async def quota(self) -> Quota | None:
        try:
            answer = await self._call("operations/about")
        except DestinationError as error:
            if type(error) is DestinationError:  # most often: the server does not tell
                return None
            raise
        about = msgspec.json.decode(answer, type=_About)
        return Quota(about.total, about.free)

    async def test(self) -> None:
        await self.list()
        name = f"triplicati-test-{secrets.token_hex(4)}"
        await self.put(name, _Probe())
        await self.delete(name)

    async def create_folder(self) -> None:
        await self._call("operations/mkdir", remote="")

    async def _take_away(self, name: str) -> None:
        with trio.move_on_after(_CLEAN_UP, shield=True), suppress(DestinationError):
            await self.delete(name)

    async def _full(self, error: DestinationError, name: str, size: int) -> DestinationFull | None:
        """Some protocols, SFTP for one, have no word for a disk without room."""
        quota: Quota | None = None
        if type(error) is DestinationError:
            with trio.move_on_after(_CLEAN_UP), suppress(DestinationError):
                quota = await self.quota()
        if quota is None or quota.free is None or quota.free >= size:
            return None
        return DestinationFull(name=name, reason=f"{quota.free} bytes are free, {size} are needed")

    async def _call(self, what: str, name: str = "", **arguments: object) -> bytes:
        daemon, remote = await self._ready()
        try:
            return await daemon.call(what, fs=remote, **arguments)
        except Refusal as refusal:
            raise self._explained(refusal, name, daemon, remote) from None

    async def _fetch(self, name: str, span: str, write: Write) -> None:
        daemon, remote = await self._ready()
        try:
            async with written_behind(write) as take:
                await daemon.fetch(remote, name, span, lambda _head, part: take(part), _BATCH)
        except Refusal as refusal:
            raise self._explained(refusal, name, daemon, remote) from None

    async def _ready(self) -> tuple[Daemon, str]:
        """The running rclone, and the name of the folder there."""
        settings = await self._settings()
        flavour = msgspec.structs.replace(self._flavour, root=settings.root)
        daemon = await daemon_of(flavour, self._asked.scheme)
        if not settings.kind:
            return daemon, settings.path
        key = hashlib.sha256(msgspec.json.encode(settings)).digest()
        async with daemon.making:
            if key not in daemon.remotes:
                daemon.remotes[key] = await self._made(daemon, settings)
        return daemon, daemon.remotes[key]

    async def _settings(self) -> Settings:
        async with self._settling:
            if self._settled is None or self._settled.until <= _now():
                self._settled = await self._settle()
            return self._settled

    async def _made(self, daemon: Daemon, settings: Settings) -> str:
        """An alias, so that no letter of a folder's name can be taken for a part of rclone's own notation."""
        remote = f"r{secrets.token_hex(6)}"
        options = {"obscure": True, "nonInteractive": True}
        files = {each: daemon.kept(text) for each, text in settings.files.items()}
        kinds = ((remote, settings.kind, {**settings.parameters, **files}),
                 (f"{remote}f", "alias", {"remote": f"{remote}:{settings.path}"}))  # fmt: skip
        for name, kind, parameters in kinds:
            try:
                await daemon.call("config/create", name=name, type=kind, parameters=parameters, opt=options)
            except Refusal as refusal:
                raise self._explained(refusal, "", daemon, remote) from None
        return f"{remote}f:"

    def _explained(self, refusal: Refusal, name: str, daemon: Daemon, remote: str) -> DestinationError:
        if _BROKEN.search(refusal.text):
            # rclone keeps such a connection among those it will use again; another remote has its own.
            daemon.remotes = {key: each for key, each in daemon.remotes.items() if each != remote}
        error = explained(refusal.text, msgspec.structs.replace(self._asked, name=name))
        if isinstance(error, DestinationSignInRefused | DestinationUntrusted):
            self._settled = None  # a token may have been taken back before its end, a certificate renewed
        return error


class _Probe:
    path = Path("test")
    size = 4
    disposable = False

    def parts(self) -> Iterator[bytes]:
        yield b"test"


def _seconds(modified: str) -> float | None:
    if not modified:
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(modified).timestamp()
    return None


def _now() -> float:
    return time.time()
