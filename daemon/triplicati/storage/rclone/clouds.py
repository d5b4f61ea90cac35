"""Which of rclone's kinds serves a cloud, and which of its parameters an option of ours is."""

from __future__ import annotations

from typing import Literal

import msgspec

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.rclone.program import PROGRAM
from triplicati.storage.shared_options import LOGIN, TIMEOUTS, TOKEN

_GROUP = "destinations"


class Cloud(msgspec.Struct, frozen=True):
    """`kind` is rclone's. `fixed`, `given` and `inverted` say which parameters are always set, come from an
    option as it is, or from a switch turned round. `login` are the parameters of user and password, and
    `login_options` the kind's own names of them. `container` is what the first part of an address is called
    where that is no folder. `required` options have a hint each."""

    scheme: str
    title: str
    summary: str
    kind: str
    options: tuple[Option, ...]
    sign_in: Literal["token", "login", "options"]
    fixed: dict[str, str] = {}
    given: dict[str, str] = {}
    inverted: dict[str, str] = {}
    login: tuple[str, str] = ("", "")
    login_options: tuple[str, str] = ("auth-username", "auth-password")
    container: str = ""
    required: dict[str, str] = {}


_COMMON = (*TIMEOUTS, *PROGRAM)
_FRAGMENTS = (
    Option("fragment-size", T.SIZE, "10485760", "Bytes of one piece of an upload.", _GROUP),
    Option(
        "fragment-retry-count", T.INTEGER, "5", "Further tries for a piece of an upload.", _GROUP,
        state="inert",
        reason="a piece is tried three times",
    ),
    Option(
        "fragment-retry-delay", T.INTEGER, "1000", "Milliseconds between two tries.", _GROUP, state="inert",
        reason="rclone waits as long as the service asks for",
    ),
)  # fmt: skip

