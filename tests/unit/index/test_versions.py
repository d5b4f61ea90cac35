"""Versions as intervals of rows, against the plain model: a dictionary of rows for each version."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from triplicati.formats.kinds import FILE, FOLDER
from triplicati.index.filesets import (
    Fileset,
    add_fileset,
    delete_filesets,
    drop_fileset,
    end_unreached,
    filesets,
    finish_fileset,
)
from triplicati.index.recreating import load_version
from triplicati.index.rows import Row, end_rows, insert_rows, read_rows
from triplicati.index.schema import OPEN_END, TABLES

PATHS = ["/", "/a", "/a/", "/a/b", "/ü", "/\ufffd", "/😀", "/b"]


def open_empty() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute(TABLES)
    return connection


def row(path: str, content: int) -> Row:
    """Different contents differ in one field each."""
    folder = path.endswith("/")
    return Row(
        path=path,
        kind=FOLDER if folder else FILE,
        size=-1 if folder else 10 + (content == 1),
        mtime=0 if folder else 1_000_000_000 * (1 + (content == 2)),
        ctime=0,
        hash=None if folder else b"h%d" % (content == 3),
        blockhash=None,
        blocklists=None,
        metahash=b"m%d" % content,
        metasize=7,
        metablockhash=None,
        metablocklists=None,
    )


changes = st.dictionaries(st.sampled_from(PATHS), st.none() | st.integers(0, 4), max_size=len(PATHS))


class Versions(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.connection = open_empty()
        self.model: dict[int, dict[str, Row]] = {}
        self.stamps: dict[int, int] = {}
        self.pending: int | None = None
        self.clock = 1000

    def latest(self) -> dict[str, Row]:
        return self.model[max(self.model)] if self.model else {}

    def begin(self) -> int:
        self.clock += 1
        version = add_fileset(self.connection, self.clock)
        assert version > max(self.model, default=0)
        self.stamps[version] = self.clock
        return version

    @precondition(lambda self: self.pending is None)
    @rule(parts=st.lists(changes, max_size=2))
    def begin_version(self, parts: list[dict[str, int | None]]) -> None:
        rows = dict(self.latest())
        version = self.begin()
        seen: set[str] = set()
        for wanted in parts:
            # A path is visited once in a version.
            part = {path: content for path, content in wanted.items() if path not in seen}
            seen |= set(part)
            new = [row(path, content) for path, content in part.items() if content is not None]
            gone = [path for path, content in part.items() if content is None]
            end_rows(self.connection, version, [*gone, *(each.path for each in new)])
            insert_rows(self.connection, version, new)
            rows |= {each.path: each for each in new}
            for path in gone:
                rows.pop(path, None)
        self.model[version] = rows
        self.pending = version

    @precondition(lambda self: self.pending is not None)
    @rule(reached=st.sampled_from(PATHS), unreached=st.lists(st.sampled_from(PATHS), max_size=2))
    def stop_early(self, reached: str, unreached: list[str]) -> None:
        assert self.pending is not None
        own = {
            path
            for (path,) in self.connection.execute("SELECT path FROM entry WHERE since = ?", (self.pending,))
        }
        end_unreached(self.connection, self.pending, reached, unreached)
        self.model[self.pending] = {
            path: each
            for path, each in self.model[self.pending].items()
            if path in own or (path.encode() <= reached.encode() and path not in unreached)
        }

    @precondition(lambda self: self.pending is not None)
    @rule(full=st.booleans())
    def finish_version(self, full: bool) -> None:
        assert self.pending is not None
        self.clock += 1
        self.stamps[self.pending] = self.clock
        finish_fileset(self.connection, self.pending, 77, self.clock, full=full)
        found = next(each for each in filesets(self.connection) if each.id == self.pending)
        files = [each for each in self.model[self.pending].values() if each.kind == FILE]
        expected = Fileset(self.pending, self.clock, 77, True, full, len(files), sum(f.size for f in files))
        assert found == expected
        self.pending = None

    @precondition(lambda self: self.pending is not None)
    @rule()
    def drop_version(self) -> None:
        assert self.pending is not None
        drop_fileset(self.connection, self.pending)
        del self.model[self.pending]
        self.pending = None

    @rule(dice=st.lists(st.booleans(), min_size=12, max_size=12))
    def delete_versions(self, dice: list[bool]) -> None:
        finished = [version for version in self.model if version != self.pending]
        deleted = [version for version, chosen in zip(finished, dice, strict=False) if chosen]
        delete_filesets(self.connection, deleted)
        for version in deleted:
            del self.model[version]

    @precondition(lambda self: self.pending is None)
    @rule(contents=changes, cut=st.integers(0, 8))
    def load_another(self, contents: dict[str, int | None], cut: int) -> None:
        version = self.begin()
        rows = [row(path, content) for path, content in contents.items() if content is not None]
        assert load_version(self.connection, version, [rows[:cut], rows[cut:]]) == len(rows)
        finish_fileset(self.connection, version, 7, self.clock, full=True)
        self.model[version] = {each.path: each for each in rows}

    @invariant()
    def every_version_reads_back(self) -> None:
        for version, rows in self.model.items():
            expected = sorted(rows.values(), key=lambda each: each.path.encode())
            assert list(read_rows(self.connection, version)) == expected

    @invariant()
    def versions_are_listed_newest_first(self) -> None:
        finished = [each.id for each in filesets(self.connection)]
        assert finished == sorted(self.model.keys() - {self.pending}, reverse=True)
        assert [each.id for each in filesets(self.connection, complete=False)] == [
            version for version in self.model if version == self.pending
        ]
        assert all(each.stamp == self.stamps[each.id] for each in filesets(self.connection))

    @invariant()
    def a_path_is_open_once(self) -> None:
        twice = self.connection.execute(
            "SELECT path FROM entry WHERE until = ? GROUP BY path HAVING count(*) > 1", (OPEN_END,)
        )
        assert twice.fetchall() == []


TestVersions = Versions.TestCase
TestVersions.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def entries(connection: apsw.Connection) -> int:
    count = connection.execute("SELECT count(*) FROM entry").get
    assert isinstance(count, int)
    return count


def test_what_does_not_change_costs_nothing() -> None:
    connection = open_empty()
    rows = [row(path, 0) for path in PATHS]
    for _ in range(5):
        load_version(
            connection, add_fileset(connection, 1 + len(filesets(connection, complete=False))), [rows]
        )
    assert entries(connection) == len(PATHS)


def test_deleted_versions_leave_no_rows() -> None:
    connection = open_empty()
    versions = []
    for content in range(4):
        versions.append(add_fileset(connection, content, complete=True))
        load_version(connection, versions[-1], [[row("/a", content), row("/b", 0)]])
    assert entries(connection) == 5
    delete_filesets(connection, versions[1:3])
    assert entries(connection) == 3
    delete_filesets(connection, [versions[3]])
    assert list(read_rows(connection, versions[0])) == [row("/a", 0), row("/b", 0)]
    delete_filesets(connection, [versions[0]])
    assert entries(connection) == 0


def test_all_fields_of_a_row_come_back() -> None:
    connection = open_empty()
    full = Row("/p", 0, 1 << 40, -5, 6, b"h", b"b", b"ll", b"m", 9, b"mb", b"ml", b"\xff")
    version = add_fileset(connection, 1)
    insert_rows(connection, version, [full])
    assert list(read_rows(connection, version)) == [full]
    assert msgspec.structs.astuple(full)[0] == "/p"
    assert list(read_rows(connection, version, "kind <> 0")) == []


def test_loading_gives_up_without_a_trace() -> None:
    connection = open_empty()
    load_version(connection, add_fileset(connection, 1), [[row("/a", 0)]])

    def batches() -> Iterator[list[Row]]:
        yield [row("/a", 1)]
        raise OSError("the list ends here")

    version = add_fileset(connection, 2)
    with pytest.raises(OSError, match="ends here"):
        load_version(connection, version, batches())
    drop_fileset(connection, version)
    assert load_version(connection, add_fileset(connection, 3), [[row("/b", 0)]]) == 1
