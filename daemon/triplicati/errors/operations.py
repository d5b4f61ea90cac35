"""Operations, and what is told of them."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


class EmptyRestoreOperation(TriplicatiError):
    """No file of the chosen version matches {patterns}. Use "find" to see which files there are."""

    http_status = 404


class NoVersions(TriplicatiError):
    """There is no version at the destination yet. Run a backup first."""

    http_status = 404


class VersionNotFound(TriplicatiError):
    """There is no version {wanted}. Versions go from 0, the newest, to {oldest}; "list-filesets" shows them
    with their times."""

    http_status = 404


class ExactlyOneVersionNeeded(TriplicatiError):
    """{count} versions were chosen, but a folder is listed in one. Choose it with --version=N."""

    http_status = 400


class AllFilesetsBroken(TriplicatiError):
    """Nothing would be left of the {count} version(s) at the destination, so none was changed. Look for the
    volumes that are missing and put them back. If they are lost, start again in an empty folder, or take the
    versions away with "delete --version=0-{oldest} --allow-full-removal"."""

    http_status = 409


class NoFreeSecond(TriplicatiError):
    """The file list of {time} cannot be replaced: its new time would not be before that of the next version.
    No version was changed. Delete one of the two: "delete --version={number}" takes the older one away."""

    http_status = 409


class ReencryptionUnfinished(TriplicatiError):
    """Changing the encryption of this backup was begun and is not finished: some volumes have the old
    passphrase, some the new one. Run "re-encrypt" again with the same --passphrase and --new-passphrase to go
    on; with both, files can be restored, listed, tested and repaired meanwhile."""

    http_status = 409


class ReencryptionOther(TriplicatiError):
    """Changing the encryption of this backup was begun with another new passphrase or for another encryption.
    Run "re-encrypt" to its end as it was begun, then again with what it is to be now."""

    http_status = 409


class NewPassphraseNeeded(TriplicatiError):
    """No new passphrase was given. Give it with --new-passphrase or the environment variable NEW_PASSPHRASE,
    or say --new-encryption-module=none to take the encryption away."""

    http_status = 400


class LocksNotSupported(TriplicatiError):
    """The destination {url} cannot lock files. Nothing was changed there; leave --remote-file-lock-duration
    out, or use a destination that can."""

    http_status = 400


class TooFewVersions(TriplicatiError):
    """There is only one version, so there is nothing to compare it with."""

    http_status = 404


class RestoreTargetUnusable(TriplicatiError):
    """Cannot restore to {path}: {reason}"""


class RestorePathNeeded(TriplicatiError):
    """This backup was made on another kind of system ({system}). Give a folder to restore to with
    --restore-path."""

    http_status = 400


class RestorePathMissing(TriplicatiError):
    """With --restore-all-files each version goes to a folder of its own. Say where with --restore-path."""

    http_status = 400


class RequiredScriptFailed(TriplicatiError):
    """The script "{script}" had to succeed first and {how}, so nothing was done. Look at its output, or leave
    --run-script-before-required out."""


class ScriptUnusable(TriplicatiError):
    """The script "{script}" cannot be started: {reason}."""


class ReportNotSent(TriplicatiError):
    """{reason}"""

    http_status = 502


class ReportFileExists(TriplicatiError):
    """The file {path} exists and is not overwritten. Name another one, or remove it."""

    http_status = 409


class ReportNeedsDatabase(TriplicatiError):
    """There is no local database for this destination on this computer, so there is nothing to report. Run
    "repair" to build it, or give it with --dbpath."""

    http_status = 404


class OperationAborted(TriplicatiError):
    """The operation was stopped. What was done is kept; run it again to go on."""

    http_status = 409


class WorkerDied(TriplicatiError):
    """A worker process ended unexpectedly (exit status {status}). Run the operation again; nothing was
    lost."""
