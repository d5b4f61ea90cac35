"""Files of ours on this machine."""

from __future__ import annotations

import errno
import os
import sys

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


class DataFolderOfAnother(InsecureDataFolderPermissions):
    """The data folder {path} belongs to the user {owner}. Run this as that user, or give the folder to yours:
    chown -R {user} {path} -- or say --allow-insecure-datafolder."""

    @property
    def id(self) -> str:
        return InsecureDataFolderPermissions.__name__


class DataFolderClosed(TriplicatiError):
    """The data folder {path} is closed to the user {user}: {reason}. Run this as the user whose folder it is,
    or choose another one with --server-datafolder or DUPLICATI_DATA_FOLDER."""


class FileDenied(TriplicatiError):
    """The user {user} may not write {path}: {reason}. Run this as the user whose folder it is, or choose
    another place."""


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
    if error.errno in (errno.EACCES, errno.EPERM):
        return FileDenied(path=place, reason=reason, user=this_user())
    return TriplicatiError(reason=f"{place}: {reason}")


def user_name(number: int) -> str:
    """The name of a user, or the number where there is none."""
    if sys.platform == "win32":
        return str(number)
    import pwd  # noqa: PLC0415 - absent on Windows

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def this_user() -> str:
    if sys.platform == "win32":
        return os.environ.get("USERNAME", "")
    return user_name(os.geteuid())
