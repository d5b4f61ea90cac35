"""The cache of blocks gives back what was put into it, and never takes more room than it has."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import DiskFull, TriplicatiError
from triplicati.mounting.block_cache import BlockCache

PAGE = 8 << 10
LIMIT = 10 * PAGE


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4 * PAGE)), max_size=40))
def test_what_is_there_is_what_was_put(puts: list[tuple[int, int]]) -> None:
    with BlockCache(LIMIT) as cache:
        contents: dict[bytes, bytes] = {}
        for number, size in puts:
            digest = bytes([number])
            contents.setdefault(digest, bytes([number]) * size)
            cache.put(digest, contents[digest])
        found = {digest: cache.first([digest]) for digest in contents}
        kept = {digest: blocks[0] for digest, blocks in found.items() if blocks}
        assert kept == {digest: contents[digest] for digest in kept}
        assert sum(max(-(-len(each) // PAGE), 1) for each in kept.values()) <= 10
        if puts:
            assert bytes([puts[-1][0]]) in kept


def test_the_least_recently_used_goes_first() -> None:
    with BlockCache(3 * PAGE) as cache:
        for name in (b"a", b"b", b"c"):
            cache.put(name, name * PAGE)
        assert cache.first([b"a"]) == [b"a" * PAGE]
        cache.put(b"d", b"d" * PAGE)
        assert [each in cache for each in (b"a", b"b", b"c", b"d")] == [True, False, True, True]


def test_the_first_ones_up_to_a_gap() -> None:
    with BlockCache(LIMIT) as cache:
        cache.put(b"a", b"1")
        cache.put(b"c", b"3")
        assert cache.first([b"a", b"b", b"c"]) == [b"1"]


def test_one_that_is_too_large_is_left_out() -> None:
    with BlockCache(2 * PAGE) as cache:
        cache.put(b"a", bytes(3 * PAGE))
        assert b"a" not in cache


def test_the_file_never_grows_beyond_the_limit_and_has_no_name(tmp_path: Path) -> None:
    with BlockCache(LIMIT, str(tmp_path)) as cache:
        for number in range(100):
            cache.put(bytes([number]), bytes([number]) * (PAGE + number))
            assert cache._file.seek(0, 2) <= LIMIT
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(TriplicatiError):
        BlockCache(LIMIT, str(tmp_path / "missing"))


def test_a_disk_without_room_is_told() -> None:
    class Full:
        def seek(self, _: int) -> None: ...
        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None: ...

    with BlockCache(LIMIT) as cache:
        cache._file.close()
        cache._file = Full()  # type: ignore[assignment]
        with pytest.raises(DiskFull):
            cache.put(b"a", b"1")
        assert b"a" not in cache
