"""Files of ours on this machine."""

from __future__ import annotations

import errno

from triplicati.errors.base import TriplicatiError


class DatabaseUnusable(TriplicatiError):
    """The local database {path} cannot be used: {reason}. It is only a cache: delete it and run "repair" to
    rebuild it from the destination."""


class ForeignDatabase(TriplicatiError):
    """The file {path} is no local database of Triplicati. It was left alone; give another file with
    --dbpath."""

    http_status = 400


class DatabaseTooNew(TriplicatiError):
    """The local database {path} was made by a newer Triplicati (schema {found}, this one knows {known}).
    Update Triplicati, or delete the file and run "repair"."""


class DatabaseInUse(TriplicatiError):
    """The local database {path} is in use by another operation. Wait for it to end."""

    http_status = 409


class InUseElsewhere(TriplicatiError):
    """{what} is in use by {by}. Two at once would spoil the backup: wait until that has ended, or stop it
    there, and try again."""

    http_status = 409


class MultipleLocalDatabaseSourcesFound(TriplicatiError):
    """The file {path} lists more than one local database for this destination. Give one with --dbpath."""


class InsecureDataFolderPermissions(TriplicatiError):
    """The data folder {path} can be read by other users. Run: chmod 700 {path}, or say
    --allow-insecure-datafolder."""


class DiskFull(TriplicatiError):
    """There is no room left on the disk that holds {path}: {reason}. Free some space and start again;
    nothing was lost."""


class VersionInFuture(TriplicatiError):
    """The newest version is dated {time}, which is in the future. Check the clock of this computer; a
    backup can be made after that time."""


def disk_error(error: OSError, where: str) -> TriplicatiError:
    """What went wrong with a file of ours. `where` names the place when the error does not."""
    place, reason = error.filename or where, error.strerror or str(error)
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return DiskFull(path=place, reason=reason)
    return TriplicatiError(reason=f"{place}: {reason}")
