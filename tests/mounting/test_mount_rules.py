"""Names, ranges, requests and answers of the mount, without a backup."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.mounting.entries import Entry
from triplicati.mounting.multistatus import BEGIN, END, address, response_element
from triplicati.mounting.names import top_of, usable, version_names
from triplicati.mounting.propfind import Malformed, Wanted, parse_propfind
from triplicati.mounting.ranges import (
    Unsatisfiable,
    http_date,
    names_etag,
    still_applies,
    wanted_part,
)

D = "{DAV:}"
BERLIN = ZoneInfo("Europe/Berlin")


def test_versions_are_called_by_their_local_time() -> None:
    stamp = int(datetime(2026, 11, 23, 7, 30, tzinfo=UTC).timestamp())
    names = version_names([stamp], lambda each: datetime.fromtimestamp(each, BERLIN))
    assert names == {"2026-11-23 08.30.00": stamp}


def test_two_versions_of_one_local_time_differ_when_the_clock_was_set_back() -> None:
    first = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())
    names = version_names([first + 3600, first], lambda each: datetime.fromtimestamp(each, BERLIN))
    assert names == {"2026-10-25 02.30.00 +0100": first + 3600, "2026-10-25 02.30.00 +0200": first}


@given(st.lists(st.integers(0, 4_000_000_000), unique=True))
def test_version_names_are_legal_everywhere_and_lose_no_version(stamps: list[int]) -> None:
    names = version_names(stamps, lambda each: datetime.fromtimestamp(each, BERLIN))
    assert sorted(names.values()) == sorted(stamps)
    assert not any(set(name) & set('<>:"/\\|?*') for name in names)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b"])
def test_names_that_lead_elsewhere_are_not_usable(name: str) -> None:
    assert not usable(name)


def test_folders_of_windows_have_a_top() -> None:
    assert top_of("C:\\Users\\x\\") == ("C", "C:\\")
    assert top_of("\\\\nas\\photos\\2026\\") == ("nas photos", "\\\\nas\\photos\\")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=2-99", (2, 10)),
        ("bytes=4-2", None),
        ("bytes=0-1,3-4", None),
        ("lines=1-2", None),
        ("bytes=-", None),
        (None, None),
    ],
)
def test_parts(text: str | None, part: tuple[int, int] | None) -> None:
    assert wanted_part(text, 10) == part


@pytest.mark.parametrize(("text", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)])
def test_parts_that_there_are_not(text: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        wanted_part(text, size)


def test_a_part_of_what_was_another_file_is_not_given() -> None:
    assert still_applies(None, '"a"', 5)
    assert still_applies('"a"', '"a"', 5)
    assert not still_applies('"b"', '"a"', 5)
    assert not still_applies('W/"a"', '"a"', 5)
    assert still_applies(http_date(5), '"a"', 5)
    assert not still_applies(http_date(6), '"a"', 5)


def test_etags_are_found_in_lists() -> None:
    assert names_etag('"x", W/"a"', '"a"')
    assert names_etag("*", "")
    assert not names_etag('"x"', '"a"')


def test_no_body_asks_for_everything() -> None:
    assert parse_propfind(b" \n") == Wanted()


def test_properties_are_read_with_their_namespaces() -> None:
    body = (
        b'<?xml version="1.0"?><a:propfind xmlns:a="DAV:" xmlns:b="urn:x"><a:prop>'
        b'<a:getetag/><b:odd/><none/><a:getetag/></a:prop></a:propfind>'
    )
    wanted = parse_propfind(body)
    assert wanted == Wanted("some", (("DAV:", "getetag"), ("urn:x", "odd"), ("", "none")))


@pytest.mark.parametrize(
    "body",
    [
        b"not xml",
        b"<propfind/>",
        b'<D:propfind xmlns:D="DAV:"/>',
        b'<!DOCTYPE x [<!ENTITY a "b">]><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>',
        b'<D:propfind xmlns:D="DAV:"><D:prop>' + b"<D:a/>" * 300 + b"</D:prop></D:propfind>",
        b'<D:propfind xmlns:D="DAV:">' + b"<D:a>" * 40,
        b'<?xml version="1.0" encoding="no-such"?><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>',
    ],
)
def test_requests_that_are_none(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse_propfind(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_malformed(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        parse_propfind(body)


_NAMES = st.text(min_size=1, max_size=30)


@given(_NAMES, st.booleans())
def test_any_name_gives_xml_and_an_address_that_leads_back(name: str, folder: bool) -> None:
    entry = Entry(name, folder, -1 if folder else 7, 0, b"\x01")
    href = address("/base", "latest", name, folder=folder)
    text = BEGIN + response_element(href, entry, Wanted()) + END
    found = ElementTree.fromstring(text.encode()).findtext(f"{D}response/{D}href") or ""
    assert urlsplit(found).path == found
    inner = found.removeprefix("/base/latest/")
    assert unquote(inner[:-1] if folder else inner, errors="strict") == name


def test_what_is_not_known_is_told_so() -> None:
    wanted = Wanted("some", (("DAV:", "getcontentlength"), ("urn:<&>", "odd"), ("", "none")))
    text = BEGIN + response_element("/x/", Entry("x", True, -1, 0), wanted) + END
    states = {
        (propstat.findtext(f"{D}status") or ""): [each.tag for each in propstat.iterfind(f"{D}prop/*")]
        for propstat in ElementTree.fromstring(text).iter(f"{D}propstat")
    }
    assert states == {"HTTP/1.1 404 Not Found": [f"{D}getcontentlength", "{urn:<&>}odd", "none"]}


def test_only_the_names_of_properties() -> None:
    text = response_element("/x", Entry("x", False, 3, 0), Wanted("names"))
    assert "<D:getcontentlength/>" in text
    assert "getetag" not in text
