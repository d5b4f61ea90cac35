"""What a service of notifications is asked, and what its answers lead to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.desktop_session import session_bus, until
from support.session_bus import Service, service_on

from triplicati_tray.desk import Command, Notice
from triplicati_tray.desktop.notifications import Notifications

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"


class Shown:
    """A service that shows notifications to a test. The numbers start at 1."""

    def __init__(self, *abilities: str) -> None:
        self.abilities = list(abilities)
        self.notes: list[tuple[Any, ...]] = []

    def answer(self, member: str, body: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]] | None:
        if member == "GetCapabilities":
            return "as", (self.abilities,)
        self.notes.append(body)
        return "u", (len(self.notes),)


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with session_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address


@contextmanager
def notifications(heard: list[Command]) -> Iterator[Notifications]:
    made = Notifications(heard.append, lambda level: Path(f"/{level}.png"))
    made.start()
    try:
        yield made
    finally:
        made.close()


def click(service: Service, number: int) -> None:
    service.signal(PATH, NAME, "ActionInvoked", "us", (number, "default"))


@pytest.mark.parametrize(
    ("abilities", "body"), [(["body-markup"], "a &lt;b&gt; &amp; c\nd"), ([], "a <b> & c\nd")]
)
def test_text_is_escaped_only_where_it_would_be_read_as_markup(
    abilities: list[str], body: str, address: str
) -> None:
    shown = Shown(*abilities)
    with service_on(address, NAME, shown.answer), notifications([]) as teller:
        teller.tell(Notice("<T>", "a <b> & c\nd", "info"))
        until(lambda: shown.notes)
    assert shown.notes[0][3:5] == ("<T>", body)


def test_a_click_leads_to_the_page_of_its_notice(address: str) -> None:
    heard: list[Command] = []
    shown = Shown("actions")
    with service_on(address, NAME, shown.answer) as service, notifications(heard) as teller:
        teller.tell(Notice("One", "", "warning", "/#/backup/1"))
        teller.tell(Notice("Two", "", "error", "/#/backup/2"))
        until(lambda: len(shown.notes) == 2)
        click(service, 99)
        click(service, 2)
        click(service, 1)
        until(lambda: len(heard) == 2)
        service.signal(PATH, NAME, "NotificationClosed", "uu", (1, 2))
        click(service, 1)
        click(service, 2)
        until(lambda: len(heard) == 3)
    assert heard == [Command("show", f"/#/backup/{number}") for number in (2, 1, 2)]
    assert [note[5] for note in shown.notes] == [["default", "Open"]] * 2


def test_what_is_bad_is_urgent_and_has_its_own_picture(address: str) -> None:
    shown = Shown()
    with service_on(address, NAME, shown.answer), notifications([]) as teller:
        for level in ("info", "warning", "error"):
            teller.tell(Notice("T", "", level))
        until(lambda: len(shown.notes) == 3)
    assert [note[6]["urgency"] for note in shown.notes] == [("y", 1), ("y", 1), ("y", 2)]
    assert [note[2] for note in shown.notes] == ["/info.png", "/warning.png", "/error.png"]
    assert [(note[1], note[5]) for note in shown.notes] == [(0, [])] * 3


def test_text_that_no_bus_takes_is_sent_all_the_same(address: str) -> None:
    shown = Shown()
    with service_on(address, NAME, shown.answer), notifications([]) as teller:
        teller.tell(Notice("a\0b\ud800", "c\x1bd\udc80" + "x" * 5000, "info"))
        until(lambda: shown.notes)
    title, body = shown.notes[0][3:5]
    assert title == "a\\x00b\N{REPLACEMENT CHARACTER}"
    assert body.startswith("c\\x1bd\N{REPLACEMENT CHARACTER}xxx")
    assert len(body) == 1000


def test_many_at_once_all_come_or_the_oldest_are_dropped(address: str) -> None:
    shown = Shown()
    made = Notifications(lambda _command: None, lambda _level: Path("/x.png"))
    for number in range(500):
        made.tell(Notice(str(number), "", "info"))
    with service_on(address, NAME, shown.answer):
        made.start()
        until(lambda: shown.notes and shown.notes[-1][3] == "499")
        made.close()
    assert len(shown.notes) == 32


def test_a_service_that_comes_later_is_found_and_its_absence_told_once(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    with notifications([]) as teller:
        for number in range(2):
            teller.tell(Notice(f"lost {number}", "", "info"))
            until(lambda: caplog.records)
        shown = Shown()
        with service_on(address, NAME, shown.answer):

            def found() -> bool:
                teller.tell(Notice("found", "", "info"))
                return "found" in [note[3] for note in shown.notes]

            until(found)
    told = [record.getMessage() for record in caplog.records]
    assert len([text for text in told if "This desktop shows no notifications" in text]) == 1


def test_without_a_bus_nothing_is_shown_and_nothing_breaks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    with notifications([]) as teller:
        teller.tell(Notice("One", "", "info"))
        until(lambda: caplog.records)
    assert "This desktop shows no notifications" in caplog.records[0].getMessage()
