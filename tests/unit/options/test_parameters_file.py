"""Parameters files (spec/cli.md 2.5)."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import FiltersGivenTwice, UsageError
from triplicati.options.parameters_file import (
    decode_parameters,
    parse_parameters,
    with_parameters,
)
from triplicati.options.parser import Arguments, FilterText, parse_arguments

ENVIRONMENT = {"HOME": "/home/me"}


def applied(text: str, *words: str) -> Arguments:
    return with_parameters(parse_arguments(words), parse_parameters(text, ENVIRONMENT, ":"), "options.txt")


def test_options_of_the_file_go_before_those_of_the_command_line() -> None:
    arguments = applied(
        "--prefix=file\r\n\r--DryRun\n\n  --tempdir=\"/a b\"  \n--passphrase=",
        "list",
        "url",
        "--prefix=line",
        "--version=3",
        "--parameters-file=options.txt",
    )
    assert arguments == Arguments(
        "list",
        ("url",),
        {"prefix": "file", "dry-run": None, "tempdir": "/a b", "passphrase": "", "version": "3"},
        (),
    )


@pytest.mark.parametrize("line", ["# a remark", "; --prefix=x", "-prefix=x", "backup", "@file", "prefix=x"])
def test_a_line_that_is_no_option_is_passed_over(line: str) -> None:
    assert applied(f"{line}\n--version=1", "list", "url").options == {"version": "1"}


def test_a_file_names_no_other_file() -> None:
    assert applied("--parameterfile=other", "list", "url").options == {}


def test_an_option_of_the_program_itself() -> None:
    with pytest.raises(UsageError, match="main-action"):
        applied("--main-action=Backup", "list", "url")


@pytest.mark.parametrize(
    ("words", "positionals"),
    [
        (("backup", "url", "/a"), ("target", "/a", "/b", "/c")),
        (("backup",), ("target", "/b", "/c")),
        (("restore", "url", "*.txt"), ("target", "*.txt")),
        (("list",), ("target",)),
        (("test-filters", "/a"), ("/a", "/b", "/c")),
        (("test-filter",), ("/b", "/c")),
    ],
)
def test_sources_and_target(words: tuple[str, ...], positionals: tuple[str, ...]) -> None:
    arguments = applied("--source=/b\n--target=target\n--source=\"/c\"\n--source=", *words)
    assert arguments.positionals == positionals
    assert arguments.options == {}


def test_the_last_target_wins_and_an_empty_one_is_none() -> None:
    assert applied("--target=a\n--target=b", "list", "url").positionals == ("b",)
    assert applied("--target=", "list", "url").positionals == ("url",)


def test_filters_of_the_file() -> None:
    arguments = applied("--exclude=%HOME%/x\n--include=*.txt\n--exclude= \n--include=", "backup", "u", "/a")
    assert arguments.filters == (FilterText(False, "/home/me/x"), FilterText(True, "*.txt"))
    # Empty ones stay options that nobody knows, as on the command line; the line was trimmed before.
    assert arguments.options == {"exclude": "", "include": ""}


def test_filters_in_both_places_are_refused() -> None:
    with pytest.raises(FiltersGivenTwice, match=r"options\.txt") as caught:
        applied("--exclude=*.tmp", "backup", "u", "/a", "--include=*.txt")
    assert caught.value.exit_code == 100


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["--append-filter=-*.b"], ["+*.a", "-*.b"]),
        (["--prepend-filter=-*.b:+*.c"], ["-*.b", "+*.c", "+*.a"]),
        (["--append-filter=-*.z", "--prepend-filter=-*.b"], ["-*.b", "+*.a", "-*.z"]),
        (["--replace-filter=-*.r", "--append-filter=-*.z"], ["-*.r"]),
        (["--replace-filter="], []),
        (["--append-filter=no sign:-%HOME%/x"], ["+*.a", "-/home/me/x"]),
        (["--append-filter=-[a:b]:-{Temp:Cache}"], ["+*.a", "-[a:b]", "-{Temp:Cache}"]),
    ],
)
def test_lists_of_filters(lines: list[str], expected: list[str]) -> None:
    arguments = applied("\n".join(lines), "backup", "u", "/a", "--include=*.a")
    assert [f"{'+' if each.include else '-'}{each.text}" for each in arguments.filters] == expected
    assert arguments.options == {}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (codecs.BOM_UTF8 + "ü".encode(), "ü"),
        (codecs.BOM_UTF16_LE + "ü".encode("utf-16-le"), "ü"),
        (codecs.BOM_UTF16_BE + "ü".encode("utf-16-be"), "ü"),
        (codecs.BOM_UTF32_LE + "ü".encode("utf-32-le"), "ü"),
        (codecs.BOM_UTF32_BE + "ü".encode("utf-32-be"), "ü"),
        ("ü".encode(), "ü"),
        ("ü".encode("latin-1"), "ü"),
        (b"", ""),
        # The probe ends within a letter.
        (b"x" * 4095 + "ü".encode(), "x" * 4095 + "ü"),
        # No UTF-8 after the probe: bytes as a command line has them.
        (b"x" * 4096 + b"\xff", "x" * 4096 + "\udcff"),
        (b"\xc3", "Ã"),
    ],
)
def test_the_encoding(content: bytes, text: str) -> None:
    assert decode_parameters(content, "latin-1") == text


def test_printing_shows_no_values() -> None:
    parameters = parse_parameters("--passphrase=hidden\n--target=s3://b?k=hidden", {})
    assert "hidden" not in repr(parameters)
    assert "hidden" not in repr(with_parameters(parse_arguments(["list", "u"]), parameters, "x"))


_LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(_LINES), st.sampled_from(["\n", "\r", "\r\n", "\n\n"]))
def test_a_file_means_what_the_same_words_mean(lines: list[str], end: str) -> None:
    """Every line that survives trimming, as a word of the command line."""
    words = [line.strip() for text in lines for line in text.replace("\r", "\n").split("\n")]
    options = [word for word in words if word.startswith("--")]
    names = [word[2:].partition("=")[0].lower() for word in options]
    if {"source", "target", "main-action"} & set(names) or any(name.endswith("-filter") for name in names):
        return
    expected = parse_arguments(["list", "url", *options], ENVIRONMENT)
    parsed = parse_parameters(end.join(lines), ENVIRONMENT)
    assert (parsed.options, parsed.filters) == (expected.options, expected.filters)


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "latin-1", "cp1252", "ascii"]))
def test_no_file_is_too_odd(content: bytes, encoding: str) -> None:
    text = decode_parameters(content, encoding)
    try:
        parse_parameters(text, ENVIRONMENT)
    except UsageError:
        assert "main-action" in text.lower()
