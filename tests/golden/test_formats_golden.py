"""What real Duplicati wrote is decoded and encoded again, byte for byte."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.golden import CASES, FOLDER, GoldenCase

from triplicati.engine.listed import element_of, row_of, split
from triplicati.engine.opening import Expected, GpgSettings, Keys, open_volume
from triplicati.formats.blocks import is_block_name
from triplicati.formats.dindex import decode_volume, encode_volume
from triplicati.formats.dlist import decode_fileset, decode_list, encode_fileset, encode_list
from triplicati.formats.hashes import DIGEST_SIZES, VOLUME_HASH, b64, entry_name, hasher, unb64
from triplicati.formats.jsontext import BOM
from triplicati.formats.manifest import VolumeFormat, decode_manifest
from triplicati.formats.names import VolumeKind, parse_name
from triplicati.formats.zip_reader import ZipReader

ALL = [*CASES.values(), GoldenCase("n-attrs")]
each_case = pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)


def volumes(
    case: GoldenCase, kind: VolumeKind, folder: Path
) -> Iterator[tuple[Path, ZipReader, VolumeFormat]]:
    """Every volume of a kind, with the format its manifest names."""
    keys = Keys(passphrase=case.passphrase, gpg=GpgSettings(), tempdir=str(folder))
    for path in sorted(case.remote.iterdir()):
        name = parse_name(path.name)
        if name is not None and name.kind == kind:
            with open_volume(path, path.name, keys, Expected()) as reader:
                yield path, reader, decode_manifest(reader.read("manifest"), path.name)


def test_every_case_is_looked_at() -> None:
    assert {path.name for path in FOLDER.iterdir() if (path / "remote").is_dir()} == {
        case.name for case in ALL
    }


@each_case
def test_lists_are_encoded_as_duplicati_did(case: GoldenCase, tmp_path: Path) -> None:
    count = 0
    for path, reader, form in volumes(case, "dlist", tmp_path):
        original = reader.read("filelist.json")
        assert b"".join(reader.chunks("filelist.json")) == original
        elements = []
        for entries in decode_list(reader.chunks("filelist.json"), path.name):
            for entry in entries:
                row = row_of(entry, path.name)
                assert row is not None
                elements.append(element_of(row, form))
        assert b"".join(encode_list(elements)) == original
        assert len(elements) > 1
        count += 1
    assert count == len(case.versions)


@each_case
def test_the_fileset_entry_too(case: GoldenCase, tmp_path: Path) -> None:
    for path, reader, _ in volumes(case, "dlist", tmp_path):
        text = reader.read("fileset")
        assert encode_fileset(full=decode_fileset(text, path.name)) == text


@each_case
def test_indexes_are_encoded_as_duplicati_did_and_describe_their_volumes(
    case: GoldenCase, tmp_path: Path
) -> None:
    described = set()
    for path, reader, form in volumes(case, "dindex", tmp_path):
        for entry in reader.entries:
            if not entry.startswith("vol/"):
                continue
            original = reader.read(entry)
            found = decode_volume(original, path.name)
            digests = b"".join(unb64(block.hash) for block in found.blocks)
            again = encode_volume(
                digests,
                DIGEST_SIZES[form.block_hash],
                [block.size for block in found.blocks],
                unb64(found.volumehash or ""),
                found.volumesize or 0,
            )
            assert again == original
            content = (case.remote / entry[4:]).read_bytes()
            assert found.volumesize == len(content)
            assert found.volumehash == b64(hasher(VOLUME_HASH)(content).digest())
            described.add(entry[4:])
    dblocks = {path.name for path in case.remote.iterdir() if ".dblock." in path.name}
    assert described == (set() if case.name == "h-nometa" else dblocks)


@each_case
def test_every_block_is_what_its_name_says(case: GoldenCase, tmp_path: Path) -> None:
    for _, reader, form in volumes(case, "dblock", tmp_path):
        blocks = [name for name in reader.entries if is_block_name(name)]
        assert set(reader.entries) == {*blocks, "manifest"}
        for name in blocks:
            content = reader.read(name, at_most=form.blocksize)
            assert entry_name(hasher(form.block_hash)(content).digest()).decode() == name
            assert b"".join(reader.chunks(name)) == content


@each_case
def test_copied_blocklists_are_what_their_names_say(case: GoldenCase, tmp_path: Path) -> None:
    for _, reader, form in volumes(case, "dindex", tmp_path):
        for entry in reader.entries:
            if entry.startswith("list/"):
                content = reader.read(entry)
                assert base64.urlsafe_b64decode(entry[5:]) == hasher(form.block_hash)(content).digest()
                assert b"".join(split(content, form)) == content


@each_case
def test_every_text_starts_as_it_should(case: GoldenCase, tmp_path: Path) -> None:
    for _, reader, _ in volumes(case, "dlist", tmp_path):
        for entry in ("manifest", "fileset", "filelist.json"):
            assert reader.read(entry)[:4] in (BOM + b"{", BOM + b"[")
