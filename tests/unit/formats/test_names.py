import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.formats.names import (
    VolumeName,
    dlist_name,
    new_dblock_name,
    new_dindex_name,
    parse_name,
)

GUID = "7ef4946c55b74e6c9d678e30a9bdbeec"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "duplicati-20261122T065836Z.dlist.zip.aes",
            VolumeName("", "duplicati", "dlist", "zip", "aes", "", 1795330716),
        ),
        (f"duplicati-b{GUID}.dblock.zip.aes", VolumeName("", "duplicati", "dblock", "zip", "aes", GUID)),
        (f"gold-i{GUID}.dindex.zip", VolumeName("", "gold", "dindex", "zip", "", GUID)),
        # Any number of hex digits in either case, any of these letters, whatever the kind says.
        ("p-b0.dblock.zip", VolumeName("", "p", "dblock", "zip", "", "0")),
        ("p-IaF09.dindex.7z", VolumeName("", "p", "dindex", "7z", "", "aF09")),
        ("p-Bab.dindex.zip", VolumeName("", "p", "dindex", "zip", "", "ab")),
        ("p-iab.dblock.zip", VolumeName("", "p", "dblock", "zip", "", "ab")),
        ("p-|ab.dblock.zip", VolumeName("", "p", "dblock", "zip", "", "ab")),
        # One character is any, and an encryption may hold dots.
        ("p-bab_dblock.zip", VolumeName("", "p", "dblock", "zip", "", "ab")),
        ("p-babdblock.zip", VolumeName("", "p", "dblock", "zip", "", "a")),
        (
            "x-20240101T000000Z.dlist.zip.aes.bak",
            VolumeName("", "x", "dlist", "zip", "aes.bak", "", 1704067200),
        ),
        ("a b.ü-bab.dblock.tzstd", VolumeName("", "a b.ü", "dblock", "tzstd", "", "ab")),
    ],
)
def test_names_of_volumes(name: str, expected: VolumeName) -> None:
    found = parse_name(name)
    assert found is not None
    assert found.name == name
    for field in ("prefix", "kind", "compression", "encryption", "guid", "stamp"):
        assert getattr(found, field) == getattr(expected, field)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "duplicati-verification.json",
        f"-b{GUID}.dblock.zip",
        f"a-b-b{GUID}.dblock.zip",
        f"duplicati-c{GUID}.dblock.zip",
        "duplicati-b.dblock.zip",
        "duplicati-bxyz.dblock.zip",
        "duplicati-bab..dblock.zip",
        "duplicati-bdblock.zip",
        "duplicati-bab.dblock",
        "duplicati-bab.dblock.",
        "duplicati-bab.dblock.zip.",
        "duplicati-bab.DBLOCK.zip",
        "duplicati-bab.dother.zip",
        " duplicati-bab.dblock",
        # No such date: Duplicati stops here, this program passes over it.
        "duplicati-20240230T000000Z.dlist.zip",
        "duplicati-20240101T240000Z.dlist.zip",
        "duplicati-00000101T000000Z.dlist.zip",
        "duplicati-20240101T000000.dlist.zip",
        "duplicati-2024010T0000000Z.dlist.zip",
        # A list without a time, and a time on what is no list.
        f"duplicati-b{GUID}.dlist.zip",
        "duplicati-20240101T000000Z.dblock.zip",
        # Digits of other scripts.
        "duplicati-\u0662\u0660\u0662\u0664\u0660\u0661\u0660\u0661T000000Z.dlist.zip",
    ],
)
def test_other_names(name: str) -> None:
    assert parse_name(name) is None


def test_a_name_ends_where_it_ends() -> None:
    assert parse_name(f"p-b{GUID}.dblock.zip\n") == VolumeName(
        f"p-b{GUID}.dblock.zip\n", "p", "dblock", "zip\n", "", GUID
    )


def test_new_names_are_as_duplicati_writes_them() -> None:
    assert dlist_name("gold", 1795330716, "aes") == "gold-20261122T065836Z.dlist.zip.aes"
    assert dlist_name("gold", 1795330716, "") == "gold-20261122T065836Z.dlist.zip"
    assert re.fullmatch(r"p-b[0-9a-f]{32}\.dblock\.zip\.gpg", new_dblock_name("p", "gpg"))
    assert re.fullmatch(r"p-i[0-9a-f]{32}\.dindex\.zip", new_dindex_name("p", ""))
    assert new_dblock_name("p", "") != new_dblock_name("p", "")


@given(
    st.text(st.characters(exclude_characters="-"), min_size=1, max_size=20),
    st.integers(-62135596800, 253402300799),
    st.sampled_from(["", "aes", "gpg"]),
)
def test_new_names_parse(prefix: str, stamp: int, encryption: str) -> None:
    lists = parse_name(dlist_name(prefix, stamp, encryption))
    assert lists is not None
    assert (lists.prefix, lists.kind, lists.stamp, lists.encryption) == (prefix, "dlist", stamp, encryption)
    blocks = parse_name(new_dblock_name(prefix, encryption))
    assert blocks is not None
    assert (blocks.prefix, blocks.kind, blocks.stamp, blocks.encryption) == (
        prefix,
        "dblock",
        None,
        encryption,
    )