CLOUDS = (
    Cloud(
        "googledrive", "Google Drive", "A folder of Google Drive.", "drive",
        (
            *TOKEN, *_COMMON,
            Option("googledrive-teamdrive-id", T.STRING, None, "Id of a shared drive.", _GROUP),
        ),
        "token", {"scope": "drive", "use_trash": "false", "skip_gdocs": "true"},
        {"googledrive-teamdrive-id": "team_drive"},
    ),
    Cloud(
        "dropbox", "Dropbox", "A folder of Dropbox.", "dropbox", (*TOKEN, *_COMMON), "token",
        {"batch_mode": "off", "skip_exports": "true"},
    ),
    Cloud(
        "box", "Box", "A folder of Box.", "box",
        (
            *TOKEN, *_COMMON,
            Option(
                "box-delete-from-trash", T.BOOLEAN, "false", "Delete files for good.", _GROUP, state="inert",
                reason="deleted files go as your account at Box is set up",
            ),
        ),
        "token",
    ),
    Cloud(
        "onedrivev2", "OneDrive", "A folder of Microsoft OneDrive.", "onedrive",
        (
            *TOKEN, *_COMMON, *_FRAGMENTS,
            Option("drive-id", T.STRING, None, "Id of another drive than your own.", _GROUP),
            Option(
                "use-http-client", T.BOOLEAN, "true", "Use another client.", _GROUP, state="inert",
                deprecated="Leave it out.", reason="there is one client",
            ),
        ),
        "token", {}, {"fragment-size": "chunk_size"},
    ),
    Cloud(
        "msgroup", "Microsoft 365 group", "A folder of a group of Microsoft 365.", "onedrive",
        (
            *TOKEN, *_COMMON, *_FRAGMENTS,
            Option("group-id", T.STRING, None, "Id of the group.", _GROUP),
            Option("group-email", T.STRING, None, "Mail address of the group.", _GROUP),
        ),
        "token", {}, {"fragment-size": "chunk_size"},
    ),
    Cloud(
        "sharepoint", "SharePoint", "A folder of a site of Microsoft SharePoint.", "onedrive",
        (*TOKEN, *_COMMON, *_FRAGMENTS, Option("site-id", T.STRING, None, "Id of the site.", _GROUP)),
        "token", {}, {"fragment-size": "chunk_size"}, required={"site-id": ""},
    ),
    Cloud(
        "b2", "Backblaze B2", "A folder of a bucket of Backblaze B2.", "b2",
        (
            *LOGIN, *_COMMON,
            Option("b2-accountid", T.STRING, None, "Id of the account or of the application key.", _GROUP),
            Option("b2-applicationkey", T.PASSWORD, None, "Application key.", _GROUP),
            Option(
                "b2-create-bucket-type", T.STRING, "allPrivate", "Who sees a bucket that is made.", _GROUP,
                state="refused", neutral=("allPrivate",),
                reason="a bucket for all to see is made at Backblaze",
            ),
            Option(
                "b2-page-size", T.INTEGER, "500", "Files in one answer to a listing.", _GROUP, state="inert",
                reason="as many as the service allows",
            ),
            Option("b2-download-url", T.STRING, None, "Address to fetch files from.", _GROUP),
            Option(
                "b2-lock-mode", T.STRING, "Governance", "Kind of a lock on a file.", _GROUP, state="inert",
                reason="files are locked by what the bucket has set; for locks of each file use s3:// with"
                " the service's S3 address",
            ),
        ),
        "login", {"hard_delete": "true"}, {"b2-download-url": "download_url"}, login=("account", "key"),
        login_options=("b2-accountid", "b2-applicationkey"), container="bucket",
    ),
    Cloud(
        "openstack", "OpenStack Swift", "A container of OpenStack Swift.", "swift",
        (
            *LOGIN, *_COMMON,
            Option("openstack-authuri", T.STRING, None, "Address where one signs in.", _GROUP),
            Option(
                "openstack-version", T.STRING, None, "Version of the sign-in: v1, v2 or v3.", _GROUP,
                values=("v1", "v2", "v3"),
            ),
            Option("openstack-domain-name", T.STRING, None, "Domain of the user.", _GROUP),
            Option("openstack-tenant-name", T.STRING, None, "Tenant, called project since.", _GROUP),
            Option("openstack-apikey", T.PASSWORD, None, "API key, in place of a password.", _GROUP),
            Option("openstack-region", T.STRING, None, "Region.", _GROUP),
        ),
        "login", {"no_large_objects": "true"},
        {
            "openstack-authuri": "auth", "openstack-domain-name": "domain", "openstack-tenant-name": "tenant",
            "openstack-region": "region",
        },
        login=("user", "key"), container="container", required={"openstack-authuri": ""},
    ),
    Cloud(
        "pcloud", "pCloud", "A folder of pCloud; the host is api.pcloud.com or eapi.pcloud.com.", "pcloud",
        (*TOKEN, *_COMMON), "token",
    ),
    Cloud(
        "mega", "MEGA", "A folder of MEGA.", "mega",
        (
            *LOGIN, *_COMMON,
            Option("auth-two-factor-key", T.PASSWORD, None, "Code of the second factor.", _GROUP),
        ),
        "login", {"hard_delete": "true"}, {"auth-two-factor-key": "2fa"}, login=("user", "pass"),
    ),
    Cloud(
        "jottacloud", "Jottacloud", "A folder of Jottacloud.", "jottacloud",
        (
            *TOKEN, *_COMMON,
            Option("jottacloud-device", T.STRING, "Jotta", "Device that holds the folder.", _GROUP),
            Option("jottacloud-mountpoint", T.STRING, None, "Mount point of the device.", _GROUP),
            Option(
                "jottacloud-threads", T.INTEGER, "4", "Pieces that are fetched at once.", _GROUP,
        state="inert",
                reason="a file is fetched in one piece",
            ),
            Option(
                "jottacloud-chunksize", T.SIZE, "5242880", "Bytes of a piece.", _GROUP, state="inert",
                reason="a file is fetched in one piece",
            ),
        ),
        "token", {"configVersion": "1", "client_id": "jottacli", "hard_delete": "true"},
        {"jottacloud-device": "device", "jottacloud-mountpoint": "mountpoint"},
    ),
    Cloud(
        "storj", "Storj", "A folder of a bucket of Storj.", "storj",
        (
            *_COMMON,
            Option(
                "storj-auth-method", T.STRING, "API key", "How one signs in.", _GROUP,
                values=("API key", "Access grant"),
            ),
            Option("storj-satellite", T.STRING, "us1.storj.io:7777", "Address of the satellite.", _GROUP),
            Option("storj-api-key", T.PASSWORD, None, "API key.", _GROUP),
            Option("storj-secret", T.PASSWORD, None, "Passphrase of the encryption at Storj.", _GROUP),
            Option("storj-shared-access", T.PASSWORD, None, "Access grant.", _GROUP),
            Option("storj-bucket", T.STRING, "duplicati", "Bucket.", _GROUP),
            Option("storj-folder", T.STRING, None, "Folder in the bucket.", _GROUP),
        ),
        "options", container="bucket",
    ),
    Cloud(
        "filen", "Filen", "A folder of Filen.", "filen",
        (
            *LOGIN, *_COMMON,
            Option("api-key", T.PASSWORD, None, "API key, which Filen's own program shows.", _GROUP),
            Option(
                "two-factor-code", T.PASSWORD, None, "Code of the second factor.", _GROUP, state="inert",
                reason="with an API key none is asked for",
            ),
            Option(
                "move-to-trash", T.BOOLEAN, "false", "Keep deleted files in the trash.", _GROUP,
        state="inert",
                reason="rclone decides it",
            ),
        ),
        "login", {}, {"api-key": "api_key"}, login=("email", "password"),
        required={"api-key": '. "filen export-api-key" of Filen\'s own program shows it'},
    ),
    Cloud(
        "drimecloud", "Drime", "A folder of Drime.", "drime",
        (
            *LOGIN, *_COMMON,
            Option("api-token", T.PASSWORD, None, "Token, from the settings of your account.", _GROUP),
            Option(
                "api-url", T.STRING, "https://app.drime.cloud/api/v1", "Address of the service.", _GROUP,
                state="refused", neutral=("https://app.drime.cloud/api/v1",),
                reason="rclone knows the service's own address only",
            ),
            Option("page-size", T.INTEGER, "50", "Files in one answer to a listing.", _GROUP),
            Option("workspace-id", T.STRING, "0", "Id of a workspace; 0 for your own files.", _GROUP),
            Option("soft-delete", T.BOOLEAN, "false", "Keep deleted files in the trash.", _GROUP),
        ),
        "options", {}, {"api-token": "access_token", "page-size": "list_chunk",
         "workspace-id": "workspace_id"},
        {"soft-delete": "hard_delete"},
        required={"api-token": "; name and password alone are not enough for rclone"},
    ),
)  # fmt: skip
BY_SCHEME = {cloud.scheme: cloud for cloud in CLOUDS}
# Parameters that rclone reads and does not list.
UNLISTED = frozenset(
    {("jottacloud", "configVersion"), ("jottacloud", "device"), ("jottacloud", "mountpoint")}
)
