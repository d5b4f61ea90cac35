import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.values.sizes import format_size, has_unit, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("10", 10485760),
        ("10b", 10),
        ("1 GB", 1073741824),
        ("1gib", 1073741824),
        ("2tb", 2199023255552),
        ("-1mb", -1048576),
        ("+3Kb", 3072),
        ("100kb", 102400),
        ("7 MiB", 7340032),
        (" 5 tib ", 5 * 1024**4),
        ("", 0),
        ("  ", 0),
    ],
)
def test_sizes_of_the_specification(text: str, size: int) -> None:
    assert parse_size(text, "mb") == size


@pytest.mark.parametrize(
    "text", ["1.5gb", "5k", "10m", "1,000mb", "mb", "1 2mb", "٣mb", "9" * 30, "9000000000tb"]
)
def test_not_a_size(text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse_size(text, "mb")
    assert caught.value.details["value"] == text


@given(
    st.integers(0, 10**6),
    st.sampled_from([("b", 0), ("KB", 1), ("kib", 1), ("Mb", 2), ("MiB", 2), ("gb", 3), ("TB", 4)]),
    st.sampled_from(["", " ", "  "]),
)
def test_every_unit_is_a_power_of_1024(number: int, unit: tuple[str, int], blank: str) -> None:
    name, power = unit
    assert parse_size(f"{number}{blank}{name}") == number * 1024**power
    assert parse_size(f"-{number}{blank}{name}") == -number * 1024**power


@given(st.integers(-(2**40), 2**40), st.sampled_from(["b", "kb", "mb"]))
def test_the_unit_of_a_bare_number_is_the_options(number: int, unit: str) -> None:
    assert parse_size(str(number), unit) == parse_size(f"{number}{unit}")


def test_whether_a_size_names_its_unit() -> None:
    assert has_unit("10b")
    assert not has_unit("10 ")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.00 KiB"),
        (1536, "1.50 KiB"),
        (35567698, "33.92 MiB"),
        (1023 * 1024, "1,023.00 KiB"),
        (270582939648, "252.00 GiB"),
        (2048 * 1024**4, "2,048.00 TiB"),
        (-2048, "-2.00 KiB"),
    ],
)
def test_printed_sizes(size: int, text: str) -> None:
    assert format_size(size) == text


@given(st.integers(0, 2**62))
def test_a_printed_size_is_right_to_its_last_digit(size: int) -> None:
    number, unit = format_size(size).split()
    power = {"bytes": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4}[unit]
    assert abs(float(number.replace(",", "")) * 1024**power - size) <= 0.0051 * 1024**power
