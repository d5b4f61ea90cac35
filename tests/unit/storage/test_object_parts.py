"""A part of a file from a server that always gives the whole, and folders in buckets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.storage.objects.buckets import _from, folder_of


@given(st.lists(st.binary(max_size=5)), st.integers(0, 30), st.integers(0, 30))
def test_a_part_of_the_whole(pieces: list[bytes], start: int, length: int) -> None:
    cut = list(_from(iter(pieces), start, start + length))
    assert b"".join(cut) == b"".join(pieces)[start : start + length]
    assert all(cut)


@pytest.mark.parametrize(
    ("parts", "folder"),
    [
        ((), ""), (("",), ""), (("a",), "a"), (("a/",), "a"), (("a/b",), "a/b"), (("a", "b/c/"), "a/b/c"),
        (("", "b"), "b"),
    ],
)  # fmt: skip
def test_folders(parts: tuple[str, ...], folder: str) -> None:
    assert folder_of(*parts) == folder


@pytest.mark.parametrize("text", ["/a", "a//b", "a//", "..", "a/./b", "a/.."])
def test_folders_that_cannot_be(text: str) -> None:
    with pytest.raises(InvalidValue):
        folder_of(text)
