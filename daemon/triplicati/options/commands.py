"""The commands of the command line (spec/cli.md 1.3)."""

from __future__ import annotations

import msgspec


class Command(msgspec.Struct, frozen=True):
    """One command; `usage` shows its positionals.

    `operation` is the name that scripts and reports know it by. `module` is the one of `cli` that runs it,
    "" for one that this release cannot run; `destination` tells whether the first positional is one. What a
    `static` one prints depends on the program alone: its module has `show(arguments) -> int`, and no option,
    log or script has a part in it.
    """

    name: str
    usage: str
    summary: str
    aliases: tuple[str, ...] = ()
    hidden: bool = False
    options: tuple[str, ...] = ()
    operation: str = ""
    module: str = ""
    destination: bool = True
    static: bool = False

    @property
    def built(self) -> bool:
        return bool(self.module)


_SECRET = ("passphrase", "no-encryption")
_PICK = ("time", "version")
_NARROW = ("list-prefix-only", "list-folder-contents")


def _static(name: str, usage: str, summary: str, module: str = "", aliases: tuple[str, ...] = ()) -> Command:
    return Command(
        name, usage, summary, aliases=aliases, module=module or name, destination=False, static=True
    )


COMMANDS = (
    _static("help", "[topic]", "Explain a command, an option or a topic."),
    _static("example", "", "Show example command lines.", "examples", aliases=("examples",)),
    _static("changelog", "", "Show what changed between releases."),
    _static("completion", "<bash | zsh | fish>", "Print what lets a shell complete command lines."),
    _static("man", "[folder]", "Write manual pages to a folder, or print the main one.", "man"),
    Command(
        "backup",
        "<destination> <source> [source ...]",
        "Make a backup of files and folders.",
        options=(*_SECRET, "dblock-size", "backup-name", "keep-versions", "keep-time", "retention-policy"),
        operation="Backup",
        module="backup",
    ),
    Command(
        "restore",
        "<destination> [file ...]",
        "Restore files; all of them when none is named.",
        options=(*_SECRET, *_PICK, "restore-path", "overwrite", "restore-permissions"),
        operation="Restore",
        module="restore",
    ),
    Command(
        "list",
        "<destination> [file ... | version | time]",
        "List versions, or files in the newest version.",
        options=(*_SECRET, *_PICK, "all-versions", *_NARROW, "list-sets-only", "control-files"),
        operation="List",
        module="list",
    ),
    Command(
        "find",
        "<destination> [file ... | version | time]",
        "Find files in all versions.",
        options=(*_SECRET, *_PICK, *_NARROW),
        operation="List",
        module="list",
    ),
    Command(
        "list-filesets",
        "<destination>",
        "List the versions.",
        options=("prefix", "dbpath", "no-local-db"),
        operation="ListFilesets",
        module="list_filesets",
    ),
    Command(
        "list-folder-content",
        "<destination> [folder ...]",
        "List what is in a folder of one version.",
        aliases=("list-folder-contents",),
        options=(*_SECRET, *_PICK),
        operation="ListFolder",
        module="list_folder",
    ),
    Command(
        "list-file-versions",
        "<destination> <file> [file ...]",
        "List the versions of files.",
        options=(*_SECRET, *_PICK),
        operation="ListFileVersions",
        module="list_file_versions",
    ),
    Command(
        "search",
        "<destination> [folder ...]",
        "Search files by filters.",
        aliases=("search-files", "search-entries"),
        options=(*_SECRET, *_PICK),
        operation="SearchFiles",
        module="search",
    ),
    Command(
        "delete",
        "<destination>",
        "Delete versions that are chosen by an option.",
        options=(
            *_SECRET, "dbpath", "version", "keep-versions", "keep-time", "retention-policy",
            "version-times", "allow-full-removal", "no-auto-compact", "dry-run",
        ),
        operation="Delete",
        module="delete",
    ),
    Command(
        "repair",
        "<destination>",
        "Mend the destination from the local database, or rebuild that from the destination.",
        options=(*_SECRET, "dbpath", "rebuild-missing-dblock-files", "repair-only-paths", "dry-run"),
        operation="Repair",
        module="repair",
    ),
    Command(
        "compact",
        "<destination>",
        "Pack half-empty volumes anew.",
        options=(
            *_SECRET, "dbpath", "threshold", "small-file-size", "small-file-max-count", "dblock-size",
            "upkeep-max-time", "upkeep-max-download", "dry-run",
        ),
        operation="Compact",
        module="compact",
    ),
    Command(
        "test",
        "<destination> [samples | all]",
        "Fetch volumes and check them.",
        options=(
            *_SECRET, "dbpath", "version", "time", "full-remote-verification", "full-block-verification",
            "full-result", "restore-drill", "drill-files", "drill-size",
        ),
        aliases=("verify",),
        operation="Test",
        module="verify",
    ),
    Command(
        "test-filters",
        "<source> [source ...]",
        "Show which files the filters let through.",
        aliases=("test-filter",),
        operation="TestFilters",
        module="test_filters",
        destination=False,
    ),
    Command(
        "affected",
        "<destination> <volume> [volume ...]",
        "Show which files depend on some volumes.",
        options=(*_SECRET, "full-result"),
        operation="ListAffected",
        module="affected",
    ),
    Command(
        "compare",
        "<destination> [base] [target]",
        "Show what changed between two versions.",
        options=(*_SECRET, "full-result"),
        operation="ListChanges",
        module="compare",
    ),
    Command(
        "create-report",
        "<destination> [file]",
        "Write a report for support.",
        operation="CreateLogDb",
        module="create_report",
    ),
    Command(
        "list-broken-files",
        "<destination>",
        "List files that can no longer be restored.",
        options=(*_SECRET, "full-result"),
        operation="ListBrokenFiles",
        module="list_broken_files",
    ),
    Command(
        "purge-broken-files",
        "<destination>",
        "Remove files that can no longer be restored.",
        options=(*_SECRET, "dbpath", "disable-replace-missing-metadata", "dry-run", "full-result"),
        operation="PurgeBrokenFiles",
        module="purge_broken_files",
    ),
    Command(
        "purge",
        "<destination> [file ...]",
        "Remove files from all versions.",
        options=(*_SECRET, "dbpath", *_PICK, "no-auto-compact", "dry-run", "full-result"),
        operation="PurgeFiles",
        module="purge",
    ),
    Command(
        "vacuum",
        "<destination>",
        "Shrink the local database.",
        options=("dbpath",),
        operation="Vacuum",
        module="vacuum",
    ),
    Command(
        "sync",
        "<destination> <source> [source ...]",
        "Copy plain files to the destination.",
        options=(
            "no-encryption", "sync-then-delete", "sync-remote-state", "sync-verify-hash", "sync-recheck",
            "symlink-policy", "dbpath", "dry-run",
        ),
        operation="Sync",
        module="sync",
    ),
    Command(
        "re-encrypt",
        "<destination>",
        "Change the passphrase or the encryption of a backup.",
        options=(
            *_SECRET, "dbpath", "new-passphrase", "new-encryption-module", "upkeep-max-time",
            "upkeep-max-download", "dry-run",
        ),
        aliases=("reencrypt",),
        operation="ReEncrypt",
        module="reencrypt",
    ),
    Command(
        "set-locks",
        "<destination>",
        "Lock files at the destination.",
        options=(*_SECRET, "dbpath", *_PICK, "all-versions", "remote-file-lock-duration", "full-result"),
        aliases=("setlocks",),
        operation="SetLock",
        module="set_locks",
    ),
    Command(
        "read-lock-info",
        "<destination>",
        "Read how long files at the destination are locked.",
        options=(*_SECRET, "dbpath", "full-result"),
        aliases=("readlockinfo",),
        operation="ReadLockInfo",
        module="read_lock_info",
    ),
    Command(
        "send-mail", "", "Send a test mail.", operation="SendMail", module="send_mail", destination=False
    ),
    Command(
        "system-info",
        "",
        "Show facts about this computer.",
        aliases=("systeminfo",),
        options=("server-datafolder", "tempdir", "result-format"),
        operation="SystemInfo",
        module="system_info",
        destination=False,
    ),
    Command("controller-server", "", "Used by the server to run jobs.", hidden=True),
)

