"""A folder of an FTP server, with or without encryption."""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.rclone.certificates import FTPS_START, FTPS_WHOLE, agreed_certificate
from triplicati.storage.rclone.program import PROGRAM, flavour_of
from triplicati.storage.rclone.pureftpd import check_whole
from triplicati.storage.rclone.remote import RcloneFolder, Settings
from triplicati.storage.rclone.texts import Asked
from triplicati.storage.shared_options import CERTIFICATES, LOGIN, SECURE, TIMEOUTS
from triplicati.values.urls import DestinationUrl

SCHEMES = ("ftp", "aftp")
HIDDEN = ("aftp",)
_GROUP = "destinations"
_PORT, _PORT_IMPLICIT = 21, 990
_MODES = ("None", "Implicit", "Explicit", "Auto")
_PASSIVE = ("AutoPassive", "PASV", "PASVEX", "EPSV")
_ACTIVE = ("AutoActive", "PORT", "EPRT")
_ALL = "ignore-pureftpd-limit-issue"
_NO_CONSOLE = "what is said on the line is not shown"


def _options(scheme: str) -> tuple[Option, ...]:
    return (
        *LOGIN,
        *CERTIFICATES,
        *TIMEOUTS,
        *PROGRAM,
        Option(
            f"{scheme}-encryption-mode", T.ENUM, "None",
            'Encryption of the connection: "Explicit" begins on the usual port, "Implicit" on one of its own;'
            ' "Auto" is as "Explicit".', _GROUP, values=_MODES,
        ),
        Option(
            f"{scheme}-data-connection-type", T.ENUM, "AutoPassive",
            "How a connection for data is made.", _GROUP, values=(*_PASSIVE, *_ACTIVE), state="refused",
            neutral=_PASSIVE, reason="the server cannot connect to this machine, only the other way",
        ),
        Option(
            f"{scheme}-ssl-protocols", T.STRING, "None", "Versions of TLS.", _GROUP, state="inert",
            reason="version 1.2 is used",
        ),
        Option(
            f"{scheme}-upload-delay", T.TIMESPAN, "0s", "Wait after an upload before it is checked.", _GROUP,
            state="inert", reason="an upload is complete when the server has said so",
        ),
        Option(
            f"{scheme}-use-cwd-names", T.BOOLEAN, "false", "Change into the folder and use short names.",
            _GROUP, state="inert", reason="whole paths are used",
        ),
        Option(
            f"{scheme}-log-to-console", T.BOOLEAN, "false", "Show what is said on the line.", _GROUP,
            state="inert", reason=_NO_CONSOLE,
        ),
        Option(
            f"{scheme}-log-privateinfo-to-console", T.BOOLEAN, "false",
            "Show also names and passwords.", _GROUP, state="inert", reason=_NO_CONSOLE,
        ),
        Option(
            f"{scheme}-log-diagnostics", T.BOOLEAN, "false", "Log what is said on the line.", _GROUP,
            state="inert", reason=_NO_CONSOLE,
        ),
    )  # fmt: skip


_VERIFY = Option(
    "disable-upload-verify", T.BOOLEAN, "false", "Do not ask for the size of an uploaded file.", _GROUP,
)  # fmt: skip
_FTP = (
    *_options("ftp"),
    *SECURE,
    _VERIFY,
    Option(
        "ftp-absolute-path", T.BOOLEAN, "false",
        "Start from the top of the server and not from the folder of the user.", _GROUP,
    ),
    Option(
        "ftp-passive", T.BOOLEAN, "true", "Connect for data from here.", _GROUP, state="inert",
        deprecated="It is always so.", reason="it is always so",
    ),
    Option(
        "ftp-regular", T.BOOLEAN, "false", "Let the server connect for data.", _GROUP, state="refused",
        neutral=("false",), deprecated="Leave it out.", reason="the server cannot connect to this machine",
    ),
    Option(
        _ALL, T.BOOLEAN, "false",
        "Accept lists that PureFTPd may have cut short.", _GROUP,
    ),
)  # fmt: skip
_AFTP = (
    *_options("aftp"),
    _VERIFY,
    Option(
        "aftp-relative-path", T.BOOLEAN, "false",
        "Start from the folder of the user and not from the top of the server.", _GROUP,
    ),
)  # fmt: skip


def options_of(scheme: str) -> tuple[Option, ...]:
    return _FTP if scheme == "ftp" else _AFTP


def title_of(scheme: str) -> str:
    return "FTP" if scheme == "ftp" else "FTP (alternative)"


def summary_of(scheme: str) -> str:
    if scheme == "ftp":
        return "A folder of an FTP server, with or without encryption."
    return "A folder of an FTP server; its path starts at the top of the server."


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> RcloneFolder:
    given = KindOptions(url, options, options_of(url.scheme))
    mode = given.choice(f"{url.scheme}-encryption-mode")
    if mode == "None" and url.scheme == "ftp" and given.secure():
        mode = "Explicit"
    port = url.port or (_PORT_IMPLICIT if mode == "Implicit" else _PORT)
    login, host, plain = given.login(), url.host.strip("[]"), url.scheme == "ftp"
    parameters = {
        "host": host, "port": str(port), "user": login.user or "anonymous",
        "pass": login.revealed or ("anonymous" if not login.user else ""),
        "tls": _word(mode == "Implicit"), "explicit_tls": _word(mode in ("Explicit", "Auto")),
        "disable_epsv": _word(given.choice(f"{url.scheme}-data-connection-type") == "PASV"),
        "no_check_upload": _word(given.boolean("disable-upload-verify")),
        # With 1.3 a server sends tickets that nobody reads on a connection for an upload; its end then looks
        # like a break to some servers (vsftpd: 426).
        "disable_tls13": "true",
    }  # fmt: skip

    async def settle() -> Settings:
        if mode == "None":
            return Settings("ftp", parameters, _path(given))
        start = FTPS_WHOLE if mode == "Implicit" else FTPS_START
        agreed = await agreed_certificate(given, host, port, start)
        checks = {"no_check_certificate": _word(agreed.unchecked)}
        return Settings("ftp", {**parameters, **checks}, _path(given), root=agreed.root)

    asked = Asked(
        url.scheme, f"{url.host}:{port}", url.path, secrets=(login.revealed,),
        advice="If it is your own server's, give its hash with --accept-specified-ssl-hash.",
    )  # fmt: skip
    async def check(count: int) -> None:
        await check_whole(count, host, port, encrypted=mode == "Implicit", option=_ALL if plain else "")

    trusted = plain and given.boolean(_ALL)
    return RcloneFolder(url.display, asked, settle, flavour_of(given), None if trusted else check)


def _path(given: KindOptions) -> str:
    if given.url.scheme == "ftp":
        absolute = given.boolean("ftp-absolute-path")
    else:
        absolute = not given.boolean("aftp-relative-path")
    return f"/{given.url.path}" if absolute else given.url.path


def _word(value: bool) -> str:
    return "true" if value else "false"
