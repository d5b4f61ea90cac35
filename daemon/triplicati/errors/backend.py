"""Tools for destinations themselves."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


class LocalFileExists(TriplicatiError):
    """The file {path} exists and is not overwritten. Move it away, or choose another name."""


class LocalFileUnusable(TriplicatiError):
    """The file {path} cannot be used: {reason}."""


class DestinationCannot(TriplicatiError):
    """The destination {url} cannot {what}."""


class RemoteNameTaken(TriplicatiError):
    """A file {name} is at the destination already. Choose another name, or delete it first."""


class DestinationNotEmpty(TriplicatiError):
    """The destination {url} is not empty: it holds {count} file(s), for example {example}. A test needs an
    empty folder. If all of these files may go, give --auto-clean --force."""