# How the commands are grouped for those who look for one.
SECTIONS = (
    ("Back up and restore", ("backup", "restore")),
    (
        "Look into a backup",
        (
            "list", "find", "list-filesets", "list-folder-content", "list-file-versions", "search", "compare",
            "affected",
        ),
    ),
    (
        "Keep it in order",
        (
            "delete", "purge", "compact", "test", "repair", "list-broken-files", "purge-broken-files",
            "re-encrypt", "vacuum", "set-locks", "read-lock-info",
        ),
    ),
    ("Further tools", ("test-filters", "sync", "send-mail", "create-report", "system-info")),
    ("Help", ("help", "example", "changelog", "completion", "man")),
)  # fmt: skip

# What `triplicati` is to start besides these commands.
LATER_PROGRAMS = frozenset(
    {"open"}
)

# What it starts, each with commands or options of its own.
PROGRAMS = ("backend", "control", "doctor", "mirror", "recover", "server", "service", "tray", "webdav")

_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def command_like(name: str) -> str | None:
    """The command that was probably meant."""
    import difflib  # noqa: PLC0415 - only for the one who mistyped

    names = [*(name for name, command in _BY_NAME.items() if not command.hidden), *PROGRAMS]
    return next(iter(difflib.get_close_matches(name, names, 1, 0.7)), None)


def find_command(name: str) -> Command | None:
    """The command of that name or alias, whatever its case."""
    return _BY_NAME.get(name.lower())
