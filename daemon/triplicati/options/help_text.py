"""What the help command prints (spec/cli.md 1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from textwrap import TextWrapper

from triplicati.options.command_texts import DETAILS, EXAMPLES
from triplicati.options.commands import COMMANDS, SECTIONS, Command, find_command
from triplicati.options.declarations import Option
from triplicati.options.help_modules import MODULES, options_of_module
from triplicati.options.help_topics import SUBJECTS, SYNONYMS
from triplicati.options.registry import REGISTRY, canonical_name

PROGRAM = "triplicati"
# Options that a subject is about, where the group has another name.
_GROUPS = {"logging": "log", "mail": "reports", "passwords": "secrets"}
_HANGING = re.compile(r"(?:[^ ]+, )*[^ ]+: |[^ ]+ [^ ]+: ")
# Within brackets a line is not to be broken.
BLANK_INSIDE = re.compile(r" (?=[^<>\[\]]*[>\]])")


PROGRAMS = (
    ("server", "Keep saved backups, run them by schedule, serve API and page."),
    ("control", "Steer a server that runs."),
    ("tray", "Show how the backups stand by an icon, with a menu."),
    ("service", "Let the server start with this computer, or with your session."),
    ("doctor", "Look at all that backups need here, and say how to mend it."),
    ("recover", "Get files back from a damaged destination, with nothing else."),
    ("webdav", "Show all versions of a backup as folders in your file manager."),
    ("backend", "List, fetch, send and delete files of a destination; test and measure it."),
    ("mirror", "Make one destination hold the same volumes as another one."),
)


def main_screen(width: int, further: Iterable[str] = ()) -> str:
    """The first screen: what a command line looks like, what can be done, and where to read on.

    `further` are subjects beside those known here.
    """
    built = [command.name for command in COMMANDS if command.built]
    subjects = ", ".join(["commands", "options", *sorted({*SUBJECTS, *further})])
    return "\n".join(
        [
            _usage("<command> [destination] [...] [--option=value ...]", width),
            "",
            *_sections(built, width),
            "Programs of their own",
            *(wrap(f"  {name:19}  {text}", width, "", " " * 23) for name, text in PROGRAMS),
            "",
            wrap(f"help <topic> explains a command, an option or a subject: {subjects}.", width),
            wrap(f"The options are grouped, as in help restore or help log: {', '.join(groups())}.", width),
            "",
            "Example:",
            *examples("backup", width, 1),
        ]
    )


def topic(name: str, width: int) -> str | None:
    """The help on `name`: a command, a subject, a module, an option or a group of options; None if there is
    none.

    A leading "--" means the option.
    """
    key = name.lower().removeprefix("--")
    option = REGISTRY.get(canonical_name(key))
    if name.startswith("--"):
        return option_help(option, width) if option is not None else None
    command = find_command(key)
    if command is not None and not command.hidden:
        return _command_help(command, width)
    if key in MODULES:
        return _module_help(key, width)
    parts = [_subject_help(SYNONYMS.get(key, key), width)]
    if option is not None:
        parts.append(option_help(option, width))
    return "\n\n".join(filter(None, parts)) or None


def option_help(option: Option, width: int) -> str:
    """``--name (Type): summary``, then indented what else there is to say."""
    lines = [wrap(f"--{option.name} ({option.type.value}): {option.summary}", width, "  ", "    ")]
    lines += [wrap(fact, width, "    ", "      ") for fact in facts(option)]
    return "\n".join(lines)


def options_help(names: Iterable[str], width: int) -> Iterator[str]:
    return (option_help(REGISTRY[name], width) for name in names)


def facts(option: Option) -> list[str]:
    """What there is to know about an option beyond its summary, a line each."""
    found = []
    if option.state == "refused":
        found.append(f"Not built yet: {option.reason}.")
    if option.state == "inert":
        found.append(f"No effect: {option.reason}.")
    if option.deprecated:
        found.append(f"Deprecated: {option.deprecated.rstrip('.')}.")
    if option.aliases:
        found.append(f"Aliases: {', '.join(f'--{alias}' for alias in option.aliases)}")
    if option.values:
        found.append(f"Values: {', '.join(option.values)}")
    if option.unit != "b":
        found.append(f"A number alone means: {option.unit}")
    if option.default:
        found.append(f"Default: {option.default}")
    return found


def paragraphs(text: str, width: int, indent: str = "") -> Iterator[str]:
    """One for each line, prose with a blank line in front; a line of a list hangs under its word, and one
    that starts with two blanks stays as it is."""
    for number, line in enumerate(text.splitlines()):
        if line.startswith("  "):
            yield f"{indent}{line}"
        elif is_list_line(line):
            yield wrap(line, width, indent, f"{indent}    ")
        else:
            yield "\n" * bool(number) + wrap(line, width, indent, indent)


def is_list_line(line: str) -> bool:
    """Whether a paragraph explains a word in front of a colon."""
    return _HANGING.match(line) is not None


def examples(command: str, width: int, most: int | None = None) -> Iterator[str]:
    """Command lines that can be copied even where they are broken."""
    for line in EXAMPLES[command][:most]:
        yield " \\\n".join(wrap(f"{PROGRAM} {line}", width - 2, "  ", "      ").split("\n"))


def groups() -> list[str]:
    return list(dict.fromkeys(option.group for option in REGISTRY.values()))


def group_names(group: str) -> list[str]:
    return [option.name for option in REGISTRY.values() if option.group == group]


def wrap(text: str, width: int, first: str = "", rest: str = "") -> str:
    wrapper = TextWrapper(
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
        drop_whitespace=True,
    )
    return wrapper.fill(text)


def usage(command: Command, width: int) -> str:
    options = "" if command.static else "[--option=value ...]"
    return _usage(" ".join(filter(None, [command.name, command.usage, options])), width)


def _usage(text: str, width: int) -> str:
    whole = BLANK_INSIDE.sub("\xa0", f"Usage: {PROGRAM} {text}")
    return wrap(whole, width, "", "    ").replace("\xa0", " ")


def _command_help(command: Command, width: int) -> str:
    lines = [usage(command, width), "", wrap(command.summary, width)]
    if command.name in DETAILS:
        lines += ["", *paragraphs(DETAILS[command.name], width)]
    if command.aliases:
        lines += ["", f"Also written: {', '.join(command.aliases)}"]
    if not command.built:
        lines += ["", "This command is known but not built yet."]
    count = len(EXAMPLES[command.name])
    lines += ["", "Example:" if count == 1 else "Examples:", *examples(command.name, width)]
    if command.options:
        lines += ["", 'Options used most ("help options" lists all):']
        lines += options_help(command.options, width)
    return "\n".join(lines)


def _module_help(key: str, width: int) -> str:
    title, text = MODULES[key]
    lines = [f"{title} ({key})", *paragraphs(text, width, "  ")]
    if names := options_of_module(key):
        lines += ["", "Options:", *options_help(names, width)]
    return "\n".join(lines)


def _subject_help(key: str, width: int) -> str:
    if key == "commands":
        visible = [command.name for command in COMMANDS if not command.hidden]
        return "\n".join(_sections(visible, width)).rstrip()
    if key == "options":
        return "\n\n".join(_group_help(group, width) for group in groups())
    parts = []
    if key in SUBJECTS:
        title, text = SUBJECTS[key]
        parts.append("\n".join([title, *paragraphs(text, width, "  ")]))
    group = _GROUPS.get(key, key)
    if group in groups():
        parts.append(_group_help(group, width))
    return "\n\n".join(parts)


def _group_help(group: str, width: int) -> str:
    return "\n".join([f"Options: {group}", *options_help(group_names(group), width)])


def _sections(shown: Iterable[str], width: int) -> Iterator[str]:
    """The commands among `shown` below their headings, a blank line after each."""
    chosen = set(shown)
    column = max(map(len, chosen)) + 4
    for heading, names in SECTIONS:
        lines = [_command_line(name, column, width) for name in names if name in chosen]
        if lines:
            yield from (heading, *lines, "")


def _command_line(name: str, column: int, width: int) -> str:
    command = find_command(name)
    assert command is not None
    note = "" if command.built else " (not built yet)"
    return wrap(f"  {name:{column - 2}}{command.summary}{note}", width, "", " " * column)
