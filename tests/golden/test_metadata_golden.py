"""Metadata blobs against those of Duplicati 2.0.8.1: modes, owners, links, times, names and attributes."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any, Literal

import pytest

from triplicati.formats.attributes import Caller
from triplicati.formats.metadata import decode_metadata, encode_metadata

CASE = Path(__file__).parent / "n-attrs"
MANIFEST = json.loads((CASE / "manifests" / "v1.json").read_text("utf-8"))
SOURCE: dict[str, dict[str, Any]] = {entry["path"]: entry for entry in MANIFEST["entries"]}


def read_zip(pattern: str) -> dict[str, bytes]:
    (path,) = (CASE / "remote").glob(pattern)
    with zipfile.ZipFile(path) as volume:
        return {name: volume.read(name) for name in volume.namelist()}


LISTED: list[dict[str, Any]] = json.loads(read_zip("*.dlist.zip")["filelist.json"].decode("utf-8-sig"))
BLOCKS = read_zip("*.dblock.zip")


def source_of(listed: dict[str, Any]) -> dict[str, Any]:
    return SOURCE[listed["path"].removeprefix(MANIFEST["root"]).rstrip("/")]


def xattrs_of(entry: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [(name, base64.b64decode(value)) for name, value in entry.get("xattr_b64", {}).items()]


def blob_of(entry: dict[str, Any], rule: Literal["net", "mono"]) -> bytes:
    return encode_metadata(
        kind=entry["type"],
        name=entry["path"].rpartition("/")[2],
        mode=int(entry["mode"], 8),
        uid=entry["uid"],
        gid=entry["gid"],
        owner=entry["owner"],
        group=entry["group"],
        mtime_ns=entry["mtime_ns"],
        ctime_ns=entry["ctime_ns"],
        caller=Caller(MANIFEST["euid"], MANIFEST["egid"], frozenset(MANIFEST["groups"]), rule),
        xattrs=xattrs_of(entry),
        link_target=entry.get("target"),
        link_to_folder=entry.get("to_folder", False),
    )


def test_the_case_is_complete() -> None:
    assert len(LISTED) == 192
    assert {source_of(listed)["path"] for listed in LISTED} == set(SOURCE)


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: ascii(listed["path"]))
def test_blob_has_the_hash_and_size_in_the_dlist(listed: dict[str, Any]) -> None:
    blob = blob_of(source_of(listed), "mono")
    assert len(blob) == listed["metasize"]
    assert base64.b64encode(hashlib.sha256(blob).digest()).decode() == listed["metahash"]


def test_the_rule_of_net_changes_only_the_attribute_read_only() -> None:
    """The two rules part for foreign owners only, and in nothing else."""
    differing = {path for path, entry in SOURCE.items() if blob_of(entry, "net") != blob_of(entry, "mono")}
    assert {path.removeprefix("modes/")[1:] for path in differing} == {
        f"{mode}-{owner}" for mode in ("0440", "0604", "0664") for owner in ("4242-4242", "65534-65534")
    }
    for path in differing:
        net = decode_metadata(blob_of(SOURCE[path], "net"))
        mono = decode_metadata(blob_of(SOURCE[path], "mono"))
        assert net.attributes ^ mono.attributes <= {"ReadOnly", "Normal"}


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: ascii(listed["path"]))
def test_decoding_the_stored_blob_gives_what_the_file_had(listed: dict[str, Any]) -> None:
    name = base64.urlsafe_b64encode(base64.b64decode(listed["metahash"])).decode()
    metadata = decode_metadata(BLOCKS[name])
    entry = source_of(listed)
    assert metadata.unreadable == ()
    assert (metadata.uid, metadata.gid, metadata.mode) == (entry["uid"], entry["gid"], int(entry["mode"], 8))
    assert (metadata.owner, metadata.group) == (entry["owner"], entry["group"])
    assert metadata.mtime_ns == entry["mtime_ns"] // 100 * 100
    assert metadata.ctime_ns == min(entry["mtime_ns"], entry["ctime_ns"]) // 100 * 100
    assert metadata.link_target == entry.get("target")
    assert metadata.xattrs == tuple((name, value) for name, value in xattrs_of(entry) if value)
    assert ("Directory" in metadata.attributes) == listed["path"].endswith("/")
