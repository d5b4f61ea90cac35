"""Opens one volume of Duplicati's remote format, and says how it deviates from what Duplicati writes.

Shares no line with the program under test: it knows the format from its description alone, so that a mistake
made in writing cannot be made again in reading. Deviations are collected as sentences instead of ending the
reading.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import json
import re
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BOM = b"\xef\xbb\xbf"
HASHES = {"MD5": 16, "SHA1": 20, "SHA256": 32, "SHA384": 48, "SHA512": 64}
VOLUME_HASH = "SHA256"  # whatever the file hash: real volumes made with SHA1 files have it
MANIFEST = ["Version", "Created", "Encoding", "Blocksize", "BlockHash", "FileHash", "AppVersion"]
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}

_NAME = re.compile(
    r"(?P<prefix>[^-]+)-(?:(?P<letter>[ib])(?P<guid>[0-9a-f]{32})|(?P<time>\d{8}T\d{6}Z))"
    r"\.(?P<kind>dblock|dindex|dlist)\.zip(?:\.(?P<encryption>aes))?"
)
_LETTERS = {"dblock": "b", "dindex": "i", "dlist": None}


class Unreadable(Exception):
    """The volume cannot be used at all."""


@dataclass(frozen=True)
class Settings:
    """What all volumes of one destination and prefix agree on."""

    blocksize: int
    block_hash: str
    file_hash: str

    @property
    def hash_size(self) -> int:
        return HASHES[self.block_hash]


@dataclass(frozen=True)
class Volume:
    """A decrypted volume. ``entries`` is in the order of the zip directory, without the manifest."""

    name: str
    kind: str
    time: str
    raw: bytes = field(repr=False)
    settings: Settings
    entries: dict[str, bytes] = field(repr=False)


def parse_name(name: str, prefix: str) -> re.Match[str] | None:
    """Returns the match of a volume name as Duplicati writes it today (format 1.1), else None."""
    match = _NAME.fullmatch(name)
    if match is None or match["prefix"] != prefix or match["letter"] != _LETTERS[match["kind"]]:
        return None
    if match["time"] and not is_time(match["time"]):
        return None
    return match


def open_volume(path: Path, match: re.Match[str], passphrase: str | None, problems: list[str]) -> Volume:
    """Reads the volume at ``path``. Raises Unreadable when Duplicati could not use it at all."""
    raw = path.read_bytes()
    content = decrypt_aes(raw, passphrase) if match["encryption"] else raw
    entries = _unzip(content, path.name, problems)
    if next(iter(entries)) != "manifest":
        problems.append(f"{path.name}: the manifest is not the first entry")
    settings = _read_manifest(entries.pop("manifest", b""), path.name, problems)
    return Volume(path.name, match["kind"], match["time"] or "", raw, settings, entries)


def unzip_complains(path: Path, passphrase: str | None) -> str:
    """Returns what ``unzip -t`` has to say against a volume, empty when it is clean."""
    content = decrypt_aes(path.read_bytes(), passphrase) if path.suffix == ".aes" else path.read_bytes()
    with tempfile.NamedTemporaryFile(suffix=".zip") as plain:
        plain.write(content)
        plain.flush()
        run = subprocess.run(["unzip", "-tqq", plain.name], capture_output=True, text=True, check=False)
    return f"exit code {run.returncode}: {run.stdout}{run.stderr}" if run.returncode or run.stderr else ""


def decrypt_aes(stream: bytes, passphrase: str | None) -> bytes:
    """Decrypts an AES Crypt stream of version 2 (format 7.1), as strictly as SharpAESCrypt."""
    if not passphrase:
        raise Unreadable("encrypted, and no passphrase was given")
    if stream[:5] != b"AES\x02\x00":
        raise Unreadable("no AES Crypt stream of version 2")
    start = _after_extensions(stream)
    iv, keys = stream[start : start + 16], stream[start + 16 : start + 64]
    keys_mac = stream[start + 64 : start + 96]
    outer = iv + bytes(16)
    for _ in range(8192):
        outer = hashlib.sha256(outer + passphrase.encode("utf-16-le")).digest()
    if not hmac.compare_digest(hmac.digest(outer, keys, "sha256"), keys_mac):
        raise Unreadable("the passphrase does not fit")
    inner = _aes_cbc(outer, iv, keys)
    body, modulo, body_mac = stream[start + 96 : -33], stream[-33], stream[-32:]
    if not hmac.compare_digest(hmac.digest(inner[16:], body, "sha256"), body_mac):
        raise Unreadable("the encrypted body was changed")
    plain = _aes_cbc(inner[16:], inner[:16], body)
    return _without_padding(plain, modulo)


def _after_extensions(stream: bytes) -> int:
    at = 5
    while length := struct.unpack_from(">H", stream, at)[0]:
        if 0 not in stream[at + 2 : at + 2 + length]:
            raise Unreadable("an extension of the AES header has no zero byte")
        at += 2 + length
    return at + 2


def _aes_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _without_padding(plain: bytes, modulo: int) -> bytes:
    if modulo > 15:
        raise Unreadable("the length byte of the AES stream is above 15")
    padding = (16 - modulo) % 16
    if padding and plain[-padding:] != bytes([padding]) * padding:
        raise Unreadable("the AES padding is not filled with its length")
    return plain[: len(plain) - padding]


def _unzip(content: bytes, name: str, problems: list[str]) -> dict[str, bytes]:
    entries: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                problems += (f"{name}: {text}" for text in _deviations_of_entry(info, content))
                if info.filename in entries:
                    problems.append(f"{name}: two entries are called {info.filename!r}")
                entries[info.filename] = archive.read(info)
            if archive.comment:
                problems.append(f"{name}: the zip file has a comment")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise Unreadable(f"no proper zip file: {error}") from error
    if not entries:
        raise Unreadable("the zip file is empty")
    return entries


def _deviations_of_entry(info: zipfile.ZipInfo, content: bytes) -> Iterator[str]:
    """Yields how one zip entry differs from format 2.2: plain headers, written to a seekable file."""
    allowed_flags = 0 if info.filename.isascii() else 0x800
    if info.flag_bits & ~0x6 != allowed_flags:  # bits 1 and 2 tell the deflate level and bind nobody
        yield f"{info.filename!r} has the zip flags {info.flag_bits:#x}"
    if info.compress_type not in METHODS:
        yield f"{info.filename!r} has the compression method {info.compress_type}"
    if "\\" in info.orig_filename:
        yield f"{info.orig_filename!r} has a backslash"
    local = struct.unpack_from("<4sHHHHHLLLHH", content, info.header_offset)
    in_directory = (info.flag_bits, info.compress_type, info.CRC, info.compress_size, info.file_size)
    in_place = (local[2], local[3], local[6], local[7], local[8])
    if in_place != in_directory and 0xFFFFFFFF not in in_place:
        yield f"{info.filename!r}: the local header {in_place} is not what the directory says {in_directory}"


def _read_manifest(content: bytes, name: str, problems: list[str]) -> Settings:
    if not content:
        raise Unreadable("there is no manifest")
    manifest = parse_json(content, f"{name} manifest", problems, bom=True)
    if not isinstance(manifest, Pairs) or manifest.names != MANIFEST:
        raise Unreadable(f"the manifest has not the fields {MANIFEST}")
    values = dict(manifest)
    if values["Version"] != 2 or values["Encoding"] != "utf8" or not is_time(values["Created"]):
        raise Unreadable(f"the manifest is not acceptable: {values}")
    if not isinstance(values["AppVersion"], str):
        problems.append(f"{name}: AppVersion is no text")
    if values["BlockHash"] not in HASHES or values["FileHash"] not in HASHES:
        raise Unreadable(f"the manifest names unknown hashes: {values}")
    if not isinstance(values["Blocksize"], int) or values["Blocksize"] < 1024:
        raise Unreadable(f"the block size {values['Blocksize']} is not acceptable")
    return Settings(values["Blocksize"], values["BlockHash"], values["FileHash"])


# --- the small values inside volumes ---------------------------------------------------------------------


class Pairs(list[tuple[str, object]]):
    """A JSON object whose order of properties can be seen, told apart from a JSON array."""

    @property
    def names(self) -> list[str]:
        return [key for key, _ in self]


def parse_json(content: bytes, where: str, problems: list[str], *, bom: bool) -> object:
    """Returns the parsed text, objects as Pairs. Notes a wrong BOM and any but the compact form."""
    if content.startswith(BOM) != bom:
        problems.append(f"{where}: {'no byte order mark' if bom else 'a byte order mark'}")
    try:
        text = content.removeprefix(BOM).decode("utf-8")
        value: object = json.loads(text, object_pairs_hook=Pairs)
    except ValueError as error:
        raise Unreadable(f"{where}: {error}") from error
    if compact_json(value) != text:
        problems.append(f"{where}: not the compact form of JSON")
    return value


def compact_json(value: object) -> str:
    """Returns the text .NET's library writes: no spaces, nothing escaped without need."""
    plain = json.dumps(_as_objects(value), ensure_ascii=False, separators=(",", ":"))
    return plain.translate({0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"})


def _as_objects(value: object) -> object:
    if isinstance(value, Pairs):
        return {key: _as_objects(item) for key, item in value}
    return [_as_objects(item) for item in value] if isinstance(value, list) else value


def digest(algorithm: str, content: bytes) -> str:
    """Returns the standard Base64 of the hash, as JSON values have it."""
    return base64.b64encode(hashlib.new(algorithm.lower(), content).digest()).decode()


def is_time(text: object) -> bool:
    """Whether ``text`` is an existing second in the form ``20240131T235959Z``."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{8}T\d{6}Z", text):
        return False
    try:
        datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def is_hash(text: object, size: int) -> bool:
    """Whether ``text`` is canonical standard Base64 of ``size`` bytes."""
    if not isinstance(text, str):
        return False
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) == size and base64.b64encode(raw).decode() == text
