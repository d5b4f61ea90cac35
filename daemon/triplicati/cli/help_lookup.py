"""Everything that help can explain: what the options know, and kinds of destinations and filter groups."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.options.commands import COMMANDS
from triplicati.options.help_modules import MODULES
from triplicati.options.help_text import groups, option_help, paragraphs, topic, wrap
from triplicati.options.help_topics import SUBJECTS
from triplicati.options.registry import REGISTRY

# Subjects of this module, with their other words.
FURTHER = ("filter-groups",)
_FILTER_GROUPS = frozenset({"filter-groups", "filter-group", "filtergroups", "filtergroup", "groups"})


def lookup(name: str, width: int) -> str | None:
    """The help on `name`, None where there is none."""
    key = name.lower()
    if key == "env":  # the variables of the program, and the provider that reads secrets from variables
        return "\n\n".join(filter(None, (topic("environment", width), topic("secrets", width))))
    if key in _FILTER_GROUPS:
        return "\n".join(_filter_groups(width))
    found = topic(name, width)
    if key in ("destinations", "destination", "backends", "backend") and found is not None:
        return f"{_kinds(width)}\n\n{found}"
    return found or _destination(key, width) or _destination_option(key, width)


def all_topics() -> list[str]:
    """For a shell that completes them. Other words for the same are left out, and so are destinations, which
    take long to load."""
    commands = [command.name for command in COMMANDS if not command.hidden]
    return sorted({*commands, "commands", "options", *SUBJECTS, *FURTHER, *MODULES, *groups(), *REGISTRY})


def _kinds(width: int) -> str:
    from triplicati.storage.registry import offered_schemes, summary_of  # noqa: PLC0415

    lines = ["Kinds of destinations"]
    lines += [wrap(f"{scheme}: {summary_of(scheme)}", width, "  ", "    ") for scheme in offered_schemes()]
    return "\n".join(lines)


def _destination(scheme: str, width: int) -> str | None:
    from triplicati.storage.registry import (  # noqa: PLC0415
        destination_options,
        known_schemes,
        summary_of,
    )

    scheme = scheme.removesuffix("://")
    if scheme not in known_schemes():
        return None
    lines = [f"{scheme}://", *paragraphs(summary_of(scheme), width, "  ")]
    lines.append(
        wrap("How addresses are written, and options of all kinds: help destinations.", width, "  ", "  ")
    )
    if options := destination_options(scheme):
        lines += ["", "Options:", *(option_help(option, width) for option in options)]
    return "\n".join(lines)


def _destination_option(name: str, width: int) -> str | None:
    """Options that only one kind of destination declares."""
    from triplicati.storage.registry import destination_options, known_schemes  # noqa: PLC0415

    wanted = name.removeprefix("--")
    for scheme in known_schemes():
        for option in destination_options(scheme):
            if wanted in (option.name, *option.aliases):
                return f"{option_help(option, width)}\n    For destinations of the kind {scheme}://"
    return None


def _filter_groups(width: int) -> Iterator[str]:
    from triplicati.errors import InvalidFilter  # noqa: PLC0415
    from triplicati.source.groups import group_members, known_groups  # noqa: PLC0415

    yield "Filter groups"
    text = """\
A name in braces stands for a list of rules: --exclude={TemporaryFiles}. Several can stand together with \
commas between. {DefaultExcludes} is all of them. As every rule, one of a group means exactly the path it \
names: {TemporaryFiles} leaves out the folder /tmp/ and so all that is in it, but does not match /tmp/x by \
itself."""
    yield from paragraphs(text, width, "  ")
    for group, others in known_groups().items():
        yield ""
        yield wrap(f"{{{group}}}, also written {', '.join(others)}", width, "", "    ")
        try:
            members = group_members(group)
        except InvalidFilter as error:
            members = [str(error)]
        yield from (f"  {member}" for member in members)
