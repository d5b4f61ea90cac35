import json
import random
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import CorruptVolume
from triplicati.formats.dlist import (
    ListedEntry,
    decode_fileset,
    decode_list,
    encode_content_fields,
    encode_file,
    encode_fileset,
    encode_list,
    encode_metadata_fields,
    encode_other,
)
from triplicati.formats.hashes import unb64
from triplicati.formats.jsontext import BOM
from triplicati.values.stamps import parse_stamp

METADATA = unb64("OUoGIUkjoNjsh9KmkpGqpQ5Nd3u6NeoWnDE+DITDh9M=")
CONTENT = unb64("0awqCt/xfhKQEsH65ASTEdM5XqDPS1qD7/g/PrEout4=")
LIST = unb64("3p5QQrgWGHdJmFk+JYikKnOCg93DsG4rVoxGRNuwCos=")
MTIME = parse_stamp("20240101T000000Z")

ODD_LIST = (
    BOM
    + (
        '[{"type":"Folder","path":"/s/","metahash":"AA==","metasize":1,"metablockhash":"AA=="},'
        '{"type":"File","path":"/s/}],[{\\"},{\\"type\\":\\\\","hash":"AA==","size":0,"time":"20240101T000000Z",'
        '"metahash":"AA==","metasize":1},'
        '{"type":"File","path":"/s/},{","hash":"AA==","size":0,"time":"20240101T000000Z"},'
        '{"type":"Symlink","path":"/s/ü€😀}","metahash":"AA==","metasize":1,"metablocklists":["AA==","}"]},'
        '{"type":"File","path":"/s/later","hash":"AA==","size":1,"time":"20240101T000000Z",'
        '"blocklists":["AA=="],"later":[{"type":"x"},{"type":"y"}]}]'
    ).encode()
)


def as_entries(text: bytes) -> list[ListedEntry]:
    """By the standard library."""
    fields = set(ListedEntry.__struct_fields__)
    return [
        ListedEntry(**{key: value for key, value in each.items() if key in fields})
        for each in json.loads(text.decode("utf-8-sig"))
    ]


