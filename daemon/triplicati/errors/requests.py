"""Requests to the daemon, and signing in to it."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


class NotSignedIn(TriplicatiError):
    """Sign in first: {reason}."""

    http_status = 401


class WrongPassword(TriplicatiError):
    """The password is not correct."""

    http_status = 401


class TokenRefused(TriplicatiError):
    """The {kind} is not valid: {reason}. Sign in again."""

    http_status = 401


class SigninTokensDisabled(TriplicatiError):
    """Signing in with a link is turned off on this server. Sign in with the password."""

    http_status = 401


class ForeverTokenRefused(TriplicatiError):
    """No token without end is given: {reason}."""

    http_status = 401


class TooManyAttempts(TriplicatiError):
    """Too many sign-ins from your address wait for their turn. Try again in a moment."""

    http_status = 429


class EmptyPassword(TriplicatiError):
    """The password must not be empty. Choose one."""

    http_status = 400


class UnknownTokenOperation(TriplicatiError):
    """There is no token for "{operation}". Known are {known}."""

    http_status = 400




class InvalidHostname(TriplicatiError):
    """Invalid hostname: {name}"""

    http_status = 403


class OriginRefused(TriplicatiError):
    """The page {origin} may not use this server. Open the server's own page, or allow that one with
    --webservice-cors-origins."""

    http_status = 403


class InvalidQuery(TriplicatiError):
    """The request's query is not valid: {reason}"""

    http_status = 400


class OperationNotAvailable(TriplicatiError):
    """The operation "{operation}" does not exist yet in Triplicati."""

    http_status = 501


class NotificationNotFound(TriplicatiError):
    """There is no notification {id}."""

    http_status = 404


class SettingNotFound(TriplicatiError):
    """There is no setting "{name}" to be read."""

    http_status = 404


class SettingGuarded(TriplicatiError):
    """The setting "{name}" is not set this way."""

    http_status = 400


class TrayLoginNeeded(TriplicatiError):
    """Choose a password first: the tray is the only way in while nobody has chosen one."""

    http_status = 400


class PathNotFound(TriplicatiError):
    """There is nothing at {path}."""

    http_status = 404


class PathInvalid(TriplicatiError):
    """{reason}"""

    http_status = 400


class PathUnreadable(TriplicatiError):
    """The folder {path} cannot be read: {reason}."""

    http_status = 403


class CommandRunNotFound(TriplicatiError):
    """There is no command line {id}, or it ended more than five minutes ago."""

    http_status = 404


class TooManyCommandRuns(TriplicatiError):
    """{count} command lines run already. Wait for one to end, or stop it."""

    http_status = 429


class WebModuleNotFound(TriplicatiError):
    """There is no module "{key}" that can be asked."""

    http_status = 404


class TemporaryFileNotFound(TriplicatiError):
    """The file is no longer there. Make a new one."""

    http_status = 404


class TextNotFound(TriplicatiError):
    """There is no {kind} here."""

    http_status = 404


class FolderStatusDisabled(TriplicatiError):
    """The state of folders is not told: the setting enable-folder-status-service is off."""

    http_status = 503


class RemoteControlMissing(TriplicatiError):
    """Triplicati is not controlled by any other service, so there is nothing to {verb}."""

    http_status = 400




class TaskNotFound(TriplicatiError):
    """No such task found"""

    http_status = 404


class NoActiveBackup(TriplicatiError):
    """No active backup"""

    http_status = 404


class RunNotFound(TriplicatiError):
    """There is no run {id}."""

    http_status = 404


class TokenNotFound(TriplicatiError):
    """There is no token {id}; it may have been revoked already."""

    http_status = 404


class FileNotInVersion(TriplicatiError):
    """{path} is no file of version {version}."""

    http_status = 404


class FileNotFetched(TriplicatiError):
    """{path} could not be read from the destination: {reason}"""

    http_status = 502


class ScheduleNotFound(TriplicatiError):
    """The backup has no schedule."""

    http_status = 404


class DatabaseLocked(TriplicatiError):
    """The local database is in use by a running operation. Try again when it has ended."""

    http_status = 400


class DatabaseFileExists(TriplicatiError):
    """The file {path} exists and is not overwritten. Name another one."""

    http_status = 409


class EncryptedStorageNoPassphrase(TriplicatiError):
    """The backup is encrypted and no passphrase was given. Give the one that it was made with."""

    http_status = 400


class EmptyRemoteFolder(TriplicatiError):
    """There is no backup at the destination."""

    http_status = 400
