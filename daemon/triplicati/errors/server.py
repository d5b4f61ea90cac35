"""The server's store, and its start."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


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


class ServiceFileChanged(TriplicatiError):
    """The file {path} was changed after "triplicati service install" wrote it, and is left alone. Move the
    changes into a drop-in (systemctl edit), or give --force to lose them."""

    http_status = 409


class ServiceFileDenied(TriplicatiError):
    """The user {user} may not change {path}. For a service of the system run this as root (sudo), for one of
    yours with --user."""


class ServiceFileForeign(TriplicatiError):
    """The file {path} was not written by "triplicati service install", and is left alone. Move it away, or
    choose another name with --name."""

    http_status = 409


class ServiceCommandFailed(TriplicatiError):
    """The command "{command}" failed: {reason}. Run it yourself to see more, as administrator if it needs
    that."""


class CertificateUnusable(TriplicatiError):
    """The certificate {source} cannot be used: {reason}."""

    http_status = 400
