"""The metadata blob without any file: exact bytes, what is left out, and what a reader puts up with."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidMetadata
from triplicati.formats.attributes import (
    Caller,
    attribute_text,
    is_read_only,
    parse_attributes,
    settable_bits,
)
from triplicati.formats.metadata import (
    EMPTY_METADATA,
    Metadata,
    decode_metadata,
    encode_metadata,
    encode_windows_metadata,
)

ROOT = Caller(0, 0, frozenset(), "net")
PLAIN: dict[str, Any] = {
    "kind": "file",
    "name": "a",
    "mode": 0o100644,
    "uid": 0,
    "gid": 0,
    "owner": "root",
    "group": "root",
    "mtime_ns": 1_501_952_660_000_000_000,
    "ctime_ns": 1_600_000_000_000_000_000,
    "caller": ROOT,
}


def blob(**changes: object) -> str:
    return encode_metadata(**(PLAIN | changes)).decode()


def test_the_example_of_the_specification() -> None:
    assert blob(kind="folder", mode=0o40755) == (
        '\ufeff{"unix:uid-gid-perm":"0-0-493","unix:owner-name":"root","unix:group-name":"root",'
        '"CoreAttributes":"Directory","CoreLastWritetime":"636375494600000000",'
        '"CoreCreatetime":"636375494600000000"}'
    )


def test_every_key_in_its_place() -> None:
    assert blob(
        kind="symlink",
        name=".l",
        owner=None,
        group='o"\u2028',
        uid=7,
        mode=0o127777,
        xattrs=[("user.b", b"1"), ("user.empty", b""), ("user.\u00e4", b"\xff")],
        link_target="t\u0085\u2029\\\x01\x7f/",
        link_to_folder=True,
        raw_name=b".l\xff",
        raw_link_target=b"t\xfe",
        mtime_ns=-150,
    ) == (
        '\ufeff{"unix-ext:user.b":"MQ==","unix-ext:user.\u00e4":"/w==","unix:uid-gid-perm":"7-0-511",'
        '"unix:group-name":"o\\"\\u2028","triplicati:raw-name":"Lmz/","triplicati:raw-link-target":"dP4=",'
        '"CoreAttributes":"Hidden, Directory, ReparsePoint","CoreLastWritetime":"621355967999999998",'
        '"CoreCreatetime":"621355967999999998","CoreSymlinkTarget":"t\\u0085\\u2029\\\\\\u0001\x7f/"}'
    )


def test_the_creation_time_is_the_earlier_of_both() -> None:
    assert '"CoreCreatetime":"621355968000000000"' in blob(ctime_ns=99)


@pytest.mark.parametrize(
    ("mtime_ns", "keys"),
    [
        (-62_135_596_800_000_000_001, []),
        (-62_135_596_800_000_000_000, ["CoreLastWritetime", "CoreCreatetime"]),
        (253_402_300_799_999_999_999, ["CoreLastWritetime", "CoreCreatetime"]),
        (253_402_300_800_000_000_000, ["CoreCreatetime"]),
    ],
)
def test_a_time_outside_the_years_1_to_9999_is_left_out(mtime_ns: int, keys: list[str]) -> None:
    text = blob(mtime_ns=mtime_ns)
    assert [key for key in ("CoreLastWritetime", "CoreCreatetime") if key in text] == keys


OWNER = Caller(1000, 1000, frozenset({1000, 50}), "net")


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "net", "mono"),
    [
        (0o444, 7, 7, True, True),
        (0o444, 1000, 1000, True, True),
        (0o644, 1000, 7, False, False),
        (0o464, 1000, 7, True, True),
        (0o400, 1000, 7, True, True),
        (0o440, 7, 7, True, False),  # owner and group alike: that; Mono asks for others
        (0o604, 7, 7, False, True),
        (0o664, 7, 7, False, True),
        (0o644, 7, 7, True, True),
        (0o644, 7, 1000, True, True),
        (0o640, 7, 1000, True, True),
        (0o640, 7, 50, True, False),  # Mono knows no supplementary groups
        (0o640, 7, 7, False, False),
        (0o646, 7, 50, True, False),
        (0o464, 7, 50, False, True),
        (0o200, 7, 7, False, False),
        (0o000, 7, 7, False, False),
        (0o555, 7, 7, True, True),
    ],
)
def test_read_only_by_both_rules(mode: int, uid: int, gid: int, net: bool, mono: bool) -> None:
    assert is_read_only(mode, uid, gid, OWNER) is net
    assert is_read_only(mode, uid, gid, Caller(1000, 1000, OWNER.groups, "mono")) is mono


def test_links_are_never_read_only_and_root_has_no_exception() -> None:
    assert '"CoreAttributes":"ReadOnly"' in blob(mode=0o444)
    assert '"CoreAttributes":"ReparsePoint"' in blob(kind="symlink", mode=0o444, link_target="x")


def test_attributes_read_as_names_and_as_a_number() -> None:
    assert attribute_text(1 | 2 | 16) == "ReadOnly, Hidden, Directory"
    assert attribute_text(0) == "Normal"
    assert attribute_text(1 | 1 << 20) == "1048577"
    assert parse_attributes("1048577") == {"ReadOnly"}
    assert parse_attributes("ReadOnly, Hidden") == {"ReadOnly", "Hidden"}
    assert parse_attributes("") == frozenset()


def test_windows() -> None:
    text = encode_windows_metadata(
        attributes=1 | 32, mtime_ns=0, created_ns=100, link_target="C:\\x"
    ).decode()
    assert text == (
        '\ufeff{"CoreAttributes":"ReadOnly, Archive","CoreLastWritetime":"621355968000000000",'
        '"CoreCreatetime":"621355968000000001","CoreSymlinkTarget":"C:\\\\x"}'
    )
    assert settable_bits(frozenset({"ReadOnly", "Directory", "Hidden"})) == 3
    assert settable_bits(frozenset({"Directory"})) == 128


@pytest.mark.parametrize("empty", [b"", EMPTY_METADATA, b"{}", b"\xef\xbb\xbf", b"\xef\xbb\xbf{ }"])
def test_blobs_that_say_nothing(empty: bytes) -> None:
    assert decode_metadata(empty) == Metadata()


@pytest.mark.parametrize(
    "garbage",
    [b"x", b"[]", b"\xef\xbb\xbf{", b'{"a":"\xff"}', b"1", b"\x00" * 9, b"[" * 100_000, b'{"a":1}x'],
)
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(InvalidMetadata):
        decode_metadata(garbage)


def test_a_reader_passes_over_what_it_does_not_know() -> None:
    found = decode_metadata(
        b' {"win-ext:accessrules":"[]", "new":{"a":[1]}, "CoreAttributes":33, "CoreLastWritetime":0,'
        b'"CoreCreatetime":621355968000000001,"unix:uid-gid-perm":"1-2-4095"}'
    )
    assert found == Metadata(
        uid=1, gid=2, mode=0o777, attributes=frozenset({"ReadOnly", "Archive"}), ctime_ns=100
    )


def test_senseless_values_are_named_and_the_rest_counts() -> None:
    found = decode_metadata(
        b'{"unix:uid-gid-perm":"root","CoreLastWritetime":"-1","CoreCreatetime":"soon","unix-ext:user.a":"?",'
        b'"triplicati:raw-name":"===","unix:owner-name":"joe"}'
    )
    assert found.owner == "joe"
    assert set(found.unreadable) == {
        "unix:uid-gid-perm",
        "CoreLastWritetime",
        "CoreCreatetime",
        "unix-ext:user.a",
        "triplicati:raw-name",
    }


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(
    mode=st.integers(0, 0o177777),
    ids=st.tuples(st.integers(0, 2**32 - 2), st.integers(0, 2**32 - 2)),
    names=st.tuples(st.none() | texts, st.none() | texts),
    ticks=st.integers(1 - 621355968000000000, 3155378975999999999 - 621355968000000000),
    xattrs=st.dictionaries(texts, st.binary(min_size=1)),
    target=st.none() | texts,
    raw_name=st.none() | st.binary(),
)
def test_what_is_encoded_is_decoded(
    mode: int,
    ids: tuple[int, int],
    names: tuple[str | None, str | None],
    ticks: int,
    xattrs: dict[str, bytes],
    target: str | None,
    raw_name: bytes | None,
) -> None:
    encoded = encode_metadata(
        kind="file" if target is None else "symlink",
        name="n",
        mode=mode,
        uid=ids[0],
        gid=ids[1],
        owner=names[0],
        group=names[1],
        mtime_ns=ticks * 100,
        ctime_ns=ticks * 100 + 1,
        caller=ROOT,
        xattrs=list(xattrs.items()),
        link_target=target,
        raw_name=raw_name,
    )
    found = decode_metadata(encoded)
    assert (found.uid, found.gid) == ids
    assert (found.mode, found.owner, found.group) == (mode & 0o777, *names)
    assert found.mtime_ns == found.ctime_ns == ticks * 100
    assert (found.link_target, found.raw_name) == (target, raw_name)
    assert found.xattrs == tuple(xattrs.items())
    assert found.unreadable == ()
