import pytest

from triplicati.options.commands import COMMANDS, find_command
from triplicati.options.declarations import Option, OptionType
from triplicati.options.help_text import main_screen, option_help, topic
from triplicati.options.help_topics import SUBJECTS, SYNONYMS
from triplicati.options.registry import ALIASES, REGISTRY

_WORDS = """
    help example examples changelog backup restore list find list-filesets list-folder-content
    list-folder-contents list-file-versions search search-files search-entries delete repair compact test
    verify test-filters test-filter affected compare create-report list-broken-files purge-broken-files purge
    vacuum sync set-locks setlocks read-lock-info readlockinfo send-mail system-info systeminfo
    controller-server
"""
COMMAND_WORDS = _WORDS.split()


def test_all_commands_are_known() -> None:
    assert sorted(COMMAND_WORDS) == sorted(name for c in COMMANDS for name in (c.name, *c.aliases))
    for word in COMMAND_WORDS:
        assert find_command(word.upper()) is not None
    assert find_command("recreate") is None


def test_the_commands_of_this_release() -> None:
    built = {command.name for command in COMMANDS if command.built}
    assert built == {"help", "backup", "restore", "list", "find", "compare", "repair"}


def test_one_option_in_full() -> None:
    option = Option(
        "some-size",
        OptionType.SIZE,
        "5mb",
        "A size of something.",
        "group",
        aliases=("size-of-some",),
        values=("5mb", "6mb"),
        unit="mb",
        deprecated="use another",
        state="inert",
        reason="it is an example",
    )
    assert option_help(option, 80).splitlines() == [
        "  --some-size (Size): A size of something.",
        "    No effect: it is an example.",
        "    Deprecated: use another.",
        "    Aliases: --size-of-some",
        "    Values: 5mb, 6mb",
        "    A number alone means: mb",
        "    Default: 5mb",
    ]


def test_what_is_not_built_says_so() -> None:
    assert "Not built yet: files are read from the live disk." in option_help(REGISTRY["snapshot-policy"], 80)
    assert "not built yet" in (topic("compact", 80) or "")
    assert "not built yet" not in (topic("backup", 80) or "")


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_wider_than_the_screen(width: int) -> None:
    texts = [main_screen(width), *(topic(name, width) or "" for name in ("options", "commands", *SUBJECTS))]
    assert [line for text in texts for line in text.splitlines() if len(line) > width] == []


@pytest.mark.parametrize(
    "name",
    [
        *(word for word in COMMAND_WORDS if word != "controller-server"),
        *REGISTRY,
        *ALIASES,
        *SUBJECTS,
        *SYNONYMS,
        "commands",
        "advanced",
        "options",
        "volumes",
        "--time",
        "BACKUP",
        "--dblock-size",
    ],
)
def test_every_topic_is_found(name: str) -> None:
    assert topic(name, 80)


def test_unknown_topics() -> None:
    assert topic("no-such-thing", 80) is None
    assert topic("controller-server", 80) is None
    assert topic("", 80) is None


def test_a_word_that_is_both_a_subject_and_an_option() -> None:
    assert (topic("time", 80) or "").startswith("Times")
    assert (topic("--time", 80) or "").startswith("  --time (DateTime)")


def test_the_main_screen_names_what_works() -> None:
    screen = main_screen(80)
    for command in COMMANDS:
        assert (f"\n  {command.name} " in screen) == command.built
    assert "sizes" in screen
    assert "returncodes" in screen


def test_the_list_of_options_is_complete() -> None:
    text = topic("advanced", 100) or ""
    assert [name for name in REGISTRY if f"--{name} (" not in text] == []
