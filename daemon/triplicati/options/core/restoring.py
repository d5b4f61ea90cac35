"""Options for restoring."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "restore"
_TUNING = "a restore is planned by volume and sets this itself"

OPTIONS = (
    Option(
        "restore-path", T.STRING, None, "Folder to restore to; the original place when not given.", _GROUP,
    ),
    Option(
        "overwrite", T.BOOLEAN, "false",
        "Replace files that are there instead of writing a dated copy beside them.", _GROUP,
    ),
    Option("restore-permissions", T.BOOLEAN, "false", "Restore owners and permissions too.", _GROUP),
    Option(
        "restore-symlink-metadata", T.BOOLEAN, "false",
        "Apply the metadata of a symbolic link to what it points to.", _GROUP,
    ),
    Option(
        "skip-restore-verification", T.BOOLEAN, "false", "Do not check the hashes of restored files.",
        _GROUP,
    ),
    Option(
        "dont-compress-restore-paths", T.BOOLEAN, "false",
        "Restore with the whole chain of original folders.", _GROUP,
    ),
    Option(
        "allow-restore-outside-target-directory", T.BOOLEAN, "false",
        "Allow that a restored path leaves the folder restored to.", _GROUP,
    ),
    Option(
        "restore-with-local-blocks", T.BOOLEAN, "false",
        "Take blocks from files on this computer where they are unchanged.", _GROUP,
    ),
    Option(
        "patch-with-local-blocks", T.BOOLEAN, "false", "Older name of restore-with-local-blocks.", _GROUP,
        deprecated="it has no effect any more, use restore-with-local-blocks", state="inert",
        reason="use --restore-with-local-blocks",
    ),
    Option(
        "no-local-blocks", T.BOOLEAN, "false", "Older switch against local blocks.", _GROUP,
        deprecated="it has no effect any more", state="inert",
        reason="local blocks are only used with --restore-with-local-blocks",
    ),
    Option(
        "no-local-db", T.BOOLEAN, "false", "Work from the destination alone, without the local database.",
        _GROUP,
    ),
    Option(
        "restore-legacy", T.BOOLEAN, "false", "Use the older way to restore.", _GROUP, state="inert",
        reason="there is one way to restore here",
    ),
    Option(
        "restore-all-files", T.ENUM, "False",
        "Restore every version, each to a folder of its own; Unique: but those with other files.", _GROUP,
        values=("False", "True", "Unique"),
    ),
    Option(
        "restore-preallocate-size", T.BOOLEAN, "false", "Reserve the room of a file before it is written.",
        _GROUP,
    ),
    Option(
        "restore-cache-max", T.SIZE, "4gb", "Memory for blocks.", _GROUP, unit="mb", state="inert",
        reason=_TUNING,
    ),
    Option(
        "restore-cache-evict", T.INTEGER, "50", "Percent of the blocks dropped when that memory is full.",
        _GROUP, state="inert", reason=_TUNING,
    ),
    Option(
        "restore-file-processors", T.INTEGER, None, "Files written at the same time.", _GROUP,
        state="inert", reason=_TUNING,
    ),
    Option(
        "restore-volume-cache-hint", T.SIZE, None, "Disk room for fetched volumes.", _GROUP, unit="mb",
        state="inert", reason=_TUNING,
    ),
    Option(
        "restore-volume-cache-min-free", T.SIZE, "1gb", "Disk room that fetched volumes leave free.",
        _GROUP, unit="gb", state="inert", reason=_TUNING,
    ),
    Option(
        "restore-volume-downloaders", T.INTEGER, None, "Volumes fetched at the same time.", _GROUP,
        state="inert", reason=_TUNING,
    ),
    Option(
        "restore-volume-decryptors", T.INTEGER, None, "Volumes decrypted at the same time.", _GROUP,
        state="inert", reason=_TUNING,
    ),
    Option(
        "restore-volume-decompressors", T.INTEGER, None, "Volumes unpacked at the same time.", _GROUP,
        state="inert", reason=_TUNING,
    ),
    Option(
        "restore-channel-buffer-size", T.INTEGER, None, "Length of the queues between the steps.", _GROUP,
        state="inert", reason=_TUNING,
    ),
)
