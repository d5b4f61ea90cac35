import importlib
import shlex

import pytest

from triplicati.options.command_texts import DETAILS, EXAMPLES
from triplicati.options.commands import COMMANDS, SECTIONS, Command, find_command
from triplicati.options.declarations import Option, OptionType
from triplicati.options.help_modules import MODULES, options_of_module
from triplicati.options.help_text import main_screen, option_help, paragraphs, topic, usage
from triplicati.options.help_topics import SUBJECTS, SYNONYMS
from triplicati.options.module_keys import MODULE_KEYS
from triplicati.options.parser import parse_arguments
from triplicati.options.registry import ALIASES, REGISTRY

# Those of Duplicati.
_WORDS = """
    help example examples changelog backup restore list find list-filesets list-folder-content
    list-folder-contents list-file-versions search search-files search-entries delete repair compact test
    verify test-filters test-filter affected compare create-report list-broken-files purge-broken-files purge
    vacuum sync set-locks setlocks read-lock-info readlockinfo send-mail system-info systeminfo
    controller-server
"""
COMMAND_WORDS = _WORDS.split()


OURS = {"completion", "man", "re-encrypt", "reencrypt"}
VISIBLE = [command for command in COMMANDS if not command.hidden]


def test_all_commands_are_known() -> None:
    known = {name for c in COMMANDS for name in (c.name, *c.aliases)}
    assert sorted(known - OURS) == sorted(COMMAND_WORDS)
    for word in COMMAND_WORDS:
        assert find_command(word.upper()) is not None
    assert find_command("recreate") is None


@pytest.mark.parametrize("command", [c for c in VISIBLE if c.built], ids=lambda command: command.name)
def test_a_command_that_is_built_has_its_module(command: Command) -> None:
    module = importlib.import_module(f"triplicati.cli.{command.module}")
    assert callable(module.show if command.static else module.run)


def test_every_command_has_its_place_and_an_example() -> None:
    assert sorted(name for _, names in SECTIONS for name in names) == sorted(c.name for c in VISIBLE)
    assert EXAMPLES.keys() == {command.name for command in VISIBLE}
    assert DETAILS.keys() <= EXAMPLES.keys()
    assert {name for command in VISIBLE for name in command.options} <= REGISTRY.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_uses_only_what_there_is(name: str) -> None:
    for line in EXAMPLES[name]:
        arguments = parse_arguments(shlex.split(line.split(" >")[0]))
        assert arguments.command == name
        assert arguments.options.keys() <= REGISTRY.keys() or name == "help"


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
    assert "Not built yet: " in option_help(REGISTRY["parity-module"], 80)
    assert "not built yet" not in (topic("backup", 80) or "")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_screen(width: int) -> None:
    names = ("options", "commands", *SUBJECTS, *MODULES, *(command.name for command in VISIBLE))
    texts = [main_screen(width), *(topic(name, width) or "" for name in names)]
    lines = [line for text in texts for line in text.splitlines() if len(line) > width]
    # A single word is never broken.
    assert [line for line in lines if len(line.split()) > 1] == []


def test_paragraphs() -> None:
    text = "First of all.\nA list:\none: a word\nkill -USR1: two words\nAnd then more of it.\n  as  it is"
    assert "\n".join(paragraphs(text, 18, "  ")).splitlines() == [
        "  First of all.",
        "",
        "  A list:",
        "  one: a word",
        "  kill -USR1: two",
        "      words",
        "",
        "  And then more of",
        "  it.",
        "    as  it is",
    ]


def test_brackets_are_not_broken() -> None:
    command = find_command("backup")
    assert command is not None
    assert usage(command, 62).splitlines() == [
        "Usage: triplicati backup <destination> <source> [source ...]",
        "    [--option=value ...]",
    ]


def test_a_command_in_full() -> None:
    text = (topic("find", 80) or "").splitlines()
    assert text[:9] == [
        "Usage: triplicati find <destination> [file ... | version | time]",
        "    [--option=value ...]",
        "",
        "Find files in all versions.",
        "",
        "As list, but in all versions: each file is shown with its size in each version.",
        "",
        "Example:",
        "  triplicati find file:///mnt/disk/backup '*letter*'",
    ]
    assert "  --version (String): Work on these versions" in "\n".join(text)


def test_every_module_key_is_explained() -> None:
    assert set(MODULE_KEYS) <= MODULES.keys()
    assert options_of_module("sendmail")[0] == "send-mail-to"
    assert options_of_module("zip")
    assert options_of_module("common-options")
    assert (topic("sendmail", 80) or "").startswith("Reports by mail (sendmail)\n")
    assert "--gpg-program-path (Path)" in (topic("gpg", 80) or "")


@pytest.mark.parametrize(
    "name",
    [
        *(word for word in COMMAND_WORDS if word != "controller-server"),
        *REGISTRY,
        *ALIASES,
        *SUBJECTS,
        *SYNONYMS,
        *MODULES,
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
    assert "\n\n  --time (DateTime)" in (topic("time", 80) or "")
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


def test_what_stands_in_for_a_deprecated_option_ends_with_one_full_stop() -> None:
    option = Option("old", OptionType.STRING, None, "It was.", "group", deprecated="Use --new.")
    assert "Deprecated: Use --new." in option_help(option, 80)
    assert ".." not in option_help(option, 80)
