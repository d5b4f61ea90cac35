"""Requests are read as Duplicati reads them."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidQuery
from triplicati_web.conventions import Malformed, read_body, read_query


class Inner(msgspec.Struct, rename="pascal"):
    target_url: str = ""
    tags: list[str] | None = None


class Body(msgspec.Struct, rename="pascal"):
    backup_id: str
    page_size: int = 1000
    extended: bool = False
    share: float = 0.0
    maybe: bool | None = None
    note: str | None = None
    inner: Inner | None = None
    many: list[Inner] = []
    named: dict[str, Inner] = {}
    free: dict[str, Any] = {}


class Query(msgspec.Struct, rename="camel"):
    page_size: int = 100
    only_folders: bool = False
    duration: str | None = None
    level: list[str] = []


class Needed(msgspec.Struct):
    path: str


def read(value: object) -> Body:
    found = read_body(json.dumps(value).encode(), Body)
    assert isinstance(found, Body)
    return found


def test_names_are_found_in_any_case_at_every_depth() -> None:
    found = read(
        {
            "BACKUPID": "1",
            "inner": {"targeturl": "file:///x", "TAGS": ["a"]},
            "Many": [{"TARGETurl": "y"}],
            "named": {"Kept As Is": {"targetUrl": "z"}},
        }
    )
    assert found.inner == Inner("file:///x", ["a"])
    assert found.many == [Inner("y")]
    assert found.named == {"Kept As Is": Inner("z")}


def test_numbers_and_booleans_may_be_text() -> None:
    found = read({"BackupId": "1", "PageSize": "7", "Extended": "True", "Share": "0.5", "Maybe": "false"})
    assert (found.page_size, found.extended, found.share, found.maybe) == (7, True, 0.5, False)


def test_a_number_may_stand_for_text() -> None:
    found = read({"BackupId": 3, "Note": 4})
    assert (found.backup_id, found.note) == ("3", "4")


def test_unknown_members_are_ignored() -> None:
    assert read({"BackupId": "1", "Success": True, "inner": {"nobody": 1}}).inner == Inner()


def test_null_means_the_default_where_null_cannot_be() -> None:
    found = read({"BackupId": "1", "PageSize": None, "Many": None, "Note": None})
    assert (found.page_size, found.many, found.note) == (1000, [], None)


def test_free_members_are_left_as_they_are() -> None:
    value = {"targeturl": {"PASSWORD": [1, {"X": None}]}}
    assert read({"BackupId": "1", "Free": value}).free == value


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"BackupId": null}',
        b"[]",
        b"no json",
        b'{"BackupId": "1", "PageSize": "many"}',
        b'{"BackupId": "1", "Extended": "perhaps"}',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"BackupId":"1","Free":' + b'{"a":' * 150 + b"1" + b"}" * 151,
    ],
)
def test_what_does_not_fit_is_malformed(raw: bytes) -> None:
    if raw.startswith(b'{"BackupId":"1","Free"'):
        # Deep, but free: nothing is looked for in there.
        read_body(raw, Body)
        return
    with pytest.raises(Malformed):
        read_body(raw, Body)


def test_a_byte_order_mark_is_no_content() -> None:
    assert read_body(b'\xef\xbb\xbf{"BackupId":"1"}', Body) == Body("1")


def test_a_body_that_may_be_missing() -> None:
    assert read_body(b"", Body | None) is None
    assert read_body(b" \r\n", Inner | None) is None
    assert read_body(b"null", Body | None) is None
    assert read_body(b'{"backupid":"1"}', Body | None) == Body("1")


def test_a_body_without_required_members_may_be_missing() -> None:
    assert read_body(b"", Inner) == Inner()


def test_members_in_the_query_stand_in_for_a_missing_body() -> None:
    assert read_body(b"", Needed, [("Path", "/x"), ("other", "1")]) == Needed("/x")
    assert read_body(b"", Needed | None, [("path", "/x")]) == Needed("/x")
    assert read_body(b"", Needed | None, [("other", "1")]) is None
    assert read_body(b'{"path":"/body"}', Needed, [("path", "/query")]) == Needed("/body")


def test_a_missing_body_that_is_needed_is_malformed() -> None:
    with pytest.raises(Malformed):
        read_body(b"", Needed)


def test_a_plain_list_or_text_is_a_body_too() -> None:
    assert read_body(b'["list", 7]', list[str]) == ["list", "7"]
    assert read_body(b'"new password"', str) == "new password"
    assert read_body(b'{"A": 1, "b": null}', dict[str, Any]) == {"A": 1, "b": None}


def test_the_query_in_any_case() -> None:
    pairs = [("PAGESIZE", "5"), ("onlyfolders", "TRUE"), ("Level", "a"), ("level", "b"), ("unknown", "1")]
    assert read_query(pairs, Query) == Query(page_size=5, only_folders=True, level=["a", "b"])


def test_of_a_repeated_name_the_last_counts_and_nothing_is_nothing() -> None:
    assert read_query([("pagesize", "5"), ("pageSize", "6")], Query) == Query(page_size=6)
    assert read_query([("pagesize", ""), ("duration", "")], Query) == Query(duration="")


@pytest.mark.parametrize("pair", [("onlyFolders", "perhaps"), ("pageSize", "x"), ("pageSize", "1.5")])
def test_a_malformed_query_is_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidQuery):
        read_query([pair], Query)


def test_a_query_that_lacks_what_it_must_have_is_refused() -> None:
    with pytest.raises(InvalidQuery):
        read_query([], Needed)


inners = st.builds(Inner, target_url=st.text(), tags=st.none() | st.lists(st.text(), max_size=3))
bodies = st.builds(
    Body,
    backup_id=st.text(),
    page_size=st.integers(-(2**31), 2**31),
    extended=st.booleans(),
    share=st.floats(allow_nan=False, allow_infinity=False),
    maybe=st.none() | st.booleans(),
    note=st.none() | st.text(),
    inner=st.none() | inners,
    many=st.lists(inners, max_size=3),
    named=st.dictionaries(st.text(), inners, max_size=3),
)


def shuffled(value: object, rng: random.Random, free: bool = False) -> object:
    """The same with its member names in another case; the keys of `Named` are values."""
    if isinstance(value, dict):
        found = {}
        for name, each in value.items():
            other = name if free else "".join(rng.choice([c.lower(), c.upper()]) for c in name)
            found[other] = shuffled(each, rng, free=name == "Named" and not free)
        return found
    return [shuffled(each, rng) for each in value] if isinstance(value, list) else value


@given(bodies, st.randoms(use_true_random=False))
def test_what_was_written_is_read_again_in_whatever_case(body: Body, rng: random.Random) -> None:
    value = shuffled(msgspec.to_builtins(body), rng)
    assert read_body(msgspec.json.encode(value), Body) == body


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda each: st.lists(each, max_size=4)
    | st.dictionaries(st.sampled_from(["BackupId", "many", "INNER", "Tags", "x"]), each, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_any_json_is_read_or_malformed(value: object) -> None:
    try:
        found = read_body(json.dumps(value).encode(), Body)
    except Malformed:
        return
    assert isinstance(found, Body)
