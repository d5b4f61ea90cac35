"""Options of destinations: the local folder, and what all kinds share."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "destinations"

OPTIONS = (
    Option(
        "alternate-target-paths", T.PATH, None,
        "Further folders where the destination may be, separated as in PATH; the first that exists is taken.",
        _GROUP,
    ),
    Option(
        "alternate-destination-marker", T.STRING, None, "File that a destination folder must hold.", _GROUP,
    ),
    Option(
        "use-move-for-put", T.BOOLEAN, "false",
        "Move finished volumes to the destination instead of copying, where the disk is the same.", _GROUP,
    ),
    Option(
        "force-smb-authentication", T.BOOLEAN, "false",
        "Sign in to a Windows share even if it can be opened.", _GROUP, state="inert",
        reason="it concerns Windows only",
    ),
    Option(
        "disable-length-verification", T.BOOLEAN, "false", "Do not check the length of uploaded files.",
        _GROUP, state="inert", reason="the length is always checked",
    ),
    Option(
        "disable-filename-sanitation", T.BOOLEAN, "false",
        "Do not replace unusual characters in file names.", _GROUP, state="inert",
        reason="names of volumes hold no such characters",
    ),
    Option(
        "auth-username", T.STRING, None, "User name at the destination.", _GROUP,
    ),
    Option(
        "auth-password", T.PASSWORD, None, "Password at the destination.", _GROUP,
    ),
    Option("authid", T.PASSWORD, None, "Token of a consumer cloud.", _GROUP),
    Option(
        "oauth-url", T.STRING, None, "Address of the service that gives out tokens.", _GROUP,
    ),
    Option(
        "use-ssl", T.BOOLEAN, "false", "Use an encrypted connection.", _GROUP,
    ),
    Option(
        "accept-any-ssl-certificate", T.BOOLEAN, "false", "Accept any certificate of the destination.",
        _GROUP,
    ),
    Option(
        "accept-specified-ssl-hash", T.STRING, None, "Accept certificates with one of these hashes.",
        _GROUP,
    ),
    Option(
        "ignore-revocation-failure", T.BOOLEAN, "false",
        "Go on when it cannot be found out whether a certificate was revoked.", _GROUP, state="inert",
        reason="nobody is asked whether a certificate was revoked",
    ),
    Option(
        "short-timeout", T.TIMESPAN, "30s", "Longest time for small requests.", _GROUP,
    ),
    Option(
        "list-timeout", T.TIMESPAN, "10m", "Longest time to list the destination.", _GROUP,
    ),
    Option(
        "read-write-timeout", T.TIMESPAN, "2m", "Longest time without progress in a transfer; 0 for any.",
        _GROUP,
    ),
)
