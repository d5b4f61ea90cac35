"""The name we are called by, and the page a request comes from."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from triplicati.errors import InvalidHostname, OriginRefused
from triplicati_web.caller import Caller, caller_of, split_host
from triplicati_web.guard import check_host, check_origin, check_page
from triplicati_web.settings import WebSettings

PROXY = WebSettings(trusted_proxies=(ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128")))


def called(host: str) -> Caller:
    return Caller("127.0.0.1", host, "http", "")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8200",
        "localhost.localdomain",
        "127.0.0.1:8200",
        "[::1]:8200",
        "[::1]",
        "192.0.2.7",
        "backup.example.org",
        "Backup.Example.org:443",
        "backup.example.org.:443",
    ],
)
def test_names_that_are_ours(host: str) -> None:
    check_host(called(host), "/api/v1/backups", ["Backup.example.org"])


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8200",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "backup.example.org.evil.example",
        "localhost@evil.example",
        "localhost:8200:8200",
        "localhost:port",
        "localhost:99999",
        "a b",
        "[::1",
        "2001:db8::1",
    ],
)
def test_names_that_are_not(host: str) -> None:
    for path in ("/api/v1/backups", "/metrics", "/notifications", "/login.cgi"):
        with pytest.raises(InvalidHostname):
            check_host(called(host), path, ["backup.example.org"])


def test_any_name_when_told_so() -> None:
    check_host(called("whatever.example"), "/api/v1/backups", ["*"])


def test_health_and_pages_are_for_any_name() -> None:
    for path in ("/health", "/", "/login.html"):
        check_host(called("whatever.example"), path, [])


def test_the_error_is_that_of_duplicati() -> None:
    with pytest.raises(InvalidHostname) as refused:
        check_host(called("evil.example:8200"), "/api/v1/backups", [])
    assert str(refused.value) == "Invalid hostname: evil.example"


CORS = WebSettings(cors_origins=frozenset({"https://ui.example"}), allowed_hosts=lambda: ["nas.example", "*"])


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8200", None),
        ("localhost:8200", "http://localhost:8200"),
        ("backup.example.org", "https://backup.example.org"),
        ("127.0.0.1:8200", "https://nas.example"),  # a proxy that does not pass the name on
        ("localhost:8200", "https://ui.example"),
        ("localhost:8200", "HTTPS://UI.example"),
    ],
)
def test_pages_that_may(host: str, origin: str | None) -> None:
    check_page(called(host), origin, CORS)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://localhost:3000",
        "http://localhost",
        "https://ui.example.evil.example",
        "https://ui.example:444",
        "http://localhost:8200@evil.example",
        "file://localhost:8200",
        "http://[",
        "chrome-extension://localhost:8200",
    ],
)
def test_pages_that_may_not(origin: str) -> None:
    with pytest.raises(OriginRefused):
        check_page(called("localhost:8200"), origin, CORS)


def test_what_changes_nothing_is_not_asked() -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        check_origin(called("localhost"), method, "http://evil.example", CORS)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        with pytest.raises(OriginRefused):
            check_origin(called("localhost"), method, "http://evil.example", CORS)


FORWARDED = Headers(
    {
        "Host": "127.0.0.1:8200",
        "X-Forwarded-For": "203.0.113.9, 198.51.100.7, 10.0.0.2",
        "X-Forwarded-Host": "backup.example.org",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/backup/",
    }
)


def test_a_trusted_proxy_is_believed() -> None:
    found = caller_of("10.0.0.1", "http", FORWARDED, PROXY)
    # The first address is what the client itself wrote.
    assert found == Caller("198.51.100.7", "backup.example.org", "https", "/backup")


def test_others_are_not() -> None:
    for peer in ("203.0.113.1", "127.0.0.1", "", "nonsense"):
        found = caller_of(peer, "http", FORWARDED, PROXY)
        assert found == Caller(peer, "127.0.0.1:8200", "http", "")


@pytest.mark.parametrize("prefix", ["backup", "//evil.example", "/a;b", "/a b", "/a\r\nX: y", "/<script>"])
def test_a_prefix_that_is_no_path_is_none(prefix: str) -> None:
    headers = Headers({"Host": "localhost"})
    headers._list.append(("X-Forwarded-Prefix", prefix))
    assert caller_of("10.0.0.1", "http", headers, PROXY).prefix == ""


def test_the_base_path_without_a_proxy() -> None:
    settings = WebSettings(base_path="/backup/")
    assert caller_of("10.0.0.1", "http", Headers({"Host": "localhost"}), settings).prefix == "/backup"


@given(st.text(max_size=40))
def test_any_host_is_split_or_malformed(host: str) -> None:
    name, port = split_host(host)
    assert 0 <= port < 65536
    assert not set(name) & set("/@\\ ")


@given(st.from_regex(r"[a-z0-9.-]{1,20}", fullmatch=True), st.integers(1, 65535))
def test_name_and_port(name: str, port: int) -> None:
    assert split_host(f"{name}:{port}") == (name, port)
    assert split_host(name) == (name, 0)
