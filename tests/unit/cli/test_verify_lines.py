"""What the test command prints, and with which code it ends."""

from __future__ import annotations

from triplicati.cli.verify import code, lines
from triplicati.messages.results import CheckedVolume, Finding, VerifyResult

MANY = CheckedVolume("b", [Finding("Missing", f"{number}") for number in range(13)])
EXTRA = CheckedVolume("i", [Finding("Extra", "x")])
GOOD = CheckedVolume("l", [])


def shown(*volumes: CheckedVolume, full: bool = False) -> list[str]:
    return list(lines(VerifyResult(verifications=list(volumes)), full=full))


def test_ten_findings_of_a_volume() -> None:
    first = [f"\tMissing: {number}" for number in range(10)]
    assert shown(MANY, GOOD) == ["b: 13 errors", *first, "\t... and 3 more", ""]


def test_all_of_them() -> None:
    every = [f"\tMissing: {number}" for number in range(13)]
    assert shown(MANY, GOOD, full=True) == ["b: 13 errors", *every, "", "l: No errors"]


def test_what_is_extra_is_no_error() -> None:
    assert shown(EXTRA, GOOD) == ["Examined 2 files and found no errors"]
    assert code(VerifyResult(verifications=[EXTRA, GOOD])) == 0


def test_codes() -> None:
    assert code(VerifyResult(verifications=[GOOD])) == 0
    assert code(VerifyResult(verifications=[GOOD, MANY])) == 3
    assert code(VerifyResult()) == 100
