"""A folder of a share of a Windows computer, a Samba server or a network disk (SMB)."""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.errors import InvalidValue
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.rclone.program import PROGRAM, flavour_of
from triplicati.storage.rclone.remote import RcloneFolder, Settings
from triplicati.storage.rclone.texts import Asked
from triplicati.storage.shared_options import LOGIN, TIMEOUTS
from triplicati.values.urls import DestinationUrl

SCHEMES = ("smb", "cifs")
HIDDEN = ("cifs",)
_GROUP = "destinations"
OPTIONS = (
    *LOGIN,
    *TIMEOUTS,
    *PROGRAM,
    Option("auth-domain", T.STRING, None, "Domain of the user.", _GROUP),
    Option(
        "transport", T.ENUM, "directtcp", "How the server is reached.", _GROUP,
        values=("directtcp", "netbios"), state="refused", neutral=("directtcp",),
        reason="NetBIOS is not spoken; servers since Windows 2000 do without",
    ),
    Option(
        "read-buffer-size", T.SIZE, None, "Bytes of one request for data.", _GROUP, state="inert",
        reason="the server and rclone agree on it",
    ),
    Option(
        "write-buffer-size", T.SIZE, None, "Bytes of one request with data.", _GROUP, state="inert",
        reason="the server and rclone agree on it",
    ),
)  # fmt: skip
_PORT = 445


def options_of(_scheme: str) -> tuple[Option, ...]:
    return OPTIONS


def title_of(scheme: str) -> str:
    return "SMB (Windows share)" if scheme == "smb" else "CIFS (the older name of SMB)"


def summary_of(scheme: str) -> str:
    if scheme == "cifs":
        return "The same as smb://, for addresses of older backups."
    return "A folder of a share of a Windows computer, a Samba server or a network disk (SMB)."


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> RcloneFolder:
    given = KindOptions(url, options, OPTIONS)
    share, _, path = url.path.strip("/").partition("/")
    if not share:
        reason = f"it names no share; write {url.scheme}://server/share/folder"
        raise InvalidValue(value=url.display, kind="destination address", reason=reason)
    login, port = given.login(), url.port or _PORT
    parameters = {
        "host": url.host.strip("[]"), "port": str(port), "user": login.user, "pass": login.revealed,
        "domain": given.text("auth-domain") or "WORKGROUP", "hide_special_share": "false",
    }  # fmt: skip

    async def settle() -> Settings:
        return Settings("smb", parameters, f"{share}/{path}")

    host = url.host if port == _PORT else f"{url.host}:{port}"
    asked = Asked(url.scheme, host, path, container="share", container_name=share, secrets=(login.revealed,))
    return RcloneFolder(url.display, asked, settle, flavour_of(given))
