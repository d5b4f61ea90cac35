"""The commands of the command line (spec/cli.md 1.3)."""

from __future__ import annotations

import msgspec


class Command(msgspec.Struct, frozen=True):
    """One command; `usage` shows its positionals and `built` tells whether this release can run it."""

    name: str
    usage: str
    summary: str
    aliases: tuple[str, ...] = ()
    built: bool = False
    hidden: bool = False
    options: tuple[str, ...] = ()


_SECRET = ("passphrase", "no-encryption")
_PICK = ("time", "version")
_NARROW = ("list-prefix-only", "list-folder-contents")

COMMANDS = (
    Command("help", "[topic]", "Explain a command, an option or a topic.", built=True),
    Command("example", "", "Show example command lines.", aliases=("examples",)),
    Command("changelog", "", "Show what changed between releases."),
    Command(
        "backup",
        "<destination> <source> [source ...]",
        "Make a backup of files and folders.",
        built=True,
        options=(*_SECRET, "dblock-size", "backup-name", "keep-versions", "keep-time", "retention-policy"),
    ),
    Command(
        "restore",
        "<destination> [file ...]",
        "Restore files; all of them when none is named.",
        built=True,
        options=(*_SECRET, *_PICK, "restore-path", "overwrite", "restore-permissions"),
    ),
    Command(
        "list",
        "<destination> [file ... | version | time]",
        "List versions, or files in the newest version.",
        built=True,
        options=(*_SECRET, *_PICK, "all-versions", *_NARROW, "list-sets-only"),
    ),
    Command(
        "find",
        "<destination> [file ... | version | time]",
        "Find files in all versions.",
        built=True,
        options=(*_SECRET, *_PICK, *_NARROW),
    ),
    Command("list-filesets", "<destination>", "List the versions."),
    Command(
        "list-folder-content",
        "<destination> [folder ...]",
        "List what is in a folder of one version.",
        aliases=("list-folder-contents",),
    ),
    Command("list-file-versions", "<destination> <file> [file ...]", "List the versions of files."),
    Command(
        "search",
        "<destination> [folder ...]",
        "Search files by filters.",
        aliases=("search-files", "search-entries"),
    ),
    Command("delete", "<destination>", "Delete versions that are chosen by an option."),
    Command(
        "repair",
        "<destination>",
        "Rebuild the local database from the destination.",
        built=True,
        options=(*_SECRET, "dbpath", "repair-only-paths"),
    ),
    Command("compact", "<destination>", "Pack half-empty volumes anew."),
    Command("test", "<destination> [samples | all]", "Fetch volumes and check them.", aliases=("verify",)),
    Command(
        "test-filters",
        "<source> [source ...]",
        "Show which files the filters let through.",
        aliases=("test-filter",),
    ),
    Command("affected", "<destination> <volume> [volume ...]", "Show which files depend on some volumes."),
    Command(
        "compare",
        "<destination> [base] [target]",
        "Show what changed between two versions.",
        built=True,
        options=(*_SECRET, "full-result"),
    ),
    Command("create-report", "<destination> [file]", "Write a report for support."),
    Command("list-broken-files", "<destination>", "List files that can no longer be restored."),
    Command("purge-broken-files", "<destination>", "Remove files that can no longer be restored."),
    Command("purge", "<destination> [file ...]", "Remove files from all versions."),
    Command("vacuum", "<destination>", "Shrink the local database."),
    Command("sync", "<destination> <source> [source ...]", "Copy plain files to the destination."),
    Command("set-locks", "<destination>", "Lock files at the destination.", aliases=("setlocks",)),
    Command(
        "read-lock-info",
        "<destination>",
        "Read how long files at the destination are locked.",
        aliases=("readlockinfo",),
    ),
    Command("send-mail", "", "Send a test mail."),
    Command("system-info", "", "Show facts about this computer.", aliases=("systeminfo",)),
    Command("controller-server", "", "Used by the server to run jobs.", hidden=True),
)

# What `triplicati` is to start besides these commands.
LATER_PROGRAMS = frozenset(
    {"backend", "control", "doctor", "open", "recover", "server", "service", "tray", "webdav"}
)

_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def command_like(name: str) -> str | None:
    """The command that was probably meant."""
    import difflib  # noqa: PLC0415 - only for the one who mistyped

    names = [name for name, command in _BY_NAME.items() if not command.hidden]
    return next(iter(difflib.get_close_matches(name, names, 1, 0.7)), None)


def find_command(name: str) -> Command | None:
    """The command of that name or alias, whatever its case."""
    return _BY_NAME.get(name.lower())
