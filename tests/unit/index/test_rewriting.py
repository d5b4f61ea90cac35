"""Entries are taken out of single versions: what the others show stays as it was."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.index.rewriting import (
    Changed,
    Chosen,
    MetadataSet,
    apply_choice,
    choice_in,
    choose,
    chosen_paths,
    forget_choice,
    undone,
)
from triplicati.index.schema import OPEN_END, TABLES

OTHER = MetadataSet(b"other", 5, None)

# path -> content and metadata
Shown = dict[str, tuple[str, str]]


def database(versions: list[Shown], deleted: Collection[int] = ()) -> apsw.Connection:
    """Versions with the ids 1, 2, 3 ...; those that are `deleted` are there no more."""
    connection = apsw.Connection("")
    connection.execute(f"BEGIN; {TABLES} COMMIT")
    before: Shown = {}
    for number, shown in enumerate(versions, start=1):
        for path in before.keys() | shown.keys():
            if before.get(path) == shown.get(path):
                continue
            connection.execute(
                f"UPDATE entry SET until = ? WHERE path = ? AND until = {OPEN_END}", (number, path)
            )
            if path in shown:
                content, metadata = shown[path]
                connection.execute(
                    "INSERT INTO entry (path, since, until, kind, size, mtime, ctime, hash, metahash,"
                    " metasize) VALUES (?, ?, ?, 0, 7, 1, 2, ?, ?, 9)",
                    (path, number, OPEN_END, content.encode(), metadata.encode()),
                )
        before = shown
        if number not in deleted:
            connection.execute("INSERT INTO fileset VALUES (?, ?, NULL, 1, 1, 0, 0)", (number, number * 10))
    return connection


def shown_by(connection: apsw.Connection, version: int) -> Shown:
    """Fails where a path is shown twice."""
    query = "SELECT path, hash, metahash FROM entry WHERE since <= ?1 AND until > ?1 ORDER BY path"
    rows = cast("list[tuple[str, bytes, bytes]]", connection.execute(query, (version,)).fetchall())
    found = {path: (digest.decode(), metadata.decode()) for path, digest, metadata in rows}
    assert len(found) == len(rows)
    return found


def rows_of(connection: apsw.Connection, *, drops: dict[str, bool]) -> list[Chosen]:
    found = connection.execute("SELECT path, since, until FROM entry").fetchall()
    rows = cast("list[tuple[str, int, int]]", found)
    return [Chosen(path, since, until, drops[path]) for path, since, until in rows if path in drops]


def changed(shown: Shown, drops: dict[str, bool]) -> Shown:
    kept = {path: each for path, each in shown.items() if not drops.get(path)}
    return {path: (each[0], "other") if path in drops else each for path, each in kept.items()}


ENTRY = st.tuples(st.sampled_from("xy"), st.sampled_from("mn"))
VERSIONS = st.lists(st.dictionaries(st.sampled_from("abc"), ENTRY), min_size=1, max_size=6)
DROPS = st.dictionaries(st.sampled_from("abc"), st.booleans())


@given(VERSIONS, DROPS, st.sets(st.integers(1, 6)), st.sets(st.integers(1, 6)))
def test_as_if_every_version_had_its_own_entries(
    versions: list[Shown], drops: dict[str, bool], rewritten: set[int], deleted: set[int]
) -> None:
    connection = database(versions, deleted)
    there = [number for number in range(1, len(versions) + 1) if number not in deleted]
    forget_choice(connection)
    choose(connection, rows_of(connection, drops=drops))
    expected = {number: versions[number - 1] for number in there}
    for number in sorted(rewritten & set(there)):
        before = expected[number]
        expected[number] = changed(before, drops)
        gone = sum(drops.get(path, False) for path in before)
        counts = Changed(gone, 7 * gone, sum(drops.get(path) is False for path in before))
        assert choice_in(connection, number) == counts
        assert chosen_paths(connection, number, None) == [
            (path, 7) for path in sorted(before) if drops.get(path)
        ]
        assert apply_choice(connection, number, OTHER) == counts
        assert {each: shown_by(connection, each) for each in there} == expected


@given(VERSIONS, DROPS)
def test_all_versions_need_no_more_rows_than_before(versions: list[Shown], drops: dict[str, bool]) -> None:
    connection = database(versions)
    before = cast("int", connection.execute("SELECT count(*) FROM entry").get)
    forget_choice(connection)
    choose(connection, rows_of(connection, drops=drops))
    for number in range(1, len(versions) + 1):
        apply_choice(connection, number, OTHER)
    assert cast("int", connection.execute("SELECT count(*) FROM entry").get) <= before


def test_a_row_of_many_versions_loses_one_in_the_middle() -> None:
    connection = database([{"a": ("x", "m")}] * 5)
    forget_choice(connection)
    choose(connection, [Chosen("a", 1, OPEN_END, True)])
    apply_choice(connection, 3)
    assert connection.execute("SELECT since, until FROM entry ORDER BY since").fetchall() == [
        (1, 3),
        (4, OPEN_END),
    ]


def test_other_metadata_make_the_next_backup_look_again() -> None:
    connection = database([{"a": ("x", "m")}])
    forget_choice(connection)
    choose(connection, [Chosen("a", 1, OPEN_END, False)])
    apply_choice(connection, 1, MetadataSet(b"whole", 5, b"block"))
    found = connection.execute(
        "SELECT mtime, ctime, metahash, metasize, metablockhash, metablocklists FROM entry"
    )
    assert found.fetchall() == [(1, 0, b"whole", 5, b"block", None)]


def test_a_choice_can_be_looked_at_and_undone() -> None:
    connection = database([{"a": ("x", "m"), "b": ("x", "m")}])
    forget_choice(connection)
    choose(connection, [Chosen("a", 1, OPEN_END, True)])
    connection.execute("BEGIN")
    with undone(connection):
        apply_choice(connection, 1)
        assert list(shown_by(connection, 1)) == ["b"]
    assert list(shown_by(connection, 1)) == ["a", "b"]
    with pytest.raises(apsw.SQLError, match="no such table"):
        _fail_in_the_middle(connection)
    assert list(shown_by(connection, 1)) == ["a", "b"]
    assert apply_choice(connection, 1).removed == 1
    connection.execute("COMMIT")
    assert list(shown_by(connection, 1)) == ["b"]


def _fail_in_the_middle(connection: apsw.Connection) -> None:
    with undone(connection):
        apply_choice(connection, 1)
        connection.execute("SELECT * FROM nowhere")


def test_a_new_choice_forgets_the_one_before() -> None:
    connection = database([{"a": ("x", "m")}])
    forget_choice(connection)
    choose(connection, [Chosen("a", 1, OPEN_END, True)])
    forget_choice(connection)
    assert not choice_in(connection, 1).anything
