"""Messages between the parent and its workers: msgpack frames over a socket pair, never in a process list."""

from __future__ import annotations

import socket
import struct
import time

import msgspec

from triplicati.engine.opening import Expected, Keys
from triplicati.formats.attributes import Caller
from triplicati.formats.manifest import VolumeFormat

_LENGTH = struct.Struct("<I")

# Seconds.
_LONGEST_REST = 0.5


class Message(msgspec.Struct, tag=True, array_like=True, gc=False):
    """Base of all messages."""


# --- backup ----------------------------------------------------------------------------------------------


class PackSetup(Message):
    """How a packing worker makes volumes. `volume_size` in bytes; `staging` is where it leaves them."""

    form: VolumeFormat
    caller: Caller
    staging: str
    volume_size: int
    level: int
    encrypt: bool
    gpg: bool
    keys: Keys
    follow_links: bool
    skip_metadata: bool
    stored_extensions: frozenset[str]
    threads: int
    zip_method: str = "Deflate"
    rest: float = 0.0


class Item(msgspec.Struct, array_like=True, gc=False):
    """One path to examine. The `known_` fields are those of the newest version, None or -1 without one;
    `unsure` says that its times are whole seconds (after a recreate), so that the metadata decides."""

    path: bytes
    kind: int
    raw: bytes | None = None
    known_size: int = -1
    known_mtime: int = 0
    known_hash: bytes | None = None
    known_metahash: bytes | None = None
    unsure: bool = False
    always_read: bool = False


class Batch(Message):
    items: list[Item]


class Bits(Message):
    """One byte for each digest of an `Ask`: 1 for a block that is to be stored. `stop` tells to begin no
    further file, or to leave the open one too ("now")."""

    wanted: bytes
    stop: str = ""


class Finish(Message):
    """No more batches: close the open volume."""


class Times(msgspec.Struct, array_like=True, gc=False):
    """Seconds of work since they were sent last; what a worker waited is in none. `seal` is the thread that
    encrypts and writes volumes beside it."""

    read: float = 0.0
    compress: float = 0.0
    seal: float = 0.0


class Ask(Message):
    """The joined digests of the blocks at hand; `content` is how many bytes of files they are."""

    digests: bytes
    content: int = 0
    times: Times = msgspec.field(default_factory=Times)


class Busy(Message):
    """All blocks of an `Ask` that were wanted are packed."""

    times: Times


class PackedVolume(Message):
    """A finished volume at `path`: its remote size and hash (empty before gpg), its blocks and blocklists.
    `sizes` are the bytes of an array of C unsigned ints."""

    path: str
    size: int
    digest: bytes
    plain_bytes: int
    digests: bytes
    sizes: bytes
    lists: list[tuple[bytes, bytes]]


class Examined(msgspec.Struct, array_like=True, gc=False):
    """What came of an item: its row's fields, or `failed` with the reason in `problems`."""

    outcome: int
    size: int = -1
    mtime: int = 0
    ctime: int = 0
    hash: bytes | None = None
    blockhash: bytes | None = None
    blocklists: bytes | None = None
    metahash: bytes = b""
    metasize: int = 0
    metablockhash: bytes | None = None
    metablocklists: bytes | None = None
    problems: list[tuple[str, str]] | None = None
    opened: bool = False


UNCHANGED, CHANGED, METADATA_CHANGED, FAILED, NOT_REACHED = range(5)


class Done(Message):
    results: list[Examined]
    times: Times = msgspec.field(default_factory=Times)


# --- restore ---------------------------------------------------------------------------------------------


class WriteSetup(Message):
    """`verify` hashes whole files before they get their place; `nonce` keeps partial files of runs apart."""

    form: VolumeFormat
    keys: Keys
    permissions: bool
    symlink_metadata: bool
    verify: bool
    nonce: str
    rest: float = 0.0
    full_blocks: bool = False


