"""Options for what is backed up."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "sources"
_WINDOWS = "it concerns Windows only"
_MACOS = "it concerns macOS only"
_ATTRIBUTES = (
    "ReadOnly", "Hidden", "System", "Directory", "Archive", "Device", "Normal", "Temporary", "SparseFile",
    "ReparsePoint", "Compressed", "Offline", "NotContentIndexed", "Encrypted", "IntegrityStream",
    "NoScrubData",
)

OPTIONS = (
    Option(
        "allow-missing-source", T.BOOLEAN, "false", "Stay silent about sources that do not exist.", _GROUP,
    ),
    Option(
        "abort-if-source-missing", T.BOOLEAN, "false",
        "Fail when a source does not exist instead of warning.", _GROUP,
    ),
    Option(
        "prevent-empty-source", T.BOOLEAN, "false",
        "Fail when a source folder has no content, as when a disk is not mounted.", _GROUP,
    ),
    Option(
        "skip-files-larger-than", T.SIZE, None, "Leave out files above this size; 0 is no limit.", _GROUP,
        unit="mb",
    ),
    Option(
        "symlink-policy", T.ENUM, "Store", "Symbolic links: store the link, follow it, or leave it out.",
        _GROUP, values=("Store", "Follow", "Ignore"),
    ),
    Option(
        "hardlink-policy", T.ENUM, "All", "Files with several names: store the first, all or none.", _GROUP,
        values=("First", "All", "None"),
    ),
    Option(
        "exclude-files-attributes", T.FLAGS, None,
        "Leave out files and folders with one of these attributes; names with a dot in front are Hidden.",
        _GROUP, values=_ATTRIBUTES,
    ),
    Option(
        "exclude-non-local-files", T.BOOLEAN, "false",
        "Leave out files that are only placeholders for a cloud.", _GROUP, state="inert", reason=_WINDOWS,
    ),
    Option(
        "exclude-empty-folders", T.BOOLEAN, "false", "Leave out folders in which no file is left.", _GROUP,
    ),
    Option(
        "ignore-filenames", T.PATH, "CACHEDIR.TAG",
        "Leave out folders that hold a file of such a name; empty leaves none out.", _GROUP,
    ),
    Option(
        "disable-backup-exclusion-xattr", T.BOOLEAN, "false",
        "Back up files although an extended attribute asks to leave them out.", _GROUP,
    ),
    Option(
        "ignore-advisory-locking", T.BOOLEAN, "false",
        "Read files although another program holds an advisory lock.", _GROUP, state="inert",
        reason="advisory locks never keep Triplicati from reading",
    ),
    Option(
        "changed-files", T.PATH, None, "Look only at these files instead of walking the sources.", _GROUP,
    ),
    Option(
        "deleted-files", T.PATH, None,
        "Take these files as deleted, and all below a folder; only with changed-files.", _GROUP,
    ),
    Option(
        "disable-file-scanner", T.BOOLEAN, "false", "Do not count the files first.", _GROUP, state="inert",
        reason="files are counted while they are read, never before",
    ),
    Option(
        "photos-handling", T.ENUM, "PhotosAndLibrary", "What to take of the macOS Photos library.", _GROUP,
        values=("LibraryOnly", "PhotosOnly", "PhotosAndLibrary"), state="inert", reason=_MACOS,
    ),
    Option(
        "photos-library-path", T.PATH, None, "Where the macOS Photos library is.", _GROUP, state="inert",
        reason=_MACOS,
    ),
    Option(
        "enable-ads-backup", T.BOOLEAN, "false", "Back up alternate data streams of NTFS.", _GROUP,
        state="inert", reason=_WINDOWS,
    ),
    Option(
        "disable-ads-restore", T.BOOLEAN, "false", "Do not restore alternate data streams of NTFS.", _GROUP,
        state="inert", reason=_WINDOWS,
    ),
)