def pieces(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


def decoded(text: bytes, size: int = 1 << 20) -> list[ListedEntry]:
    return [entry for batch in decode_list(pieces(text, size), "v") for entry in batch]


def test_the_line_of_the_specification() -> None:
    line = encode_file(
        "/s/f",
        CONTENT,
        3000,
        MTIME,
        encode_metadata_fields(METADATA, 189, METADATA, (), always_blockhash=False),
        encode_content_fields(CONTENT, 3000, CONTENT, [LIST]),
    )
    assert line == (
        b'{"type":"File","path":"/s/f","hash":"0awqCt/xfhKQEsH65ASTEdM5XqDPS1qD7/g/PrEout4=","size":3000,'
        b'"time":"20240101T000000Z","metahash":"OUoGIUkjoNjsh9KmkpGqpQ5Nd3u6NeoWnDE+DITDh9M=","metasize":189,'
        b'"blocklists":["3p5QQrgWGHdJmFk+JYikKnOCg93DsG4rVoxGRNuwCos="]}'
    )


def test_folders_and_links_always_name_the_block_of_their_metadata() -> None:
    fields = encode_metadata_fields(METADATA, 189, METADATA, (), always_blockhash=True)
    assert encode_other("Folder", "/s/d/", fields) == (
        b'{"type":"Folder","path":"/s/d/","metahash":"OUoGIUkjoNjsh9KmkpGqpQ5Nd3u6NeoWnDE+DITDh9M=",'
        b'"metasize":189,"metablockhash":"OUoGIUkjoNjsh9KmkpGqpQ5Nd3u6NeoWnDE+DITDh9M="}'
    )


def test_large_metadata_names_its_lists_instead() -> None:
    for always in (False, True):
        fields = encode_metadata_fields(METADATA, 2216, METADATA, [LIST], always_blockhash=always)
        assert fields.endswith(
            b'"metasize":2216,"metablocklists":["3p5QQrgWGHdJmFk+JYikKnOCg93DsG4rVoxGRNuwCos="]'
        )


def test_other_algorithms_name_their_blocks() -> None:
    fields = encode_metadata_fields(b"\x01", 189, b"\x02", (), always_blockhash=False)
    assert fields == b',"metahash":"AQ==","metasize":189,"metablockhash":"Ag=="'
    assert encode_content_fields(b"\x01", 7, b"\x02", ()) == b',"blockhash":"Ag==","blocksize":7'
    assert encode_content_fields(b"\x01", 7, b"\x01", ()) == b""
    # An empty file has no block.
    assert encode_content_fields(b"\x01", 0, b"\x02", ()) == b""


def test_whether_a_version_is_full() -> None:
    assert encode_fileset(full=True) == BOM + b'{"IsFullBackup":true}'
    assert encode_fileset(full=False) == BOM + b'{"IsFullBackup":false}'
    for full in (True, False):
        assert decode_fileset(encode_fileset(full=full), "v") is full
    assert decode_fileset(b"{}", "v") is True
    for text in (b"", b"[]", b'{"IsFullBackup":"no"}', b'{"a":' + b"[" * 100_000):
        with pytest.raises(CorruptVolume):
            decode_fileset(text, "v")


@pytest.mark.parametrize("size", range(1, len(ODD_LIST) + 1))
def test_a_list_reads_the_same_wherever_it_is_cut(size: int) -> None:
    assert decoded(ODD_LIST, size) == as_entries(ODD_LIST)


@pytest.mark.parametrize("indent", [None, 0, 1, 20])
def test_other_spacing_and_escapes(indent: int | None) -> None:
    text = json.dumps(json.loads(ODD_LIST.decode("utf-8-sig")), indent=indent).encode()
    for size in (1, 7, 50, 1000):
        assert decoded(text, size) == as_entries(ODD_LIST)


@pytest.mark.parametrize("text", [b"[]", BOM + b"[]", b" [ ] ", BOM + b"\r\n[\n]\n"])
def test_an_empty_list(text: bytes) -> None:
    for size in range(1, len(text) + 1):
        assert decoded(text, size) == []


ELEMENT = b'{"type":"File","path":"/a","hash":"AA==","size":0,"time":"20240101T000000Z"}'


@pytest.mark.parametrize(
    "text",
    [
        b"",
        BOM,
        b"   ",
        b"{}",
        b"null",
        b"[",
        b"]",
        b"[" + ELEMENT,
        b"[" + ELEMENT + b",",
        b"[" + ELEMENT + b",]",
        b"[," + ELEMENT + b"]",
        b"[" + ELEMENT + ELEMENT + b"]",
        b"[" + ELEMENT + b"]]",
        b"[" + ELEMENT + b"]x",
        b"[" + ELEMENT + b",7]",
        b"[" + ELEMENT[:-1] + b"]",
        b"[[" + ELEMENT + b"]]",
        b'[{"type":"File"}]',
        b'[{"path":"/a"}]',
        b'[{"type":"File","path":7}]',
        b'[{"type":"File","path":null}]',
        b'[{"type":"File","path":"/a","size":1e3}]',
        b'[{"type":"File","path":"/a","size":-2}]',
        b'[{"type":"File","path":"/a","size":9223372036854775808}]',
        b'[{"type":"File","path":"/a","metasize":' + b"9" * 5000 + b"}]",
        b'[{"type":"File","path":"/a","blocklists":[7]}]',
        b'[{"type":"File","path":"\xff"}]',
        b'[{"type":"File","path":"\\ud800"}]',
        b'[{"type":"File","path":"/a","x":' + b"[" * 100_000,
        b'[{"type":"File","path":"/a","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
    ],
)
def test_damaged_lists(text: bytes) -> None:
    for size in {1 << 20, 50, max(1, len(text) // 3)}:
        with pytest.raises(CorruptVolume):
            decoded(text, size)


def test_every_cut_of_a_list_is_noticed() -> None:
    for end in range(len(ODD_LIST)):
        with pytest.raises(CorruptVolume):
            decoded(ODD_LIST[:end], 100)


def many_entries() -> Iterator[bytes]:
    return (
        encode_file(f"/source/folder/{number}", CONTENT, number, MTIME, b"", b"") for number in range(100_000)
    )


def test_a_long_list_is_read_in_flat_memory() -> None:
    tracemalloc.start()
    try:
        count = sum(map(len, decode_list(encode_list(many_entries()), "v")))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100_000
    assert peak < 20 << 20


@pytest.mark.parametrize("filling", [b"a", b"}", b'},{\\"type\\":', b"},{ ", b"}]", b"\\\\"])
def test_a_string_that_never_ends_is_given_up_in_time(filling: bytes) -> None:
    """Attempts to decode all there is, for each brace of each part, once took minutes."""
    part = filling * ((1 << 20) // len(filling))

    def parts() -> Iterator[bytes]:
        yield b'[{"type":"File","path":"'
        for _ in range(100):
            yield part

    begin = time.process_time()
    with pytest.raises(CorruptVolume):
        list(decode_list(parts(), "v"))
    assert time.process_time() - begin < 10


def test_what_no_part_of_a_list_decodes_is_given_up_in_time() -> None:
    def parts() -> Iterator[bytes]:
        yield b'[{"type":"File","path":"/a","later":['
        for _ in range(100):
            yield b'{"type":"x"},' * 80_000

    begin = time.process_time()
    with pytest.raises(CorruptVolume):
        list(decode_list(parts(), "v"))
    assert time.process_time() - begin < 20


def test_an_entry_longer_than_many_parts() -> None:
    lists = ["A" * 43 + "="] * 60_000
    entry = {"type": "File", "path": "/huge", "hash": "AA==", "size": 1, "time": "t", "blocklists": lists}
    text = json.dumps([entry, entry]).encode()
    assert [each.blocklists for each in decoded(text, 100_000)] == [lists, lists]


def test_the_parts_of_an_encoded_list_join() -> None:
    assert b"".join(encode_list([])) == BOM + b"[]"
    assert b"".join(encode_list([b"{}"])) == BOM + b"[{}]"
    assert b"".join(encode_list([b"{}", b"{}"])) == BOM + b"[{},{}]"
    long = [b'"%b"' % (b"x" * (1 << 20))] * 3
    assert b"".join(encode_list(long)) == BOM + b"[" + b",".join(long) + b"]"
    assert b"".join(encode_list([*long, b"{}"])) == BOM + b"[" + b",".join([*long, b"{}"]) + b"]"
    assert all(len(part) < 3 << 20 for part in encode_list(long))


paths = st.text(st.characters(codec="utf-8"), max_size=30)


@given(
    st.lists(st.tuples(paths, st.binary(min_size=1, max_size=4), st.integers(0, 1 << 60))),
    st.integers(1, 300),
)
def test_what_was_encoded_decodes(files: list[tuple[str, bytes, int]], size: int) -> None:
    elements = [
        encode_file(
            path,
            digest,
            length,
            MTIME,
            encode_metadata_fields(digest, 5, b"m", (), always_blockhash=True),
            b"",
        )
        for path, digest, length in files
    ]
    text = b"".join(encode_list(elements))
    found = decoded(text, size)
    assert [(entry.path, unb64(entry.hash), entry.size) for entry in found] == files
    assert found == as_entries(text)


def test_random_bytes_in_a_list_give_typed_errors_or_other_entries() -> None:
    dice = random.Random(5)
    for _ in range(3000):
        text = bytearray(ODD_LIST)
        for _ in range(dice.randint(1, 3)):
            text[dice.randrange(len(text))] = dice.choice(b'\x00"{}[],:\\ a1\xff')
        try:
            whole = decoded(bytes(text))
        except CorruptVolume:
            with pytest.raises(CorruptVolume):
                decoded(bytes(text), 40)
        else:
            assert decoded(bytes(text), 40) == whole
