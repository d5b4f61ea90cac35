"""The independent reader is worth something only if it agrees with real Duplicati, and is as strict."""

from __future__ import annotations

import base64
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.golden import CASES, GoldenCase
from support.independent_reader import read_destination, restore
from support.remote_volumes import decrypt_aes, is_hash

READABLE = [case for case in CASES.values() if case.encryption != "gpg"]


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_real_destinations_are_read_without_a_finding_and_restored(case: GoldenCase, tmp_path: Path) -> None:
    destination = read_destination(case.remote, case.passphrase, case.prefix)

    assert destination.problems == []
    assert len(destination.versions) == len(case.versions)
    assert all(version.full for version in destination.versions)
    for index, version in enumerate(case.versions):
        restore(destination, index, tmp_path / str(version))
        assert case.differences(version, tmp_path / str(version)) == []


@pytest.mark.parametrize("name", ["b-aes", "l-bigmeta", "m-extras"])
def test_unzip_agrees(name: str) -> None:
    case = CASES[name]
    assert read_destination(case.remote, case.passphrase, case.prefix, unzip_test=True).problems == []


def test_the_comparison_sees_what_is_wrong_in_a_restored_tree(tmp_path: Path) -> None:
    case = CASES["b-aes"]
    destination = read_destination(case.remote, case.passphrase)
    restore(destination, 0, tmp_path)
    (tmp_path / "two.bin").write_bytes(b"\n\r")
    (tmp_path / "perm/m0644").chmod(0o600)
    (tmp_path / "links/rel").unlink()
    (tmp_path / "links/rel").symlink_to("elsewhere")
    (tmp_path / "hard/one").unlink()
    (tmp_path / "gone/tree/more").write_bytes(b"")

    found = "\n".join(case.differences(1, tmp_path))

    for expected in (
        "content of 'two.bin' differs",
        "time of 'two.bin'",
        "mode of 'perm/m0644'",
        "link 'links/rel' leads to 'elsewhere'",
        "missing file: 'hard/one'",
        "not in the source: 'gone/tree/more'",
    ):
        assert expected in found


def test_the_aes_crypt_vector_of_the_format_is_decrypted() -> None:
    stream = bytes.fromhex(
        "41455302000000000102030405060708090a0b0c0d0e0f57bac9c4349e6a949adfce85ab24113e5171ca96b33aa364a841d34c"
        "da29e5dfc980e062858954eed26f8bf274595166f63c52b8a5d05301f60306f433d2a3d7c3e8df9cead6f8be25dad072fbbfc1dc"
        "081de71afc60d5908b436adca1cf0e1105e309e98ed622fb89f0c6e74634a2deef139277b2b911b3e93c03a12668948f58"
    )
    assert decrypt_aes(stream, "påss €") == b"hello"


# --- strictness: each test makes one deviation in a real destination --------------------------------------

Change = Callable[[dict[str, bytes]], None]
BOM = b"\xef\xbb\xbf"


def _change_filelist(change: Callable[[list[dict[str, object]]], object]) -> Change:
    def apply(entries: dict[str, bytes]) -> None:
        lines = json.loads(entries["filelist.json"].decode("utf-8-sig"))
        change(lines)
        text = json.dumps(lines, ensure_ascii=False, separators=(",", ":"))
        entries["filelist.json"] = BOM + text.encode()

    return apply


def _replace(entry: str, old: bytes, new: bytes) -> Change:
    def apply(entries: dict[str, bytes]) -> None:
        name = next(name for name in entries if name.startswith(entry))
        assert old in entries[name]
        entries[name] = entries[name].replace(old, new)

    return apply


def _rename(old: str, new: str) -> Change:
    def apply(entries: dict[str, bytes]) -> None:
        name = next(name for name in entries if name.startswith(old))
        renamed = {(new if key == name else key): value for key, value in entries.items()}
        entries.clear()
        entries.update(renamed)

    return apply


def _manifest_last(entries: dict[str, bytes]) -> None:
    entries["manifest"] = entries.pop("manifest")


def _volumehash_first(entries: dict[str, bytes]) -> None:
    name = next(name for name in entries if name.startswith("vol/"))
    described = json.loads(entries[name])
    reordered = {key: described[key] for key in ("volumehash", "blocks", "volumesize")}
    entries[name] = json.dumps(reordered, separators=(",", ":")).encode()


def _drop_a_block(entries: dict[str, bytes]) -> None:
    del entries[next(name for name in entries if name != "manifest")]


def _move_property_first(lines: list[dict[str, object]], name: str) -> None:
    lines[-1] = {name: lines[-1][name], **lines[-1]}


