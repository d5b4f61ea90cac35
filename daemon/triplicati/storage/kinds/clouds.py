"""Clouds that rclone speaks to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from triplicati.errors import DestinationOptionUnusable
from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.rclone.clouds import BY_SCHEME, Cloud
from triplicati.storage.rclone.program import flavour_of
from triplicati.storage.rclone.remote import RcloneFolder, Settings
from triplicati.storage.rclone.texts import Asked
from triplicati.values.secrets import Secret
from triplicati.values.urls import DestinationUrl

SCHEMES = tuple(BY_SCHEME)
# These services ask for patience in the middle of an upload, of which one piece is sent again then.
_RETRIES = 3
_PIECE = 320 << 10
_PCLOUD = ("api.pcloud.com", "eapi.pcloud.com")


def options_of(scheme: str) -> tuple[Option, ...]:
    return BY_SCHEME[scheme].options


def title_of(scheme: str) -> str:
    return BY_SCHEME[scheme].title


def summary_of(scheme: str) -> str:
    return BY_SCHEME[scheme].summary


def connect(url: DestinationUrl, options: Mapping[str, str | None]) -> RcloneFolder:
    cloud = BY_SCHEME[url.scheme]
    given = KindOptions(url, options, cloud.options)
    parameters, path = parameters_of(cloud, given), path_of(cloud, given)

    async def settle() -> Settings:
        if cloud.sign_in != "token":
            return Settings(cloud.kind, parameters, path)
        token, until = await _token(cloud, given)
        mine = {**parameters, "token": _token_text(token, until)}
        if cloud.kind == "onedrive":
            from triplicati.storage.rclone.drives import drive_of  # noqa: PLC0415

            mine |= await drive_of(given, token)
        return Settings(cloud.kind, mine, path, until)

    secrets = tuple(given.text(option.name) or "" for option in cloud.options if option.type is T.PASSWORD)
    bucket = path.partition("/")[0] if cloud.container else ""
    asked = Asked(
        cloud.scheme, cloud.title, "" if cloud.container else path, container=cloud.container,
        container_name=bucket, secrets=(*secrets, given.login().revealed if cloud.sign_in == "login" else ""),
    )  # fmt: skip
    return RcloneFolder(url.display, asked, settle, flavour_of(given, retries=_RETRIES))


def parameters_of(cloud: Cloud, given: KindOptions) -> dict[str, str]:
    """Those of rclone, but for a token. Raises `DestinationOptionMissing`."""
    for name, hint in cloud.required.items():
        given.required(name, hint)
    found = dict(cloud.fixed)
    for name, parameter in cloud.given.items():
        # A plain number is kibibytes to rclone; pieces are whole multiples of 320 KiB.
        pieces = max(given.size(name) // _PIECE, 1) * _PIECE if name == "fragment-size" else 0
        text = f"{pieces}B" if pieces else given.text(name) or ""
        if text:
            found[parameter] = text
    found |= {
        parameter: "false" if given.boolean(name) else "true" for name, parameter in cloud.inverted.items()
    }
    if cloud.sign_in == "login":
        login = given.login(*cloud.login_options)
        found |= {cloud.login[0]: login.user, cloud.login[1]: login.revealed}
    return found | _SPECIAL.get(cloud.scheme, lambda _: {})(given)


def path_of(cloud: Cloud, given: KindOptions) -> str:
    """The folder in rclone's words: the host of an address is its first part."""
    url = given.url
    if cloud.scheme == "storj":
        return "/".join(part for part in (given.text("storj-bucket"), given.text("storj-folder")) if part)
    if cloud.scheme == "pcloud":
        if url.host not in _PCLOUD:
            reason = f"the host of a pcloud:// address is {' or '.join(_PCLOUD)}, not {url.host}"
            raise DestinationOptionUnusable(option="authid", reason=reason)
        return url.path.strip("/")
    if cloud.scheme == "sharepoint" and url.host.lower().endswith(".sharepoint.com"):
        return url.path.partition("//")[2].strip("/")
    return "/".join(part for part in (url.host, url.path.strip("/")) if part)


def _swift(given: KindOptions) -> dict[str, str]:
    version = (given.text("openstack-version") or "").strip().lower().removeprefix("v").partition(".")[0]
    key = given.text("openstack-apikey")
    return {**({"auth_version": version} if version else {}), **({"key": key} if key else {})}


def _storj(given: KindOptions) -> dict[str, str]:
    if given.choice("storj-auth-method").lower() == "access grant":
        return {"provider": "existing", "access_grant": given.required("storj-shared-access")}
    return {
        "provider": "new", "satellite_address": given.text("storj-satellite") or "",
        "api_key": given.required("storj-api-key"), "passphrase": given.required("storj-secret"),
    }  # fmt: skip


def _pcloud(given: KindOptions) -> dict[str, str]:
    return {"hostname": given.url.host}


def _drime(given: KindOptions) -> dict[str, str]:
    return {} if given.text("workspace-id") != "0" else {"workspace_id": ""}


_SPECIAL = {"openstack": _swift, "storj": _storj, "pcloud": _pcloud, "drimecloud": _drime}


async def _token(cloud: Cloud, given: KindOptions) -> tuple[str, float]:
    from triplicati.storage.oauth_relay import access_token  # noqa: PLC0415

    authid = Secret(given.required("authid"))
    if cloud.scheme == "pcloud":  # here the authid is the token
        return authid.reveal(), float("inf")
    return await access_token(given.text("oauth-url") or "", authid, scheme=cloud.scheme)


def _token_text(token: str, until: float) -> str:
    """In rclone's form, without anything to make it anew with: that is for the relay."""
    endless = until == float("inf")
    # The relay's end has a margin, after which rclone must not find it outdated in the middle of a transfer.
    expiry = "0001-01-01T00:00:00Z" if endless else datetime.fromtimestamp(until + 3600, UTC).isoformat()
    return json.dumps({"access_token": token, "token_type": "Bearer", "expiry": expiry})
