from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import InvalidValue
from triplicati.values.secrets import Secret
from triplicati.values.urls import parse_url

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/mnt/backup", "/mnt/backup"),
        ("relative/folder", "relative/folder"),
        ("/mnt/100%25 +x", "/mnt/100%25 +x"),
        ("/mnt/what?now", "/mnt/what?now"),
        (r"C:\backup", r"C:\backup"),
        ("C:/backup", "C:/backup"),
        ("C://backup", "C://backup"),
        (r"\\server\share", r"\\server\share"),
        ("file:///mnt/backup", "/mnt/backup"),
        ("FILE:///mnt/a%20b+c", "/mnt/a b+c"),
        ("file:///mnt/100%/x", "/mnt/100%/x"),
        ("file:///mnt/%FF", "/mnt/\udcff"),
        ("file://relative/folder", "relative/folder"),
        (r"file://C:\backup", r"C:\backup"),
        ("file:///C:/backup", "C:/backup"),
        (r"file://\\server\share\x@y", r"\\server\share\x@y"),
        ("file:///home/a@b:c", "/home/a@b:c"),
    ],
)
def test_local_paths(text: str, path: str) -> None:
    url = parse_url(text)
    assert (url.scheme, url.host, url.port, url.path, url.user, url.query) == ("file", "", None, path, "", {})


def test_the_query_of_a_local_path() -> None:
    assert parse_url("/mnt/b?dblock-size=10mb").query == {"dblock-size": "10mb"}
    assert parse_url("/mnt/b?dblock-size=10mb").path == "/mnt/b"
    assert parse_url("file:///b?disable-autocreate-folder&prefix=p+q%26&&prefix=r").query == {
        "disable-autocreate-folder": "",
        "prefix": "r",
    }


def test_every_part() -> None:
    url = parse_url("WebDAVs://me%3A:pa:ss%40%2B@Host%20x:8443/a+b/c%2Fd?use-SSL=true&x=1%3D2+3")
    assert (url.scheme, url.host, url.port, url.path) == ("webdavs", "Host x", 8443, "a b/c/d")
    assert (url.user, url.password) == ("me:", Secret("pa:ss@+"))
    assert url.query == {"use-SSL": "true", "x": "1=2 3"}


def test_missing_parts() -> None:
    url = parse_url("s3://Bucket")
    assert (url.host, url.port, url.path, url.user, url.password) == ("Bucket", None, "", "", None)
    assert parse_url("ssh://u@h").password is None
    assert parse_url("ssh://u:@h").password == Secret("")
    assert parse_url("ssh://[::1]:22/x").host == "[::1]"


@pytest.mark.parametrize("text", ["", "  ", "file://", "file://?x=1", "ssh://h:0/x", "ssh://h:65536/x"])
def test_no_address(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_url(text)


@given(TEXT, TEXT, TEXT, TEXT, TEXT, st.integers(1, 65535))
def test_quoted_parts_come_back(
    user: str, password: str, host: str, path: str, value: str, port: int
) -> None:
    parts = [quote(part, safe="") for part in (user, password, host, path, value)]
    url = parse_url("ssh://{}:{}@{}:{}/{}?opt={}".format(*parts[:3], port, *parts[3:]))
    assert (url.user, url.password, url.host, url.port) == (user, Secret(password), host, port)
    assert (url.path, url.query) == (path, {"opt": value})


@given(st.text("abcdefgh0123456789@:+% ", min_size=1, max_size=12))
def test_what_is_shown_holds_no_secret(text: str) -> None:
    mark = "SECRETMARK"
    hidden = quote(mark + text, safe="")
    url = parse_url(f"ssh://{hidden}:{hidden}@host:22/path?auth-password={hidden}")
    assert url.display == "ssh://host:22/path"
    assert mark not in repr(url)
    assert mark not in parse_url(f"file:///mnt?auth-password={hidden}").display


def test_the_shown_form_of_a_local_path() -> None:
    assert parse_url("/mnt/a b").display == "file:///mnt/a b"
    assert parse_url("s3://bucket").display == "s3://bucket"
