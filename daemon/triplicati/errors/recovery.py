"""Recovery from what is left of a destination, without database and data folder."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


class NothingToRecover(TriplicatiError):
    """There are no volumes {what} in {place}. Give the folder that "triplicati recover download" has
    filled, or check the address."""

    http_status = 404


class VolumesEncrypted(TriplicatiError):
    """The volumes in {folder} are encrypted. Run "triplicati recover download {folder} <another folder>",
    and go on with that other folder."""

    http_status = 400


class SeveralBackupsFound(TriplicatiError):
    """{folder} holds volumes of more than one backup: {prefixes}. Choose one with --prefix."""

    http_status = 400


class RecoveryVersionMissing(TriplicatiError):
    """There is no version {wanted} in {folder}. "triplicati recover list {folder}" shows the {count} that
    can be read; a version is given as its number, its time or the name of its file."""

    http_status = 404


class NothingMatches(TriplicatiError):
    """Nothing in the version {version} matches. "triplicati recover list {folder} {version}" shows all that
    is in it."""

    http_status = 404


class RecoveryFolderUnusable(TriplicatiError):
    """Cannot recover into {folder}: {reason}. Choose another folder."""

    http_status = 400
