"""What a group of errors comes to for who reads it."""

from __future__ import annotations

from triplicati.errors import FolderMissing
from triplicati.errors.groups import first_of, only_of, plain_reason

ONE, TWO = ValueError("embedded null byte"), FolderMissing(folder="/there")


def grouped(*errors: Exception) -> ExceptionGroup[Exception]:
    return ExceptionGroup("of a nursery", [ExceptionGroup("of another", errors)])


def test_the_first_is_found_however_deep() -> None:
    assert first_of(ONE) is ONE
    assert first_of(grouped(ONE, TWO)) is ONE


def test_none_of_several_stands_for_the_others() -> None:
    assert only_of(grouped(TWO)) is TWO
    several = only_of(grouped(ONE, TWO))
    assert isinstance(several, ExceptionGroup)
    assert several.exceptions == (ONE, TWO)


def test_a_reason_names_what_it_was() -> None:
    assert plain_reason(grouped(ONE)) == "ValueError: embedded null byte"
    assert plain_reason(grouped(TWO)) == str(TWO)
