"""How a form asks for the address of each kind of destination, in the words that its users know."""

from __future__ import annotations

from typing import Literal

import msgspec

Host = Literal["server", "bucket", "container", "folder", "remote", "none"]
Path = Literal["folder", "prefix", "share", "none"]


class AddressForm(msgspec.Struct, frozen=True, rename="pascal"):
    """What the host and the path of an address mean. Where the host is a "folder", both together are one.
    `login`: a user name and password are asked for. `main` are the options without which it seldom works, in
    the order in which to ask."""

    host: Host = "server"
    port: bool = True
    path: Path = "folder"
    login: bool = True
    main: tuple[str, ...] = ()


def _bucket(*main: str, host: Host = "bucket", path: Path = "prefix", login: bool = False) -> AddressForm:
    return AddressForm(host, port=False, path=path, login=login, main=main)


_TOKEN = AddressForm("folder", port=False, path="none", login=False, main=("authid",))
_SIGNED_IN = AddressForm("folder", port=False, path="none")

_FORMS = {
    "ssh": AddressForm(main=("ssh-keyfile", "ssh-fingerprint")),
    "webdav": AddressForm(main=("use-ssl",)),
    "ftp": AddressForm(main=("ftp-encryption-mode",)),
    "aftp": AddressForm(main=("aftp-encryption-mode",)),
    "smb": AddressForm(path="share", main=("auth-domain",)),
    "cifs": AddressForm(path="share", main=("auth-domain",)),
    "s3": _bucket(
        "aws-access-key-id",
        "aws-secret-access-key",
        "s3-server-name",
        "use-ssl",
        "s3-location-constraint",
    ),
    "e2": _bucket("access_key_id", "access_key_secret"),
    "azure": _bucket(
        "azure-account-name", "azure-access-key", "azure-access-sas-token", host="container", path="none"
    ),
    "gcs": _bucket("gcs-service-account-file", "authid"),
    "b2": _bucket("b2-accountid", "b2-applicationkey"),
    "aliyunoss": AddressForm(
        "folder",
        port=False,
        path="none",
        login=False,
        main=("oss-bucket-name", "oss-endpoint", "oss-access-key-id", "oss-access-key-secret"),
    ),
    "cos": AddressForm(
        "folder",
        port=False,
        path="none",
        login=False,
        main=("cos-bucket", "cos-region", "cos-app-id", "cos-secret-id", "cos-secret-key"),
    ),
    "openstack": _bucket("openstack-authuri", "openstack-tenant-name", host="container", login=True),
    "storj": AddressForm(
        "none",
        port=False,
        path="none",
        login=False,
        main=("storj-auth-method", "storj-shared-access", "storj-bucket", "storj-folder"),
    ),
    "rclone": AddressForm("remote", port=False, login=False),
    "pcloud": AddressForm(port=False, login=False, main=("authid",)),
    "mega": _SIGNED_IN,
    "filen": _SIGNED_IN,
    "drimecloud": AddressForm("folder", port=False, path="none", login=False, main=("api-token",)),
    "sharepoint": msgspec.structs.replace(_TOKEN, main=("authid", "site-id")),
    "msgroup": msgspec.structs.replace(_TOKEN, main=("authid", "group-email")),
    "googledrive": _TOKEN,
    "dropbox": _TOKEN,
    "box": _TOKEN,
    "onedrivev2": _TOKEN,
    "jottacloud": _TOKEN,
}


def form_of(scheme: str) -> AddressForm:
    """That of a server with a port, a folder and a user where nothing else is known."""
    return _FORMS.get(scheme, AddressForm())
