"""Looks at one path: its metadata, whether it changed, its content (spec/format.md 9.5, 9.6)."""

from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

import msgspec

from triplicati.engine.wire import CHANGED, FAILED, METADATA_CHANGED, UNCHANGED, Examined, Item, PackSetup
from triplicati.formats.blocks import hashes_per_list
from triplicati.formats.compressible import is_stored_extension
from triplicati.formats.hashes import Hasher, hasher
from triplicati.formats.kinds import FILE
from triplicati.formats.metadata import EMPTY_METADATA, Kind
from triplicati.source.metadata.native import capture
from triplicati.source.names import stored_name

_KINDS: tuple[Kind, Kind, Kind] = ("file", "folder", "symlink")
_SECOND = 1_000_000_000
# Bytes of a large file that are read, hashed and packed together.
_GROUP = 8 << 20


class Store(Protocol):
    """Where blocks go; see `triplicati.engine.packing.BlockStore`."""

    blocksize: int
    threads: ThreadPoolExecutor

    def digest(self, block: bytes) -> bytes: ...
    def hold(
        self,
        digest: bytes,
        block: bytes,
        *,
        compressible: bool = True,
        blocklist: bool = False,
        content: bool = False,
    ) -> None: ...


class _Content(msgspec.Struct, gc=False):
    """A stream as the format describes it: `only` is the hash of its one block, `lists` the joined digests
    of its blocklists."""

    size: int
    digest: bytes
    only: bytes | None = None
    lists: bytes | None = None


