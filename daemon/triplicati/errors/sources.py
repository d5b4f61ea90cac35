"""What is backed up."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


class NoSources(TriplicatiError):
    """None of the source folders exists: {sources}. Check the paths."""

    http_status = 400


class SourceIsMissing(TriplicatiError):
    """The source {path} does not exist. Check the path, or leave --abort-if-source-missing out to go on
    without it."""

    http_status = 400


class SourceUnauthorized(TriplicatiError):
    """The source {path} may not be read: {reason}. Run as a user who may, or say --allow-missing-source."""

    http_status = 400


class SourceFolderEmpty(TriplicatiError):
    """The source folder {path} is empty and --prevent-empty-source was given. Is it mounted?"""

    http_status = 400


class SnapshotFailed(TriplicatiError):
    """No snapshot of the sources could be made: {reason}. Nothing was backed up, because
    --snapshot-policy=Required was given; with "On" the files would be read as they are."""


class UnknownFilterGroup(TriplicatiError):
    """The filter group "{group}" is not known. Known are {known}."""

    http_status = 400


class InvalidFilter(TriplicatiError):
    """The filter "{filter}" is not valid: {reason}"""

    http_status = 400
