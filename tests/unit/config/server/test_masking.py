"""Secrets hidden on the way out and put back on the way in (spec/server.md 4.7)."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.config.server.masking import (
    PLACEHOLDER,
    has_placeholder,
    is_placeholder,
    leads_elsewhere,
    mask_options,
    mask_url,
    masked,
    same_place,
    unmask_options,
    unmask_url,
    unmasked,
    url_without_secrets,
    without_secrets,
)
from triplicati.config.server.password_names import is_password
from triplicati.messages.saved import SavedBackup, Setting, TargetUrl
from triplicati.values.urls import quote_query_value

CANARY = "canary-4242-secret"
BACKUP = SavedBackup(
    id="1",
    name="Docs",
    target_url=f"ftp://u:{CANARY}@h/p?auth-username=u&auth-password={CANARY}&x=1",
    sources=("/home/u/", f"@/there|ssh://h?auth-password={CANARY}"),
    settings=(
        Setting("passphrase", CANARY),
        Setting("--send-mail-password", CANARY),
        Setting("--auth-password", ""),
        Setting("dblock-size", "50mb"),
    ),
    targets=(
        TargetUrl(
            "k", f"s3://b?aws-secret-access-key={CANARY}", options={"auth-password": CANARY, "count": "2"}
        ),
    ),
)


def told(value: object) -> str:
    return msgspec.json.encode(value).decode()


@pytest.mark.parametrize(
    "name",
    [
        "passphrase", "--passphrase", "auth-password", "AUTH-PASSWORD", "aws-secret-access-key", "authid",
        "aws_secret_access_key", "azure-access-key", "b2-applicationkey-secret", "openstack-apikey",
        "storj-shared-access", "gcs-service-account-json", "send-mail-password", "ftp-password",
        "azure-access-sas-token", "b2-application-key", "ssh-key", "--secret-provider", "api-token",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert is_password(name)


@pytest.mark.parametrize(
    "name",
    [
        "auth-username", "aws-access-key-id", "ssh-keyfile", "dblock-size", "secret-provider-cache",
        "secret-provider-pattern", "force-passphrase-from-stdin", "no-encryption", "s3-server-name",
        "keep-time", "",
    ],
)  # fmt: skip
def test_names_of_what_is_no_secret(name: str) -> None:
    assert not is_password(name)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("file:///srv/x", "file:///srv/x"),
        ("/srv/x?y", "/srv/x?y"),
        ("ssh://h/p?auth-username=u&auth-password=pw", f"ssh://h/p?auth-username=u&auth-password={PLACEHOLDER}"),
        ("ssh://h/p?AUTH-password=a%20b&z", f"ssh://h/p?AUTH-password={PLACEHOLDER}&z"),
        ("ftp://u:pw@h:21/p", f"ftp://u:{PLACEHOLDER}@h:21/p"),
        ("ftp://u:p@w@h/p@q:r", f"ftp://u:{PLACEHOLDER}@h/p@q:r"),
        ("ftp://u@h/p:x@y", "ftp://u@h/p:x@y"),
        ("ssh://h?auth-password=", "ssh://h?auth-password="),
        ("ssh://h?auth%2Dpassword=pw", f"ssh://h?auth%2Dpassword={PLACEHOLDER}"),
    ],
)  # fmt: skip
def test_an_address_is_masked(url: str, expected: str) -> None:
    assert mask_url(url) == expected
    assert unmask_url(expected, url) == url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ssh://h/p?a=1&auth-password=pw&b=2", "ssh://h/p?a=1&b=2"),
        ("ssh://h/p?auth-password=pw", "ssh://h/p"),
        ("ftp://u:pw@h/p", "ftp://u@h/p"),
        ("file:///x", "file:///x"),
    ],
)
def test_an_address_without_its_secrets(url: str, expected: str) -> None:
    assert url_without_secrets(url) == expected


def test_stars_come_back_escaped_too() -> None:
    stored = "ssh://h?auth-password=p%20w&authid=tok"
    assert unmask_url("ssh://new?authid=***&auth-password=%2a%2A%2A", stored) == (
        "ssh://new?authid=tok&auth-password=p%20w"
    )


def test_two_stars_are_a_password() -> None:
    assert unmask_url("ssh://h?auth-password=**", "ssh://h?auth-password=pw") == "ssh://h?auth-password=**"


def test_the_first_that_has_a_secret_gives_it() -> None:
    assert unmask_url("s3://b?authid=***", "s3://b", "s3://c?authid=tok") == "s3://b?authid=tok"
    assert unmask_url("s3://b?authid=***", "s3://b?authid=own", "s3://c?authid=tok") == "s3://b?authid=own"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_password_is_hidden_and_comes_back(password: str) -> None:
    url = f"ssh://h/p?auth-username=u&auth-password={quote_query_value(password)}&x=y"
    hidden = mask_url(url)
    assert hidden == f"ssh://h/p?auth-username=u&auth-password={PLACEHOLDER}&x=y"
    assert has_placeholder(hidden)
    assert unmask_url(hidden, url) == url


@given(st.text())
def test_no_text_is_too_odd_to_be_masked(url: str) -> None:
    assert unmask_url(mask_url(url), url) == url or has_placeholder(url)


def test_a_backup_is_masked_everywhere_and_comes_back() -> None:
    hidden = masked(BACKUP)
    assert CANARY not in told(hidden)
    assert [each.value for each in hidden.settings] == [PLACEHOLDER, PLACEHOLDER, "", "50mb"]
    assert unmasked(hidden, BACKUP) == BACKUP


def test_a_backup_without_its_secrets() -> None:
    bare = without_secrets(BACKUP)
    assert CANARY not in told(bare)
    assert PLACEHOLDER not in told(bare)
    assert bare.settings == (Setting("dblock-size", "50mb"),)
    assert bare.target_url == "ftp://u@h/p?auth-username=u&x=1"


def test_a_new_secret_wins() -> None:
    changed = msgspec.structs.replace(
        masked(BACKUP), settings=(Setting("passphrase", "new one"), Setting("--auth-password", "****"))
    )
    given = unmasked(changed, msgspec.structs.replace(BACKUP, settings=(Setting("auth-password", "kept"),)))
    assert [each.value for each in given.settings] == ["new one", "kept"]


def test_without_anything_stored_the_stars_stay() -> None:
    assert unmasked(masked(BACKUP), None) == masked(BACKUP)


def test_the_address_of_a_connection_string_helps() -> None:
    incoming = SavedBackup(
        name="x",
        target_url="s3://b?authid=***",
        connection_string_id=4,
        targets=(TargetUrl("", "s3://c?authid=***", connection_string_id=4),),
    )
    given = unmasked(incoming, None, {4: "s3://shared?authid=tok"})
    assert given.target_url == "s3://b?authid=tok"
    assert given.targets[0].url == "s3://c?authid=tok"


def test_options_of_every_backup() -> None:
    stored = {"--passphrase": CANARY, "--tempdir": "/t"}
    hidden = mask_options(stored)
    assert hidden == {"--passphrase": PLACEHOLDER, "--tempdir": "/t"}
    assert unmask_options({"--passphrase": "****", "--authid": "*****", "--tempdir": None}, stored) == {
        "--passphrase": CANARY,
        "--tempdir": None,
    }


@pytest.mark.parametrize(("text", "is_one"), [("****", True), ("***", False), ("****x", False), (None, 0)])
def test_what_is_a_placeholder(text: str | None, is_one: int) -> None:
    assert is_placeholder(text) == is_one


def test_addresses_of_reports_hide_what_is_secret_in_them() -> None:
    value = "https://u:pw1@a.example/x?token=t1&plain=1;https://b.example/hook?api-key=k2"
    saved = SavedBackup(name="n", target_url="file:///x", settings=(Setting("--send-http-json-urls", value),))
    shown = masked(saved)
    text = shown.settings[0].value or ""
    assert not {"pw1", "t1", "k2"} & set(re.split(r"[:;@=&]", text))
    assert "plain=1" in text
    assert unmasked(shown, saved) == saved
    assert "token" not in (without_secrets(saved).settings[0].value or "")
    moved = msgspec.structs.replace(
        shown, settings=(Setting("--send-http-json-urls", text.split(";")[1]),)
    )
    assert unmasked(moved, saved).settings[0].value == "https://b.example/hook?api-key=k2"


def test_an_address_of_reports_that_is_changed_gets_nothing_of_another_host() -> None:
    saved = SavedBackup(
        name="n", target_url="file:///x", settings=(Setting("send-http-url", "https://a.example/x?token=t1"),)
    )
    for url, expected in (
        ("https://evil.example/x?token=****", "https://evil.example/x?token=****"),
        ("https://A.example/other?token=****", "https://A.example/other?token=t1"),
    ):
        changed = msgspec.structs.replace(saved, settings=(Setting("send-http-url", url),))
        assert unmasked(changed, saved).settings[0].value == expected


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("ssh://me:pw@host:22/a?x=1", "SSH://Host:22/b", True),
        ("ssh://host/a", "ssh://host:2222/a", False),
        ("ssh://host@evil/a", "ssh://host/a", False),
        ("ssh://evil?x=/@host/", "ssh://host", False),
        ("ftp://host/a", "ssh://host/a", False),
        ("file:///a", "/b?auth-password=1", True),
        ("file:///a", "ssh:///a", False),
        ("googledrive://a?authid=1", "googledrive://a?authid=2&oauth-url=https%3A%2F%2Fevil.example", False),
        ("openstack://a?OpenStack-AuthUri=https://one", "openstack://a?openstack-authuri=https://two", False),
        ("s3://b?s3-server-name=one&x=1", "s3://b?x=2&s3-server-name=one", True),
        ("s3://b", "s3://b?s3-server-name=one", False),
        ("azure://b?azure-endpoint=https://one", "azure://b?azure-endpoint=https://two", False),
    ],
)
def test_same_place(url: str, other: str, same: bool) -> None:
    assert same_place(url, other) is same
    assert same_place(other, url) is same


@pytest.mark.parametrize(
    ("options", "elsewhere"),
    [
        ({"--oauth-url": "https://evil.example"}, True),
        ({"OAuth-Url": "https://one"}, False),
        ({"s3-server-name": "other"}, True),
        ({"send-http-url": "https://x", "retry-delay": "1s"}, False),
        ({}, False),
    ],
)
def test_options_that_lead_elsewhere(options: dict[str, str | None], elsewhere: bool) -> None:
    assert leads_elsewhere(options, {"oauth-url": "https://one", "prefix": "x"}) is elsewhere
