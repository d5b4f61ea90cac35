"""Values as a user types them, with the traps of spec/cli.md 10: words in, meaning out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from triplicati.engine.from_options import moment
from triplicati.errors import InvalidValue, MultipleRetentionOptionsNotSupported
from triplicati.options.option_values import OptionValues
from triplicati.options.parser import parse_arguments
from triplicati.options.registry import REGISTRY, with_canonical_names
from triplicati.options.validation import validate
from triplicati.options.value_checks import problem_with
from triplicati.values.urls import parse_url

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MB, KB, GB = 1024**2, 1024, 1024**3


def values(*words: str) -> OptionValues:
    return OptionValues(parse_arguments(["list", "url", *words]).options)


def warnings(*words: str) -> list[str]:
    return [warning.id for warning in validate(parse_arguments(["list", "url", *words]).options)]


@pytest.mark.parametrize(
    ("unit", "names"),
    [
        (
            "mb",
            "dblock-size skip-files-larger-than quota-size small-file-size restore-cache-max "
            "restore-volume-cache-hint",
        ),
        ("kb", "blocksize throttle-upload throttle-download"),
        ("gb", "restore-volume-cache-min-free"),
    ],
)
def test_what_a_bare_number_means(unit: str, names: str) -> None:
    """3.1, trap 8; it earns a warning, since it means something else for each option."""
    for name in names.split():
        assert REGISTRY[name].unit == unit, name
        assert values(f"--{name}=7").size(name) == 7 * {"kb": KB, "mb": MB, "gb": GB}[unit]
        assert values(f"--{name}=7B").size(name) == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-2M", datetime(2026, 9, 30, 12, tzinfo=UTC)),
        ("2M", datetime(2027, 1, 30, 12, tzinfo=UTC)),
        ("3M", datetime(2027, 2, 28, 12, tzinfo=UTC)),
        ("-1Y9M", datetime(2025, 2, 28, 12, tzinfo=UTC)),
        ("-90", NOW - timedelta(seconds=90)),
        ("1600000000", NOW + timedelta(seconds=1_600_000_000)),
        ("now", NOW),
        ("20261124T120200Z", datetime(2026, 11, 24, 12, 2, tzinfo=UTC)),
        ("2009-03-26T08:30:00+01:00", datetime(2009, 3, 26, 7, 30, tzinfo=UTC)),
    ],
)
def test_times(text: str, expected: datetime) -> None:
    """3.3, trap 6: forward unless a minus says otherwise, months by the calendar (trap 7)."""
    given = values(f"--time={text}")
    assert moment(given, NOW) == expected.timestamp()
    assert warnings(f"--time={text}") == []


@pytest.mark.parametrize("text", ["1d", "1H", "2m3d", "--2M", "-", "- "])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(InvalidValue):
        moment(values(f"--time={text}"), NOW)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1M", 30 * 86400), ("1Y", 365 * 86400), ("5m", 300), ("1D-1s", 86399), ("", 60), ("45", 45)],
)
def test_lengths_of_time_have_months_of_thirty_days(text: str, seconds: int) -> None:
    """3.2, traps 7 and 8; an empty value is the default."""
    given = values(f"--run-script-timeout={text}")
    assert given.timespan("run-script-timeout").total_seconds() == seconds


@pytest.mark.parametrize("text", ["1d", "1H", "10s5", "D", "1.5h"])
def test_what_is_no_length_of_time(text: str) -> None:
    assert warnings(f"--retry-delay={text}") == ["OptionValidationError"]


@pytest.mark.parametrize(
    ("text", "good"),
    [("1.5", True), ("1", True), ("+2.0", True), ("-1", True), ("1,5", False), ("1e3", False), ("٣", False)],
)
def test_decimals_have_a_point(text: str, good: bool) -> None:
    """3.6."""
    assert (problem_with(REGISTRY["backup-test-percentage"], text) is None) is good


@pytest.mark.parametrize(
    ("text", "meaning", "warned"),
    [
        (None, True, False),
        ("", True, False),
        ("TRUE", True, False),
        (" on ", True, False),
        ("1", True, False),
        ("Off", False, False),
        ("no", False, False),
        ("0", False, False),
        ("nein", True, True),
        ("2", True, True),
    ],
)
def test_switches(text: str | None, meaning: bool, warned: bool) -> None:
    """2.2: what is not understood is on, and said."""
    word = "--dry-run" if text is None else f"--dry-run={text}"
    assert values(word).boolean("dry-run") is meaning
    assert warnings(word) == (["OptionValidationError"] if warned else [])


def test_enumerations_fall_back_to_their_default() -> None:
    """3.6: any case; anything else is the default, and said."""
    assert values("--index-file-policy=lookup").choice("index-file-policy") == "Lookup"
    assert values("--index-file-policy=Look").choice("index-file-policy") == "Full"
    assert warnings("--index-file-policy=Look") == ["OptionValidationError"]


def test_a_value_behind_a_blank_is_a_positional() -> None:
    """Trap 1."""
    arguments = parse_arguments(["list", "url", "--version", "3"])
    assert (arguments.positionals, arguments.options) == (("url", "3"), {"version": None})


def test_names_in_an_address_are_case_sensitive() -> None:
    """Trap 17: those of the command line are not."""
    assert values("--DBLOCK-SIZE=10mb").size("dblock-size") == 10 * MB
    query = with_canonical_names(parse_url("file:///x?Prefix=a&dryrun=1").query)
    assert query == {"Prefix": "a", "dry-run": "1"}
    assert [warning.id for warning in validate({"Prefix": "a"})] == ["UnsupportedOption"]


def test_aliases_and_names_that_are_silently_ignored() -> None:
    """Traps 5 and 18."""
    given = values("--dryrun", "--full-results=yes", "--asynchronous-concurrent-upload-limit=3")
    assert given.boolean("dry-run")
    assert given.boolean("full-result")
    assert given.integer("asynchronous-upload-limit") == 3
    assert warnings("--remote-volume-size=1gb", "--quiet-console") == []
    assert not values("--remote-volume-size=1gb").given("dblock-size")


def test_a_passphrase_without_a_value_is_an_empty_one() -> None:
    """Trap 25: it keeps the prompt away."""
    secret = values("--passphrase").secret("passphrase")
    assert secret is not None
    assert not secret


def test_two_kinds_of_retention_end_any_command() -> None:
    """Trap 34."""
    with pytest.raises(MultipleRetentionOptionsNotSupported):
        warnings("--keep-versions=1", "--keep-time=1M")
    assert warnings("--keep-versions=0", "--keep-time=1M") == []