class WholeFile(msgspec.Struct, array_like=True, gc=False):
    """A file whose only block (`digest`, None for an empty file) lies in the volume. `metadata` is the
    digest of its blob where that lies there too."""

    id: int
    target: bytes
    size: int
    digest: bytes | None
    metadata: bytes | None
    overwrites: bool


class Part(msgspec.Struct, array_like=True, gc=False):
    """A block of a larger file, for its partial file at `offset`."""

    id: int
    offset: int
    digest: bytes
    size: int


class Blob(msgspec.Struct, array_like=True, gc=False):
    """A piece of a metadata blob that the parent wants back."""

    id: int
    offset: int
    digest: bytes


class WriteVolume(Message):
    """`partials` are the partial files of the larger files, by id."""

    name: str
    path: str
    expected: Expected
    files: list[WholeFile]
    parts: list[Part]
    blobs: list[Blob]
    partials: dict[int, bytes]


class FinishFile(Message):
    """All blocks of a larger file are in its partial file: check it and put it in its place."""

    id: int
    partial: bytes
    target: bytes
    size: int
    digest: bytes


class Finishing(msgspec.Struct, array_like=True, gc=False):
    """An entry whose metadata is applied at the end; links and missing empty files are made then.
    `overwrites`: an empty file is still to replace what is there."""

    id: int
    kind: int
    target: bytes
    blob: bytes | None
    overwrites: bool


class ApplyMetadata(Message):
    items: list[Finishing]


class Written(Message):
    """What was done so far; `last` ends the answer. `blobs` holds (id, offset, content), `failed` and
    `warnings` (id, sentence), `parts` an id for each block written. The last three are seconds of work since
    they were sent last."""

    files: list[int]
    applied: list[int]
    parts: list[int]
    blobs: list[tuple[int, int, bytes]]
    failed: list[tuple[int, str]]
    warnings: list[tuple[int, str]]
    written: int
    last: bool
    decrypting: float = 0.0
    unpacking: float = 0.0
    writing: float = 0.0


class WorkerFailed(Message):
    """An error of ours (`error` is its class name), or any other with its text."""

    error: str
    details: dict[str, str]


ToWorker = PackSetup | Batch | Bits | Finish | WriteSetup | WriteVolume | FinishFile | ApplyMetadata
FromWorker = Ask | Busy | PackedVolume | Done | Written | WorkerFailed | Finish

encode = msgspec.msgpack.Encoder().encode
decode_to_worker = msgspec.msgpack.Decoder(ToWorker).decode
decode_from_worker = msgspec.msgpack.Decoder(FromWorker).decode


def frame(message: Message) -> bytes:
    text = encode(message)
    return _LENGTH.pack(len(text)) + text


def frame_length(head: bytes | bytearray) -> int:
    return int(_LENGTH.unpack(head)[0])


HEAD = _LENGTH.size


class Wire:
    """The worker's blocking end. `rest` are seconds of rest for each second of work between two messages."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self.rest = 0.0
        self._owed = 0.0
        self._since = time.monotonic()

    def send(self, message: Message) -> None:
        self._take_rest()
        self._end.sendall(frame(message))
        self._since = time.monotonic()

    def receive(self) -> ToWorker | None:
        """None once the parent is gone."""
        self._take_rest()
        head = self._exactly(HEAD)
        text = None if head is None else self._exactly(frame_length(head))
        self._since = time.monotonic()
        return None if text is None else decode_to_worker(text)

    def _take_rest(self) -> None:
        if self.rest > 0:
            self._owed += (time.monotonic() - self._since) * self.rest
            # In pieces, so that a stop is heard in time; what is left over is taken at the next message.
            piece = min(self._owed, _LONGEST_REST)
            time.sleep(piece)
            self._owed -= piece

    def _exactly(self, size: int) -> bytearray | None:
        held = bytearray(size)
        view = memoryview(held)
        while view:
            count = self._end.recv_into(view)
            if count == 0:
                return None
            view = view[count:]
        return held
