"""A folder of a WebDAV server, as Nextcloud, ownCloud and many network disks are."""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.http.server import Endpoint
from triplicati.storage.http.signing_in import SigningIn
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.shared_options import CERTIFICATES, LOGIN, SECURE, TIMEOUTS
from triplicati.storage.webdav.folder import WebDavFolder
from triplicati.values.urls import DestinationUrl

SCHEMES = ("webdav",)
TITLE = "WebDAV"
_GROUP = "destinations"
OPTIONS = (
    *LOGIN,
    *SECURE,
    *CERTIFICATES,
    *TIMEOUTS,
    Option(
        "integrated-authentication", T.BOOLEAN, "false", "Sign in as the user of this machine.", _GROUP,
        state="inert", reason="name and password are needed",
    ),
    Option(
        "force-digest-authentication", T.BOOLEAN, "false", "Never show the password itself to the server.",
        _GROUP,
    ),
    Option(
        "use-extended-propfind", T.BOOLEAN, "false", "Name the wanted properties when listing.", _GROUP,
        state="inert", reason="it is always so",
    ),
    Option(
        "use-legacy-parsing", T.BOOLEAN, "false", "Read lists without an XML reader.", _GROUP, state="inert",
        reason="lists are read as the standard says",
    ),
    Option(
        "debug-propfind-file", T.PATH, None, "File for the server's answer to a listing.", _GROUP,
        state="inert", reason="answers are not kept",
    ),
)  # fmt: skip


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> WebDavFolder:
    given = KindOptions(url, options, OPTIONS)
    secure = given.secure()
    endpoint = Endpoint(
        url.host.strip("[]"), url.port or (443 if secure else 80), secure,
        given.boolean("accept-any-ssl-certificate"),
        given.certificate_hashes(),
    )  # fmt: skip
    signing_in = SigningIn(given.login(), digest_only=given.boolean("force-digest-authentication"))
    return WebDavFolder(url.display, endpoint, url.path, signing_in)
