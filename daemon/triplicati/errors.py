"""Every error a user can meet, as one tree.

The docstring of a class is the template of the sentence the user reads; keyword arguments fill it. The class
name is the stable id, as Duplicati's where it has one. ``exit_code`` is what the command line ends with
(spec/cli.md 1.1) and ``http_status`` what the API answers.
"""

from __future__ import annotations

import errno


class TriplicatiError(Exception):
    """Something went wrong: {reason}"""

    exit_code = 100
    http_status = 500

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.message)

    @property
    def id(self) -> str:
        return type(self).__name__

    @property
    def message(self) -> str:
        template = " ".join((type(self).__doc__ or "").split())
        return template.format_map(_Lenient(self.details))

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.details)


class _Lenient(dict[str, object]):
    """A missing detail must not hide the error itself."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _rebuild(kind: type[TriplicatiError], details: dict[str, object]) -> TriplicatiError:
    return kind(**details)


# --- what the user typed ---------------------------------------------------------------------------------


class UsageError(TriplicatiError):
    """{reason}"""

    exit_code = 200
    http_status = 400


class InvalidValue(TriplicatiError):
    """"{value}" is not a valid {kind}: {reason}"""

    http_status = 400


class OptionNotBuilt(TriplicatiError):
    """The option --{option} is known but not built yet in Triplicati: {reason}. Leave it out to go on."""

    http_status = 400


class CommandNotBuilt(TriplicatiError):
    """The command "{command}" is known but not built yet in Triplicati."""

    exit_code = 200
    http_status = 501


class LogFileUnusable(TriplicatiError):
    """The log file {path} cannot be written: {reason}. Choose another with --log-file."""

    http_status = 400


class ParametersFileUnusable(TriplicatiError):
    """The parameters file {path} cannot be read: {reason}."""

    http_status = 400


class FiltersGivenTwice(TriplicatiError):
    """Filters were given on the command line and in the parameters file {path}. Give all of them in one
    place, or use --append-filter, --prepend-filter or --replace-filter in the file."""

    http_status = 400


class ModuleNotAllowed(TriplicatiError):
    """The {kind} "{module}" is not allowed here: --{option} allows only {allowed}."""

    http_status = 403


class PrefixCannotContainHyphens(TriplicatiError):
    """The prefix "{prefix}" must not contain hyphens. Choose one without "-"."""

    http_status = 400


class VolumeSizeTooSmall(TriplicatiError):
    """The volume size {volume_size} is too small: --dblock-size must be at least 1 MiB and twice --blocksize
    ({blocksize} bytes)."""

    http_status = 400


class MultipleRetentionOptionsNotSupported(TriplicatiError):
    """Only one of --keep-time, --keep-versions and --retention-policy can be given; found {given}."""

    http_status = 400


class RetentionPolicyInvalidValue(TriplicatiError):
    """The retention policy "{policy}" is not valid: {reason}. Example: 1W:1D,4W:1W,12M:1M"""

    http_status = 400


class EmptyPassphrase(TriplicatiError):
    """No passphrase was given. Give one with --passphrase or the environment variable PASSPHRASE, or say
    --no-encryption to store the backup unencrypted."""

    http_status = 400


class PassphraseUnreadable(TriplicatiError):
    """The passphrase cannot be read: {reason}. Give it with --passphrase or the environment variable
    PASSPHRASE."""

    http_status = 400


class PassphraseMismatch(TriplicatiError):
    """The two passphrases are not equal. Nothing was done; start again."""

    http_status = 400


class ParametersConflict(TriplicatiError):
    """The option --{option} was given as {given}, but this backup was made with {recorded}. Leave the option
    out to go on with {recorded}, or use another destination or --prefix for a new backup."""

    http_status = 400


class PassphraseChangeNotSupported(TriplicatiError):
    """The passphrase is not the one this backup was made with. Give the passphrase used before; a backup
    cannot change its passphrase."""

    http_status = 400


class PassphraseAdditionNotSupported(TriplicatiError):
    """This backup is not encrypted, so a passphrase cannot be added. Say --no-encryption, or start a new
    backup with another destination or --prefix."""

    http_status = 400


class PassphraseRemovalNotSupported(TriplicatiError):
    """This backup is encrypted, so --no-encryption cannot be used. Give its passphrase."""

    http_status = 400


# --- secret providers ------------------------------------------------------------------------------------


class SecretProviderError(TriplicatiError):
    """The secret provider {provider} failed: {reason}. Nothing was done."""

    http_status = 502


class SecretProviderUnusable(SecretProviderError):
    """The option --secret-provider cannot be used: {reason}."""

    http_status = 400


class SecretProviderExtraMissing(SecretProviderError):
    """The secret provider {provider} needs the Python package {package}, which is not installed. Run:
    pipx inject triplicati {package} (or: pip install "triplicati[{extra}]")."""

    http_status = 501


class SecretMissing(SecretProviderError):
    """The secret provider {provider} has no value for {keys}. Store it there, or change the placeholder;
    --secret-provider-pattern says what a placeholder looks like. Nothing was done."""

    http_status = 400


# --- source ----------------------------------------------------------------------------------------------


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


# --- destination -----------------------------------------------------------------------------------------


class DestinationError(TriplicatiError):
    """The destination failed: {reason}"""

    http_status = 502


class UnsupportedBackend(TriplicatiError):
    """The destination type "{scheme}" is not supported{hint}. Supported: {known}."""

    http_status = 400


class FolderMissing(DestinationError):
    """The destination folder {folder} does not exist. Check the path and that its disk is
    mounted, or create the folder."""


class RemoteFileMissing(DestinationError):
    """The file {name} is not at the destination. If it was deleted there, run repair."""


class DestinationRefused(DestinationError):
    """The destination refused access to {path}: {reason}. Check its permissions."""


class DestinationFull(DestinationError):
    """The destination has no room left for {name}: {reason}. Free some space and run the backup again;
    what was uploaded is kept."""


class TransferStalled(DestinationError):
    """The transfer of {name} made no progress for {seconds} seconds. Check the line to the destination and
    try again."""


class DestinationNotCreated(DestinationError):
    """The folder at the destination cannot be created: {reason}"""


class EmptyRemoteLocation(DestinationError):
    """No backup was found at the destination {url}. Check the address."""


class EmptiedRemoteLocation(EmptyRemoteLocation):
    """No backup was found at the destination {url}, but the local database {database} knows one. Check the
    address and that its disk is mounted. If it was emptied on purpose, delete that database; the next backup
    then starts anew."""


class EmptyRemoteLocationWithPrefix(DestinationError):
    """No backup with the prefix "{prefix}" was found at the destination, but there are some with {others}.
    Give one of these with --prefix."""


class ExtraRemoteFiles(DestinationError):
    """The destination holds {count} file(s) this machine does not know, for example {example}. Another
    program or machine may have written them. Run "repair" to rebuild the local database from the
    destination, or use another --prefix."""


class MissingRemoteFiles(DestinationError):
    """{count} file(s) are missing at the destination, for example {example}. Run "repair" to rebuild the
    local database from what is there; the next backup then uploads again what is lost."""


class OutdatedDatabase(DestinationError):
    """The destination holds a newer version ({name}) than the local database {database}. Another program or
    machine wrote it. Run "repair" to recreate the local database; never delete files at the destination."""


# --- volumes ---------------------------------------------------------------------------------------------


class CorruptVolume(TriplicatiError):
    """The volume {name} is damaged: {reason}. Run "repair"; if the file was damaged on its way, try again."""

    http_status = 502


class InvalidMetadata(TriplicatiError):
    """The metadata of a path cannot be read: {reason}. Its content is not touched by this."""

    http_status = 502


class WrongPassphrase(TriplicatiError):
    """The passphrase does not fit {name}. Give the one this backup was made with."""

    http_status = 400


class PassphraseNeeded(TriplicatiError):
    """The volume {name} is encrypted and no passphrase was given. Give it with --passphrase or the
    environment variable PASSPHRASE."""

    http_status = 400


class UnsupportedContainer(TriplicatiError):
    """The volume {name} is a .{extension} file, which Triplicati cannot read. Only zip volumes are supported;
    convert it with the recovery tool that came with the program that wrote it."""

    http_status = 501


class UnsupportedEncryption(TriplicatiError):
    """The volume {name} is encrypted with "{encryption}", which is not supported. Supported are aes and
    gpg."""

    http_status = 501


class GpgFailed(TriplicatiError):
    """gpg failed on {name}: {reason}"""


class GpgMissing(TriplicatiError):
    """The program "{program}" was not found. Install GnuPG (Debian: apt install gpg) or give
    --gpg-program-path."""


class HostilePath(TriplicatiError):
    """The path {path} would leave the restore folder and was refused."""


# --- local state -----------------------------------------------------------------------------------------


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


# --- saved backups and the server's database -------------------------------------------------------------


class ServerDatabaseUnusable(TriplicatiError):
    """The server database {path} cannot be used: {reason}. Nothing in it was changed. Put a copy of it back,
    or move it away to start without saved backups; exported jobs can then be imported again."""


class ServerDatabaseTooNew(TriplicatiError):
    """The server database {path} was made by a newer program (schema {found}, this one knows {known}).
    Nothing in it was changed. Update Triplicati, or give another --server-datafolder."""


class ServerDatabaseForeign(TriplicatiError):
    """The server database {path} belongs to Duplicati and is left alone. Move it to another folder, and start
    with --adopt=FOLDER to take its jobs over."""


class ServerDatabaseInUse(TriplicatiError):
    """The server database {path} is in use by another program. Close that program and try again."""

    http_status = 409


class SettingsKeyInvalid(TriplicatiError):
    """The key for the settings from {source} cannot be used: {reason}."""

    http_status = 400


class SettingsKeyMissing(TriplicatiError):
    """{reason} Give the key with --settings-encryption-key or the environment variable
    SETTINGS_ENCRYPTION_KEY."""


class WrongSettingsKey(TriplicatiError):
    """The secrets in {path} were encrypted with another key than the one from {source}. Give the key that was
    used before; a new key is taken over only when the old one is known too."""


class BackupNotFound(TriplicatiError):
    """Backup not found"""

    http_status = 404


class BackupNameTaken(TriplicatiError):
    """There already exists a backup with the name: {name}"""

    http_status = 409


class BackupInvalid(TriplicatiError):
    """{reason}"""

    http_status = 400


class ConnectionStringNotFound(TriplicatiError):
    """Connection string not found"""

    http_status = 404


class ConnectionStringNameTaken(TriplicatiError):
    """There already exists a connection string with the name: {name}"""

    http_status = 409


class ConnectionStringInUse(TriplicatiError):
    """The connection string is used by the backups {names}. Change them first."""

    http_status = 409


class JobFileUnusable(TriplicatiError):
    """Failed to import backup: {reason}"""

    http_status = 400


class AdoptionFailed(TriplicatiError):
    """The jobs of Duplicati in {folder} cannot be taken over: {reason}. Nothing was changed, there or
    here."""

    http_status = 400


# --- start of the daemon ---------------------------------------------------------------------------------


class OtherInstance(TriplicatiError):
    """A server runs already on the data folder {folder}{by}. Use that one, or give another folder with
    --server-datafolder and another port with --webservice-port."""

    http_status = 409

    def __init__(self, *, folder: object, pid: str = "", by: str = "") -> None:
        super().__init__(folder=folder, pid=pid, by=by or (f" (process {pid})" if pid else ""))


class InstanceLockUnusable(TriplicatiError):
    """The lock in {path} cannot be used: {reason}. Check that the folder is yours and can be written."""

    exit_code = 200


class InterfaceInvalid(TriplicatiError):
    """"{interface}" is no address to listen on. Give --webservice-interface=loopback for this computer alone,
    any for all, or one address of this computer."""

    http_status = 400


class PortTaken(TriplicatiError):
    """{reason}"""


class CertificateUnusable(TriplicatiError):
    """The certificate {source} cannot be used: {reason}."""

    http_status = 400


# --- operations ------------------------------------------------------------------------------------------


class EmptyRestoreOperation(TriplicatiError):
    """No file of the chosen version matches {patterns}. Use "find" to see which files there are."""

    http_status = 404


class NoVersions(TriplicatiError):
    """There is no version at the destination yet. Run a backup first."""

    http_status = 404


class VersionNotFound(TriplicatiError):
    """There is no version {wanted}. Versions go from 0, the newest, to {oldest}; "list-filesets" shows their
    times, which --time must equal here."""

    http_status = 404


class ExactlyOneVersionNeeded(TriplicatiError):
    """{count} versions were chosen, but a folder is listed in one. Choose it with --version=N."""

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


# --- signing in to the daemon ----------------------------------------------------------------------------


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


# --- requests to the daemon ------------------------------------------------------------------------------


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


# --- requests about saved backups ------------------------------------------------------------------------


class TaskNotFound(TriplicatiError):
    """No such task found"""

    http_status = 404


class NoActiveBackup(TriplicatiError):
    """No active backup"""

    http_status = 404


class RunNotFound(TriplicatiError):
    """There is no run {id}."""

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


# --- talking to a server ---------------------------------------------------------------------------------


class ServerUnreachable(TriplicatiError):
    """No server answers at {url}: {reason}. Start one with "triplicati server", or give the address of
    another with --hosturl."""

    http_status = 502


class ServerNotTrusted(TriplicatiError):
    """The certificate of {url} is not trusted: {reason}. If it is the right one, give its SHA-256 with
    --host-cert."""

    http_status = 502


class ServerAnswerUnusable(TriplicatiError):
    """The server at {url} gave an answer that is not understood. Check that the address is that of a
    Triplicati or Duplicati server, and of a release that fits."""

    http_status = 502


class ServerRefused(TriplicatiError):
    """{reason}"""

    def __init__(self, *, reason: str, status: int, help_id: str = "") -> None:
        super().__init__(reason=reason, status=status, help_id=help_id)
        self.status = status

    @property
    def id(self) -> str:
        return str(self.details["help_id"] or type(self).__name__)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.details)


class NoLocalServer(TriplicatiError):
    """No server runs on the data folder {folder}: {reason}. Start one with "triplicati server", or give the
    address and the password of another with --hosturl and --password."""

    http_status = 404


class PasswordNeeded(TriplicatiError):
    """The server at {url} asks for its password. Give it with --password or the environment variable
    DUPLICATI__WEBSERVICE_PASSWORD, or run this as the user of the server."""

    http_status = 401


class BackupUnknown(TriplicatiError):
    """There is no backup "{which}". "triplicati control list" shows all there are."""

    http_status = 404


class PasswordMismatch(TriplicatiError):
    """The two passwords are not equal. Nothing was changed; start again."""

    http_status = 400


class ExportFileExists(TriplicatiError):
    """The file {path} exists and is not overwritten. Give --overwrite, or another --destination."""

    http_status = 409


class TaskLost(TriplicatiError):
    """The server was started again meanwhile and task {task_id} is not known any more. Its log tells how the
    task ended: triplicati control log."""

    http_status = 404


def disk_error(error: OSError, where: str) -> TriplicatiError:
    """What went wrong with a file of ours. `where` names the place when the error does not."""
    place, reason = error.filename or where, error.strerror or str(error)
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return DiskFull(path=place, reason=reason)
    return TriplicatiError(reason=f"{place}: {reason}")
