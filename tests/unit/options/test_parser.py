"""The rules of spec/cli.md 2.1 and the help words of 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import UsageError
from triplicati.options.parser import Arguments, FilterText, expand_variables, parse_arguments


def test_options_may_stand_anywhere() -> None:
    assert parse_arguments(["--a=1", "BACKUP", "--b=2", "file:///x", "/Src", "--c"]) == Arguments(
        "backup", ("file:///x", "/Src"), {"a": "1", "b": "2", "c": None}, ()
    )


@pytest.mark.parametrize(
    ("argument", "name", "value"),
    [
        ("--Prefix=AbC", "prefix", "AbC"),
        ("--x=a=b", "x", "a=b"),
        ("--=x", "", "x"),
        ("--", "", None),
        ("--x", "x", None),
        ("--x=", "x", ""),
        ('--x="a b"', "x", "a b"),
        ('--x=""', "x", ""),
        ('--x="', "x", '"'),
        ('--x=""a""', "x", '"a"'),
        ("--DryRun", "dry-run", None),
        ("--full-results=true", "full-result", "true"),
    ],
)
def test_one_option(argument: str, name: str, value: str | None) -> None:
    assert parse_arguments(["list", argument]).options == {name: value}


def test_a_value_after_a_blank_is_a_positional() -> None:
    arguments = parse_arguments(["list", "url", "--version", "3", "-x"])
    assert arguments.options == {"version": None}
    assert arguments.positionals == ("url", "3", "-x")


def test_the_last_option_wins_also_under_an_alias() -> None:
    assert parse_arguments(["list", "--dry-run=true", "--dryrun=false"]).options == {"dry-run": "false"}


def test_filters_keep_their_order() -> None:
    words = ["--exclude=*.TMP", "--Include=/a b/", '--exclude="{Group}"', "--exclude=  "]
    arguments = parse_arguments(["backup", *words])
    assert arguments.filters == (
        FilterText(False, "*.TMP"),
        FilterText(True, "/a b/"),
        FilterText(False, "{Group}"),
    )
    assert arguments.options == {}


def test_an_empty_filter_stays_an_unknown_option() -> None:
    arguments = parse_arguments(["backup", "--include=", "--exclude"])
    assert arguments.filters == ()
    assert arguments.options == {"include": "", "exclude": None}


def test_variables_in_filters_are_filled_in() -> None:
    arguments = parse_arguments(["backup", "--exclude=%HOME%/x", "--prefix=%HOME%"], {"HOME": "/home/me"})
    assert arguments.filters == (FilterText(False, "/home/me/x"),)
    assert arguments.options == {"prefix": "%HOME%"}
    assert expand_variables("100% %NO% %A%%A%", {"A": "b"}) == "100% %NO% bb"


@pytest.mark.parametrize(
    ("argv", "topics"),
    [
        ([], ()),
        (["help"], ()),
        (["HELP", "backup"], ("backup",)),
        (["backup", "url", "-h"], ("backup", "url")),
        (["/h"], ()),
        (["usage", "sizes"], ("sizes",)),
        (["--blocksize"], ("blocksize",)),
        (["--dryrun=1"], ("dry-run",)),
        (["--help"], ()),
        (["backup", "--help"], ("backup",)),
        (["--a", "--b"], ()),
    ],
)
def test_what_asks_for_help(argv: list[str], topics: tuple[str, ...]) -> None:
    arguments = parse_arguments(argv)
    assert (arguments.command, arguments.positionals) == ("help", topics)


def test_help_as_an_option_of_a_full_command_is_no_help() -> None:
    assert parse_arguments(["list", "url", "--help"]) == Arguments("list", ("url",), {"help": None}, ())


def test_an_option_of_the_program_itself() -> None:
    with pytest.raises(UsageError, match="main-action") as caught:
        parse_arguments(["backup", "--Main-Action=Backup"])
    assert caught.value.exit_code == 200


@given(st.lists(st.text(max_size=8)))
def test_every_word_has_its_place(words: list[str]) -> None:
    arguments = parse_arguments(["list", *words])
    plain = [word for word in words if not word.startswith("--")]
    if arguments.command == "list":
        assert list(arguments.positionals) == plain
    assert len(arguments.options) + len(arguments.filters) <= len(words) - len(plain)
