"""What a client meets that talks to a server."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


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


class NoLocalServer(TriplicatiError):
    """No server runs on the data folder {folder} ({reason}). Start one with "triplicati server", or give the
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


class BrowserMissing(TriplicatiError):
    """The page could not be opened: {reason}. Open {url} in a browser, or give a command for one with
    --browser-command."""

    http_status = 500


class HostedServerFailed(TriplicatiError):
    """The server did not start: {reason}"""


class ServerNeedsEvents(TriplicatiError):
    """The server at {url} does not tell what happens on it, so the tray cannot show it. It needs a Triplicati
    of this release; for Duplicati, use its own tray icon."""

    http_status = 502


class TrayDesktopMissing(TriplicatiError):
    """No icon can be shown: {reason}. {advice}"""


class AutostartNotKept(TriplicatiError):
    """The start with the desktop could not be set: {reason}"""
