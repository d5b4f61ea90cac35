"""What the help command prints (spec/cli.md 1.3)."""

from __future__ import annotations

from textwrap import TextWrapper

from triplicati.options.commands import COMMANDS, Command, find_command
from triplicati.options.declarations import Option
from triplicati.options.help_topics import SUBJECTS, SYNONYMS
from triplicati.options.registry import REGISTRY, canonical_name


def main_screen(width: int) -> str:
    """The first screen: how a command line looks, what can be done, and where to read on."""
    usage = "Usage: <command> [destination] [...] [--option=value ...]"
    topics = ", ".join(["commands", "options", *SUBJECTS])
    return "\n".join(
        [
            usage,
            "",
            "Commands:",
            *_command_lines([command for command in COMMANDS if command.built], width),
            "",
            _wrap(f"help <topic> explains a command, an option, or one of: {topics}.", width),
            _wrap(f"The options are grouped: {', '.join(_groups())}.", width),
            "",
            'Example: backup file:///mnt/disk/backup /home/me "--exclude=*.tmp"',
        ]
    )


def topic(name: str, width: int) -> str | None:
    """The help on `name`: a command, a subject, an option or a group of options; None if there is none.

    A leading "--" is ignored, for options are looked up that way too.
    """
    key = name.lower().removeprefix("--")
    command = find_command(key) if not name.startswith("--") else None
    if command is not None and not command.hidden:
        return _command_help(command, width)
    option = REGISTRY.get(canonical_name(key))
    if option is not None and (key not in SYNONYMS or name.startswith("--")):
        return option_help(option, width)
    key = SYNONYMS.get(key, key)
    if key == "commands":
        return "\n".join(["Commands:", *_command_lines(COMMANDS, width)])
    if key == "options":
        return "\n\n".join(_group_help(group, width) for group in _groups())
    parts = [_subject(key, width)] if key in SUBJECTS else []
    if key in _groups():
        parts.append(_group_help(key, width))
    return "\n\n".join(parts) or None


def option_help(option: Option, width: int) -> str:
    """``--name (Type): summary``, then indented what else there is to say."""
    lines = [_wrap(f"--{option.name} ({option.type.value}): {option.summary}", width, "  ", "    ")]
    lines += [_wrap(fact, width, "    ", "      ") for fact in _facts(option)]
    return "\n".join(lines)


def _facts(option: Option) -> list[str]:
    facts = []
    if option.state == "refused":
        facts.append(f"Not built yet: {option.reason}.")
    if option.state == "inert":
        facts.append(f"No effect: {option.reason}.")
    if option.deprecated:
        facts.append(f"Deprecated: {option.deprecated}.")
    if option.aliases:
        facts.append(f"Aliases: {', '.join(f'--{alias}' for alias in option.aliases)}")
    if option.values:
        facts.append(f"Values: {', '.join(option.values)}")
    if option.unit != "b":
        facts.append(f"A number alone means: {option.unit}")
    if option.default:
        facts.append(f"Default: {option.default}")
    return facts


def _command_help(command: Command, width: int) -> str:
    usage = " ".join(filter(None, [command.name, command.usage, "[--option=value ...]"]))
    lines = [_wrap(f"Usage: {usage}", width, "", "    "), "", _wrap(command.summary, width)]
    if command.aliases:
        lines.append(f"Also written: {', '.join(command.aliases)}")
    if not command.built:
        lines.append("This command is known but not built yet.")
    if command.options:
        lines += ["", "Most used options (help options lists all):"]
        lines += [option_help(REGISTRY[name], width) for name in command.options]
    return "\n".join(lines)


def _command_lines(commands: list[Command] | tuple[Command, ...], width: int) -> list[str]:
    shown = [command for command in commands if not command.hidden]
    column = max(len(command.name) for command in shown) + 4
    return [
        _wrap(
            f"  {command.name:{column - 2}}{command.summary}{'' if command.built else ' (not built yet)'}",
            width,
            "",
            " " * column,
        )
        for command in shown
    ]


def _group_help(group: str, width: int) -> str:
    entries = [option_help(option, width) for option in REGISTRY.values() if option.group == group]
    return "\n".join([f"Options: {group}", *entries])


def _groups() -> list[str]:
    return list(dict.fromkeys(option.group for option in REGISTRY.values()))


def _subject(key: str, width: int) -> str:
    title, text = SUBJECTS[key]
    return "\n".join([title, *(_wrap(line, width, "  ", "  ") for line in text.splitlines())])


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> str:
    wrapper = TextWrapper(
        max(width, 40),
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
        drop_whitespace=True,
    )
    return wrapper.fill(text)