DEVIATIONS: dict[str, tuple[str, Change, str]] = {
    "manifest without BOM": ("dlist", _replace("manifest", BOM, b""), "no byte order mark"),
    "manifest last": ("dlist", _manifest_last, "not the first entry"),
    "encoding in capitals": ("dlist", _replace("manifest", b"utf8", b"UTF8"), "not acceptable"),
    "manifest of version 3": (
        "dindex",
        _replace("manifest", b'"Version":2', b'"Version":3'),
        "not acceptable",
    ),
    "other block size": ("dblock", _replace("manifest", b":1024,", b":2048,"), "made with"),
    "spaces in JSON": ("dlist", _replace("fileset", b":true", b": true"), "not the compact form"),
    "unknown entry": ("dlist", _rename("fileset", "filesets"), "unknown entry"),
    "path before type": (
        "dlist",
        _change_filelist(lambda lines: _move_property_first(lines, "path")),
        "does not start with type and path",
    ),
    "hash before type": (
        "dlist",
        _change_filelist(lambda lines: _move_property_first(lines, "hash")),
        "does not start with type and path",
    ),
    "unknown property": (
        "dlist",
        _change_filelist(lambda lines: lines[-1].update(more=1)),
        "expected ['type', 'path', 'hash'",
    ),
    "missing metablockhash": (
        "dlist",
        _change_filelist(lambda lines: lines[0].pop("metablockhash")),
        "expected ['type', 'path', 'metahash', 'metasize', 'metablockhash']",
    ),
    "time in ISO form": (
        "dlist",
        _change_filelist(lambda lines: lines[-1].update(time="2017-07-14T02:40:00Z")),
        "time is '2017-07-14T02:40:00Z'",
    ),
    "folder without slash": (
        "dlist",
        _change_filelist(lambda lines: lines[0].update(path="/srv/source/bigmeta")),
        "a Folder without a slash",
    ),
    "path that leads out": (
        "dlist",
        _change_filelist(lambda lines: lines[-1].update(path="/srv/source/bigmeta/../x")),
        "no absolute path",
    ),
    "wrong size": (
        "dlist",
        _change_filelist(lambda lines: lines[-1].update(size=7)),
        "not what hash and size",
    ),
    "the same path twice": ("dlist", _change_filelist(lambda lines: lines.append(lines[-1])), "listed twice"),
    "BOM in vol": ("dindex", _replace("vol/", b'{"blocks', BOM + b'{"blocks'), "a byte order mark"),
    "volumehash first": ("dindex", _volumehash_first, "not an object of"),
    "wrong volumesize": ("dindex", _replace("vol/", b'"volumesize":', b'"volumesize":1'), "volumesize"),
    "unknown dblock": ("dindex", _rename("vol/", "vol/duplicati-b00.dblock.zip"), "which is not there"),
    "wrong list content": ("dindex", _replace("list/", b"", b"x"), "has another hash"),
    "a block is missing": ("dblock", _drop_a_block, "is missing"),
    "block misnamed": ("dblock", _rename("JbZE3", "A" * 43 + "="), "not named after its content"),
}


@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_a_deviation_is_found(deviation: str, tmp_path: Path) -> None:
    kind, change, expected = DEVIATIONS[deviation]
    _copy_with(CASES["l-bigmeta"], kind, change, tmp_path / "remote")

    problems = read_destination(tmp_path / "remote", None).problems

    assert any(expected in problem for problem in problems), problems


def test_a_streamed_zip_is_found(tmp_path: Path) -> None:
    """Data descriptors are read by Duplicati, but never written by it, and not every tool reads them."""
    _copy_with(CASES["l-bigmeta"], "dlist", lambda entries: None, tmp_path / "remote", streamed=True)
    problems = read_destination(tmp_path / "remote", None).problems
    assert any("zip flags 0x8" in problem for problem in problems), problems


def test_a_changed_byte_is_found_even_if_the_zip_stays_whole(tmp_path: Path) -> None:
    case = CASES["b-aes"]
    shutil.copytree(case.remote, tmp_path / "remote")
    dblock = next((tmp_path / "remote").glob("*.dblock.zip.aes"))
    content = bytearray(dblock.read_bytes())
    content[1000] ^= 1
    dblock.write_bytes(content)

    problems = read_destination(tmp_path / "remote", case.passphrase).problems

    assert any(f"{dblock.name}: the encrypted body was changed" in problem for problem in problems)
    assert any("is missing" in problem for problem in problems)


def test_a_wrong_passphrase_and_a_stray_copy_are_found(tmp_path: Path) -> None:
    shutil.copytree(CASES["b-aes"].remote, tmp_path / "remote")
    volume = next((tmp_path / "remote").glob("*.dlist.zip.aes"))
    shutil.copy(volume, volume.with_name(volume.name + ".bak"))

    destination = read_destination(tmp_path / "remote", "wrong")

    assert destination.versions == []
    assert f"{volume.name}: the passphrase does not fit" in destination.damage
    assert f"{volume.name}.bak: not the name of a volume" in destination.damage


def test_blocks_no_version_needs_are_waste_and_not_damage(tmp_path: Path) -> None:
    case = CASES["b-aes"]
    shutil.copytree(case.remote, tmp_path / "remote")
    sorted((tmp_path / "remote").glob("*.dlist.zip.aes"))[0].unlink()

    destination = read_destination(tmp_path / "remote", case.passphrase)

    assert destination.damage == []
    assert any("no version needs" in text for text in destination.waste)


def _copy_with(case: GoldenCase, kind: str, change: Change, target: Path, *, streamed: bool = False) -> None:
    """Copies a destination with one volume of ``kind`` rewritten."""
    shutil.copytree(case.remote, target)
    path = next(target.glob(f"*.{kind}.zip"))
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    whole = io.BytesIO()
    with zipfile.ZipFile(_Unseekable(whole) if streamed else whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    path.write_bytes(whole.getvalue())


class _Unseekable(io.RawIOBase):
    """What makes zipfile write data descriptors."""

    def __init__(self, target: io.BytesIO) -> None:
        self.target = target

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self.target.write(bytes(data))  # type: ignore[call-overload]


def test_hashes_in_the_base64_of_urls_are_not_taken_for_json_values() -> None:
    raw = b"\xff" * 32
    assert is_hash(base64.b64encode(raw).decode(), 32)
    assert not is_hash(base64.urlsafe_b64encode(raw).decode(), 32)
