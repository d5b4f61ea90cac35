"""Addresses that rclone serves, as settings of its own; and rclone:// with what the user set up for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from support.conformance import Bytes, content_of, fetched

from triplicati.errors import (
    DestinationError,
    DestinationOptionUnusable,
    DestinationProgramMissing,
    FolderMissing,
    InvalidValue,
    UnsupportedBackend,
)
from triplicati.storage.destination import PART, Destination
from triplicati.storage.kinds import unavailable
from triplicati.storage.rclone.remote import RcloneFolder, Settings
from triplicati.storage.rclone.texts import Asked, explained, readable
from triplicati.storage.registry import offered_schemes, open_destination, summary_of
from triplicati.values.urls import parse_url


def settled(url: str, **options: str) -> Settings:
    named = {name.replace("_", "-"): value for name, value in options.items()}
    destination = open_destination(parse_url(url), named)
    assert isinstance(destination, RcloneFolder)
    return trio.run(destination._settle)


def opened(url: str, **options: str) -> Destination:
    return open_destination(
        parse_url(url), {name.replace("_", "-"): value for name, value in options.items()}
    )


def test_paths_of_ssh_start_at_the_top_or_at_home() -> None:
    any_ = {"ssh_accept_any_fingerprints": "true", "auth_password": "x"}
    assert settled("ssh://server/some/folder", **any_).path == "/some/folder"
    assert settled("ssh://server/some/folder", ssh_relative_path="", **any_).path == "some/folder"


def test_ssh_signs_in_with_what_is_given() -> None:
    any_ = {"ssh_accept_any_fingerprints": "true"}
    word = settled("ssh://me@server:2222/", auth_password="pass", **any_).parameters
    assert (word["host"], word["port"], word["user"], word["pass"]) == ("server", "2222", "me", "pass")
    assert "key_use_agent" not in word
    agent = settled("ssh://me@server/", **any_).parameters
    assert (agent["key_use_agent"], agent["port"]) == ("true", "22")
    key = settled("ssh://me@server/", ssh_key="sshkey://one%0Atwo", auth_password="p", **any_).parameters
    assert key["key_pem"] == "one\\ntwo"
    assert "pass" not in key
    with pytest.raises(DestinationOptionUnusable, match="ssh-disable-agent"):
        settled("ssh://me@server/", ssh_disable_agent="true", **any_)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("ftp://server/some/folder", "some/folder"), ("ftp://server/some?ftp-absolute-path=true", "/some"),
        ("aftp://server/some/folder", "/some/folder"), ("aftp://server/some?aftp-relative-path", "some"),
    ],
)  # fmt: skip
def test_paths_of_ftp(url: str, path: str) -> None:
    assert settled(url).path == path


@pytest.mark.parametrize(
    ("url", "port", "implicit", "explicit"),
    [
        ("ftp://s/", "21", "false", "false"), ("ftp://s/?use-ssl=true", "21", "false", "true"),
        ("ftps://s/", "21", "false", "true"), ("ftp://s/?use-ssl", "21", "false", "true"),
        ("ftp://s/?ftp-encryption-mode=explicit", "21", "false", "true"),
        ("ftp://s/?ftp-encryption-mode=Implicit", "990", "true", "false"),
        ("ftp://s:99/?ftp-encryption-mode=Implicit", "99", "true", "false"),
        ("aftp://s/?aftp-encryption-mode=Auto", "21", "false", "true"),
    ],
)  # fmt: skip
def test_encryption_of_ftp(url: str, port: str, implicit: str, explicit: str) -> None:
    found = settled(url).parameters
    assert (found["port"], found["tls"], found["explicit_tls"]) == (port, implicit, explicit)
    assert found.get("no_check_certificate", "false") == "false"


def test_addresses_of_version_6_lose_their_brackets() -> None:
    assert settled("ftp://[::1]:2121/x").parameters["host"] == "::1"
    assert settled("smb://[::1]/share").parameters["host"] == "::1"
    any_ = settled("ssh://[::1]/x", ssh_accept_any_fingerprints="true", auth_password="x")
    assert any_.parameters["host"] == "::1"


def test_a_share_with_a_domain() -> None:
    settings = settled("smb://server/share/some/folder", auth_username="me", auth_domain="OFFICE")
    assert (settings.path, settings.parameters["domain"]) == ("share/some/folder", "OFFICE")
    assert settled("cifs://server/share").path == "share/"
    with pytest.raises(InvalidValue, match="share"):
        opened("smb://server")


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder behind a remote ``mine`` that the user has set up."""
    folder = tmp_path / "behind"
    folder.mkdir()
    file = tmp_path / "rclone.conf"
    file.write_text(f"[mine]\ntype = alias\nremote = {folder}\n")
    monkeypatch.setenv("RCLONE_CONFIG", str(file))
    return folder


async def test_a_remote_of_the_user(configured: Path, tmp_path: Path) -> None:
    destination, content = opened("rclone://mine/sub/folder"), content_of(PART + 1)
    with pytest.raises(FolderMissing):
        await destination.list()
    await destination.create_folder()
    await destination.put("a", Bytes(tmp_path, content))
    assert (configured / "sub" / "folder" / "a").read_bytes() == content
    assert await fetched(destination, "a") == content
    other = opened("rclone://x/y", rclone_remote_repository="mine:", rclone_remote_path="sub/folder")
    assert [each.name for each in await other.list()] == ["a"]
    config = (tmp_path / "rclone.conf").read_text()
    assert config.count("[") == 1  # it is the user's file
    with pytest.raises(DestinationOptionUnusable, match="]"):
        opened("rclone://mine/a]b")


async def test_a_remote_that_is_not_there(configured: Path) -> None:
    with pytest.raises(DestinationError, match="other"):
        await opened("rclone://other/folder").list()


async def test_options_for_rclone_itself(configured: Path) -> None:
    with pytest.raises(DestinationError, match="no-such-flag"):
        await opened("rclone://mine/", rclone_option="--no-such-flag --other").list()
    await opened("rclone://mine/", rclone_option="--bwlimit 10M").list()


async def test_an_executable_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DestinationProgramMissing, match="absent"):
        await opened("rclone://mine/", rclone_executable=str(tmp_path / "absent")).list()


@pytest.mark.parametrize("scheme", unavailable.SCHEMES)
def test_kinds_that_are_not_served_say_why(scheme: str) -> None:
    assert scheme not in offered_schemes()
    assert "Not supported" in summary_of(scheme)
    with pytest.raises(UnsupportedBackend, match=f'"{scheme}" is not supported: '):
        opened(f"{scheme}://folder")


def test_a_reason_is_short_and_shows_no_secret() -> None:
    text = 'NewFs: failed to open file: Get "https://me:word@host/pass-word":\n  nope.'
    assert readable(text, ["pass-word"]) == 'Get "https://host/***": nope'


def test_what_is_not_known_is_said_as_it_is() -> None:
    error = explained("something new", Asked("ssh", "host", "folder"))
    assert type(error) is DestinationError
    assert "something new" in str(error)


def test_without_an_agent_nothing_is_left_to_sign_in_with() -> None:
    text = "couldn't connect to ssh-agent: SSH agent requested but SSH_AUTH_SOCK not-specified"
    error = explained(f"couldn't connect SSH: {text}", Asked("ssh", "host", "folder"))
    assert "neither a password nor a key is given" in str(error)
