"""What an address and its options become in rclone's words."""

from __future__ import annotations

import json
import subprocess

import pytest
import trio
from support.server_programs import program

from triplicati.errors import DestinationOptionMissing, DestinationOptionUnusable
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.kinds import clouds as kind
from triplicati.storage.rclone.clouds import BY_SCHEME, CLOUDS, UNLISTED, Cloud
from triplicati.storage.rclone.remote import RcloneFolder, Settings
from triplicati.storage.registry import open_destination
from triplicati.values.urls import parse_url

_OTHERS = {
    "sftp": {
        "host", "port", "user", "pass", "key_pem", "key_file_pass", "key_use_agent", "known_hosts_file",
        "host_key_algorithms", "shell_type", "disable_hashcheck", "set_modtime",
    },
    "ftp": {
        "host", "port", "user", "pass", "tls", "explicit_tls", "disable_epsv", "no_check_upload",
        "disable_tls13", "no_check_certificate",
    },
    "smb": {"host", "port", "user", "pass", "domain", "hide_special_share"},
}  # fmt: skip
_SPECIAL = {
    "openstack": {"auth_version"},
    "storj": {"provider", "access_grant", "satellite_address", "api_key", "passphrase"},
    "pcloud": {"hostname"},
}


@pytest.fixture(scope="module")
def providers() -> dict[str, set[str]]:
    """All parameters that the installed rclone knows, by its kinds."""
    shown = subprocess.run(
        [program("rclone", "rclone"), "config", "providers"], capture_output=True, check=True
    ).stdout
    return {each["Name"]: {option["Name"] for option in each["Options"]} for each in json.loads(shown)}


def test_rclone_knows_all_parameters(providers: dict[str, set[str]]) -> None:
    wanted = {name: set(parameters) for name, parameters in _OTHERS.items()}
    for cloud in CLOUDS:
        wanted.setdefault(cloud.kind, set()).update(_parameters(cloud))
    unknown = {(name, each) for name, all_ in wanted.items() for each in all_ - providers[name]}
    assert unknown == UNLISTED


def _parameters(cloud: Cloud) -> set[str]:
    token = {"token"} if cloud.sign_in == "token" else set()
    drive = {"drive_id", "drive_type"} if cloud.kind == "onedrive" else set()
    named = {name for name in cloud.login if name}
    special = _SPECIAL.get(cloud.scheme, set())
    return {*cloud.fixed, *cloud.given.values(), *cloud.inverted.values(), *special, *token, *drive, *named}


async def _settled(destination: object) -> Settings:
    assert isinstance(destination, RcloneFolder)
    return await destination._settle()


def _of(url: str, monkeypatch: pytest.MonkeyPatch, **options: str) -> Settings:
    async def token(*_: object) -> tuple[str, float]:
        return "the token", 1e9

    monkeypatch.setattr(kind, "_token", token)
    named = {name.replace("_", "-"): value for name, value in options.items()}
    return trio.run(_settled, open_destination(parse_url(url), named))


def test_a_cloud_with_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _of(
        "googledrive://folder/sub+folder", monkeypatch, authid="x", googledrive_teamdrive_id="team"
    )
    assert (settings.kind, settings.path, settings.until) == ("drive", "folder/sub folder", 1e9)
    assert settings.parameters["team_drive"] == "team"
    assert json.loads(settings.parameters["token"])["access_token"] == "the token"
    assert "the token" not in repr(settings)


def test_b2_takes_its_own_names_or_the_shared_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    for options in (
        {"b2_accountid": "id", "b2_applicationkey": "key"}, {"auth_username": "id", "auth_password": "key"},
    ):  # fmt: skip
        settings = _of("b2://bucket/folder", monkeypatch, **options)
        assert settings.path == "bucket/folder"
        assert (settings.parameters["account"], settings.parameters["key"]) == ("id", "key")


def test_swift(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _of(
        "openstack://box/folder", monkeypatch, auth_username="me", openstack_apikey="key",
        openstack_version="v3",
        openstack_authuri="https://sign.in/v3", openstack_tenant_name="us", openstack_domain_name="d",
        openstack_region="r",
    )  # fmt: skip
    assert settings.parameters == {
        "no_large_objects": "true", "auth": "https://sign.in/v3", "domain": "d", "tenant": "us",
        "region": "r", "user": "me", "key": "key", "auth_version": "3",
    }  # fmt: skip


def test_storj_signs_in_by_key_or_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    by_key = _of("storj://", monkeypatch, storj_api_key="k", storj_secret="s", storj_folder="f/g")
    assert by_key.path == "duplicati/f/g"
    assert by_key.parameters["satellite_address"] == "us1.storj.io:7777"
    by_grant = _of("storj://", monkeypatch, storj_auth_method="access GRANT", storj_shared_access="g")
    assert by_grant.parameters == {"provider": "existing", "access_grant": "g"}


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sharepoint://folder/sub?site-id=s", "folder/sub"),
        ("sharepoint://us.sharepoint.com/site//folder/sub?site-id=s", "folder/sub"),
        ("onedrivev2://folder/sub", "folder/sub"),
        ("pcloud://eapi.pcloud.com/folder/sub", "folder/sub"),
        ("dropbox://folder/sub/", "folder/sub"),
    ],
)
def test_paths(url: str, path: str) -> None:
    address = parse_url(url)
    cloud = BY_SCHEME[address.scheme]
    assert kind.path_of(cloud, KindOptions(address, {}, cloud.options)) == path


def test_a_fragment_has_a_size_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drive(*_: object) -> dict[str, str]:
        return {"drive_id": "d", "drive_type": "personal"}

    monkeypatch.setattr("triplicati.storage.rclone.drives.drive_of", drive)
    settings = _of("onedrivev2://f", monkeypatch, authid="x", fragment_size="20mb")
    assert settings.parameters["chunk_size"] == f"{20 << 20}B"
    assert settings.parameters["drive_id"] == "d"


@pytest.mark.parametrize(
    ("url", "option"),
    [
        ("openstack://box", "openstack-authuri"), ("sharepoint://folder?authid=x", "site-id"),
        ("filen://folder", "api-key"), ("drimecloud://folder", "api-token"), ("storj://", "storj-api-key"),
        ("storj://?storj-auth-method=Access+grant", "storj-shared-access"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(url: str, option: str) -> None:
    with pytest.raises(DestinationOptionMissing, match=f"--{option}"):
        open_destination(parse_url(url), {})


async def test_a_token_is_asked_for_when_it_is_needed() -> None:
    destination = open_destination(parse_url("dropbox://folder"), {})
    with pytest.raises(DestinationOptionMissing, match="--authid"):
        await destination.list()


def test_pcloud_has_two_hosts() -> None:
    with pytest.raises(DestinationOptionUnusable, match=r"api\.pcloud\.com"):
        open_destination(parse_url("pcloud://folder"), {"authid": "x"})
