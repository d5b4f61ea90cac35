"""Backups made by real Duplicati 2.0.8.1, and the comparison of a restored tree with their source.

``tests/golden/<case>/remote`` is the destination as Duplicati left it; ``manifests/vN.json`` lists every
entry of the source when version N was made. A restore may differ from the manifest only where real Duplicati
itself loses something: setuid, setgid and sticky bits, the last two digits of a time in nanoseconds, FIFOs,
and names that are not UTF-8.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "golden"


@dataclass(frozen=True)
class GoldenCase:
    """One destination. ``folders``: the source folders that were backed up, empty for the whole source."""

    name: str
    versions: tuple[int, ...] = (1,)
    passphrase: str | None = None
    prefix: str = "duplicati"
    folders: tuple[str, ...] = ()
    contents_only: bool = False
    encryption: str = ""

    @property
    def remote(self) -> Path:
        return FOLDER / self.name / "remote"

    def manifest(self, version: int) -> Path:
        return FOLDER / self.name / "manifests" / f"v{version}.json"

    def differences(self, version: int, restored: Path) -> list[str]:
        manifest = self.manifest(version)
        return differences(manifest, restored, self.folders, contents_only=self.contents_only)


CASES = {
    case.name: case
    for case in (
        GoldenCase("b-aes", (1, 2, 3), passphrase="correct horse battery staple", encryption="aes"),
        GoldenCase("d-lookup", (1, 2, 3)),
        GoldenCase("g-hashes", prefix="gold", folders=("unicode", "links", "perm", "dup", "text")),
        GoldenCase(
            "h-nometa",
            folders=("unicode", "links", "perm", "dup", "text", "hard"),
            contents_only=True,
        ),
        GoldenCase("i-zip-None", folders=("text", "media")),
        GoldenCase("i-zip-BZip2", folders=("text", "media")),
        GoldenCase("i-zip-LZMA", folders=("text", "media")),
        GoldenCase("j-gpg", passphrase="gold", encryption="gpg", folders=("text", "links")),
        GoldenCase("l-bigmeta"),
        GoldenCase("m-extras", (1, 2)),
    )
}


def differences(
    manifest: Path, restored: Path, folders: Sequence[str] = (), *, contents_only: bool = False
) -> list[str]:
    """Returns one sentence for each way in which the tree ``restored`` is not the source in ``manifest``.

    ``restored`` stands for the source root. With ``folders`` (top level names) nothing else is expected
    there. ``contents_only`` looks at names, kinds and contents: links may be missing or be copies of what
    they point to, and of files with several names one name is enough. Owners are compared when run as root
    only, extended attributes where the file system keeps them.
    """
    entries = list(_expected_entries(manifest, folders))
    found: list[str] = []
    if contents_only:
        found += _differences_of_contents(entries, restored)
    else:
        keeps_attributes = _keeps_attributes(restored)
        for entry in entries:
            found += _differences_of_entry(entry, restored / entry["path"], keeps_attributes)
    return found + list(_unexpected_names(entries, restored, links_may_be_folders=contents_only))


def _expected_entries(manifest: Path, folders: Sequence[str]) -> Iterator[dict[str, Any]]:
    for entry in json.loads(manifest.read_text("utf-8"))["entries"]:
        path = entry["path"]
        if entry["type"] == "fifo" or (folders and path.split("/")[0] not in folders):
            continue
        if not _is_utf8(path):
            continue
        yield entry


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _differences_of_entry(entry: dict[str, Any], path: Path, keeps_attributes: bool) -> Iterator[str]:
    name = entry["path"]
    if not os.path.lexists(path):
        yield f"missing {entry['type']}: {name!r}"
        return
    status = path.lstat()
    if _kind(status) != entry["type"]:
        yield f"{name!r} is a {_kind(status)}, expected a {entry['type']}"
        return
    if entry["type"] == "symlink":
        if os.readlink(path) != entry["target"]:
            yield f"link {name!r} leads to {os.readlink(path)!r}, expected {entry['target']!r}"
        return
    if entry["type"] == "file":
        yield from _differences_of_content(entry, path)
    if name:
        yield from _differences_of_metadata(entry, status)
        if keeps_attributes and _attributes(path) != entry.get("xattr_b64", {}):
            yield f"attributes of {name!r}: {_attributes(path)}, expected {entry.get('xattr_b64', {})}"


def _differences_of_metadata(entry: dict[str, Any], status: os.stat_result) -> Iterator[str]:
    name = entry["path"]
    mode = int(entry["mode"], 8) & 0o777
    if stat.S_IMODE(status.st_mode) != mode:
        yield f"mode of {name!r}: {stat.S_IMODE(status.st_mode):o}, expected {mode:o}"
    moment = entry["mtime_ns"] // 100 * 100
    if status.st_mtime_ns != moment:
        yield f"time of {name!r}: {status.st_mtime_ns} ns, expected {moment} ns"
    owner = (entry["uid"], entry["gid"])
    if os.geteuid() == 0 and (status.st_uid, status.st_gid) != owner:
        yield f"owner of {name!r}: {(status.st_uid, status.st_gid)}, expected {owner}"


def _differences_of_content(entry: dict[str, Any], path: Path) -> Iterator[str]:
    content = _read_whatever_its_mode(path)
    if len(content) != entry["size"]:
        yield f"size of {entry['path']!r}: {len(content)}, expected {entry['size']}"
    elif hashlib.sha256(content).hexdigest() != entry["sha256"]:
        yield f"content of {entry['path']!r} differs"


def _differences_of_contents(entries: Sequence[dict[str, Any]], restored: Path) -> Iterator[str]:
    present = {e["sha256"] for e in entries if e["type"] == "file" and (restored / e["path"]).exists()}
    for entry in entries:
        path = restored / entry["path"]
        if entry["type"] == "symlink":
            continue
        if not path.exists():
            another_name_is_there = entry.get("nlink", 1) > 1 and entry["sha256"] in present
            if not another_name_is_there:
                yield f"missing {entry['type']}: {entry['path']!r}"
        elif _kind(path.lstat()) != entry["type"]:
            yield f"{entry['path']!r} is a {_kind(path.lstat())}, expected a {entry['type']}"
        elif entry["type"] == "file":
            yield from _differences_of_content(entry, path)


def _unexpected_names(
    entries: Sequence[dict[str, Any]], restored: Path, *, links_may_be_folders: bool
) -> Iterator[str]:
    expected = {entry["path"] for entry in entries}
    links = {entry["path"] for entry in entries if entry["type"] == "symlink"}
    for folder, folders, files in os.walk(restored):
        for name in sorted(folders + files):
            path = os.path.relpath(os.path.join(folder, name), restored)
            if path not in expected:
                yield f"not in the source: {path!r}"
        if links_may_be_folders:
            folders[:] = [
                n for n in folders if os.path.relpath(os.path.join(folder, n), restored) not in links
            ]


def _kind(status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return "symlink"
    if stat.S_ISDIR(status.st_mode):
        return "folder"
    return "file" if stat.S_ISREG(status.st_mode) else "special file"


def _read_whatever_its_mode(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except PermissionError:
        mode = stat.S_IMODE(path.lstat().st_mode)
        path.chmod(0o600)
        try:
            return path.read_bytes()
        finally:
            path.chmod(mode)


def _attributes(path: Path) -> dict[str, str]:
    return {
        name: base64.b64encode(os.getxattr(path, name)).decode()
        for name in os.listxattr(path)
        if name.startswith("user.")
    }


def _keeps_attributes(folder: Path) -> bool:
    """tmpfs of older kernels and some network file systems know no extended attributes of users."""
    try:
        os.setxattr(folder, "user.triplicati.probe", b"1")
        os.removexattr(folder, "user.triplicati.probe")
    except OSError:
        return False
    return True