class Examiner:
    """What `examine` returns counts once the store's blocks are flushed."""

    def __init__(self, setup: PackSetup, store: Store) -> None:
        self._setup = setup
        self._store = store
        self._file_hash = hasher(setup.form.file_hash)
        self._same_hash = setup.form.file_hash == setup.form.block_hash
        self._list_bytes = hashes_per_list(setup.form) * hasher(setup.form.block_hash)().digest_size
        self._mono = msgspec.structs.replace(setup.caller, rule="mono")
        self._flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        self._flags |= 0 if setup.follow_links else getattr(os, "O_NOFOLLOW", 0)
        self._empty = self._file_hash(b"").digest()

    def examine(self, item: Item) -> Examined:
        """Never raises for what a path does: it may vanish, change its kind or refuse at any moment."""
        try:
            known = item.known_metahash is not None and not item.always_read
            if known and (same := self._unchanged(item)) is not None:
                return same
            return self._file(item) if item.kind == FILE else self._other(item)
        except ConnectionError:
            raise  # the parent is gone, which is not the path's doing
        except OSError as error:
            return Examined(FAILED, problems=[_failure(item.path, error)])

    def _unchanged(self, item: Item) -> Examined | None:
        """Without opening it: size, time and a freshly built metadata blob tell.

        Of a file only after a recreate: otherwise it is here because one of its times changed, and where that
        is the change time alone, something may have written to it and put the other one back.
        """
        if item.kind == FILE and not item.unsure:
            return None
        status = self._status(item.path)
        if item.kind == FILE and (status.st_size != item.known_size or not self._same_time(item, status)):
            return None
        blob, _ = self._capture(item, status, None)
        for candidate in (blob, self._mono_blob(item, status)):
            if candidate is not None and self._file_hash(candidate).digest() == item.known_metahash:
                return Examined(UNCHANGED, item.known_size, status.st_mtime_ns, status.st_ctime_ns)
        return None

    def _mono_blob(self, item: Item, status: os.stat_result) -> bytes | None:
        """The blob as Duplicati up to 2.0.8 under Mono wrote it, which differs in one attribute."""
        if self._setup.skip_metadata:
            return None
        return capture(item.path, _KINDS[item.kind], status, self._mono, raw_name=item.raw)[0]

    def _same_time(self, item: Item, status: os.stat_result) -> bool:
        """The blob holds the exact time, if there is one; the list of a version has whole seconds."""
        return not self._setup.skip_metadata or status.st_mtime_ns // _SECOND == item.known_mtime // _SECOND

    def _file(self, item: Item) -> Examined:
        handle = os.open(item.path, self._flags)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.ESTALE, "it became something else while the backup ran")
            blob, warnings = self._capture(item, status, handle)
            problems = [("MetadataReadError", text) for text in warnings]
            content = self._read(handle, status.st_size, self._compressible(item.path))
            after = os.fstat(handle)
        finally:
            os.close(handle)
        if (after.st_mtime_ns, after.st_size) != (status.st_mtime_ns, status.st_size):
            name = stored_name(os.fsdecode(item.path))
            problems.append(
                ("FileChangedWhileRead", f"{name} changed while it was read; its copy may be mixed.")
            )
        result = self._with_metadata(blob, status, content, problems)
        result.opened = True
        if content.size == item.known_size and content.digest == item.known_hash:
            same = result.metahash == item.known_metahash
            result.outcome = UNCHANGED if same else METADATA_CHANGED
        return result

    def _other(self, item: Item) -> Examined:
        status = self._status(item.path)
        handle = (
            os.open(item.path, os.O_RDONLY)
            if self._setup.follow_links and stat.S_ISDIR(status.st_mode)
            else None
        )
        try:
            blob, warnings = self._capture(item, status, handle)
        finally:
            if handle is not None:
                os.close(handle)
        problems = [("MetadataReadError", text) for text in warnings]
        result = self._with_metadata(blob, status, _Content(-1, b""), problems)
        result.hash = None
        if result.metahash == item.known_metahash:
            result.outcome = UNCHANGED
        return result

    def _status(self, path: bytes) -> os.stat_result:
        return os.stat(path) if self._setup.follow_links else os.lstat(path)

    def _capture(self, item: Item, status: os.stat_result, handle: int | None) -> tuple[bytes, list[str]]:
        if self._setup.skip_metadata:
            return EMPTY_METADATA, []
        return capture(item.path, _KINDS[item.kind], status, self._setup.caller, fd=handle, raw_name=item.raw)

    def _with_metadata(
        self, blob: bytes, status: os.stat_result, content: _Content, problems: list[tuple[str, str]]
    ) -> Examined:
        if len(blob) > self._largest_metadata():
            problems.append(
                ("TooLargeMetadata", f"The metadata is too large ({len(blob)} bytes) and was left out.")
            )
            blob = EMPTY_METADATA
        stored = self._store_blob(blob)
        return Examined(
            CHANGED,
            content.size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            content.digest,
            None if content.only == content.digest else content.only,
            content.lists,
            stored.digest,
            stored.size,
            None if stored.only == stored.digest else stored.only,
            stored.lists,
            problems or None,
        )

    def _largest_metadata(self) -> int:
        return self._list_bytes * self._store.blocksize

    def _store_blob(self, blob: bytes) -> _Content:
        digest = self._file_hash(blob).digest()
        if len(blob) <= self._store.blocksize:
            only = digest if self._same_hash else self._store.digest(blob)
            self._store.hold(only, blob)
            return _Content(len(blob), digest, only)
        blocks = [blob[at : at + self._store.blocksize] for at in range(0, len(blob), self._store.blocksize)]
        digests = [self._store.digest(block) for block in blocks]
        for each, block in zip(digests, blocks, strict=True):
            self._store.hold(each, block)
        return _Content(len(blob), digest, None, self._store_lists(b"".join(digests)))

    def _compressible(self, path: bytes) -> bool:
        name = os.fsdecode(path.rpartition(b"/")[2])
        return not is_stored_extension(name, self._setup.stored_extensions)

    def _read(self, handle: int, size: int, compressible: bool) -> _Content:
        """At most the length it had when it was opened; a file that shrinks is recorded as far as it goes."""
        blocksize = self._store.blocksize
        block = _read_block(handle, min(size, blocksize))
        if size <= blocksize or len(block) < blocksize:
            if not block:
                return _Content(0, self._empty)
            digest = self._file_hash(block).digest()
            only = digest if self._same_hash else self._store.digest(block)
            self._store.hold(only, block, compressible=compressible, content=True)
            return _Content(len(block), digest, only)
        return self._read_large(handle, size, block, compressible)

    def _read_large(self, handle: int, size: int, block: bytes, compressible: bool) -> _Content:
        """Groups of blocks: their hashes and the file's hash run in threads side by side."""
        blocksize = self._store.blocksize
        group = max(1, _GROUP // blocksize)
        whole = self._file_hash()
        lists, digests, total = bytearray(), bytearray(), 0
        blocks = [block]
        pending: Future[None] | None = None
        while blocks:
            while (
                len(blocks) < group and total + sum(map(len, blocks)) < size and len(blocks[-1]) == blocksize
            ):
                more = _read_block(handle, min(blocksize, size - total - sum(map(len, blocks))))
                if not more:
                    break
                blocks.append(more)
            total += sum(map(len, blocks))
            if pending is not None:
                pending.result()
            pending = self._store.threads.submit(_update, whole, blocks)
            for digest, each in zip(self._store.threads.map(self._store.digest, blocks), blocks, strict=True):
                digests += digest
                self._store.hold(digest, each, compressible=compressible, content=True)
            while len(digests) > self._list_bytes:
                lists += self._store_list(bytes(digests[: self._list_bytes]))
                del digests[: self._list_bytes]
            last = blocks[-1]
            blocks = []
            if (
                total < size
                and len(last) == blocksize
                and (more := _read_block(handle, min(blocksize, size - total)))
            ):
                blocks = [more]
        if pending is not None:
            pending.result()
        if total <= blocksize:  # it shrank to a single block while it was read
            return _Content(total, whole.digest(), bytes(digests))
        lists += self._store_list(bytes(digests))
        return _Content(total, whole.digest(), None, bytes(lists))

    def _store_lists(self, digests: bytes) -> bytes:
        size = self._list_bytes
        return b"".join(self._store_list(digests[at : at + size]) for at in range(0, len(digests), size))

    def _store_list(self, digests: bytes) -> bytes:
        digest = self._store.digest(digests)
        self._store.hold(digest, digests, compressible=False, blocklist=True)
        return digest


def _update(whole: Hasher, blocks: list[bytes]) -> None:
    for block in blocks:
        whole.update(block)


def _read_block(handle: int, size: int) -> bytes:
    """Exactly `size` bytes, fewer only at the end of the file."""
    block = os.read(handle, size)
    if len(block) == size or not block:
        return block
    parts = [block]
    missing = size - len(block)
    while missing and (part := os.read(handle, missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _failure(path: bytes, error: OSError) -> tuple[str, str]:
    name = stored_name(os.fsdecode(path))
    if isinstance(error, FileNotFoundError):
        return "FileVanished", f"{name} vanished while the backup ran; it is not in this version."
    if isinstance(error, PermissionError):
        return "FileAccessError", f"{name} may not be read ({error.strerror}); it is not in this version."
    return (
        "PathProcessingFailed",
        f"{name} could not be read ({error.strerror or error}); it is not in this version.",
    )
