"""Notifications where pystray shows them, as on Windows and macOS."""

from __future__ import annotations

import pytest
from support.desktop_session import until

from triplicati_tray.desk import Notice
from triplicati_tray.desktop.pystray_desk import PystrayTeller


class Bubbles:
    """As much of an icon as the teller uses. `fails` is what showing raises."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.shown: list[tuple[str, str]] = []
        self._fails = fails

    def notify(self, message: str, title: str) -> None:
        self.shown.append((title, message))
        if self._fails is not None:
            raise self._fails


def test_texts_have_the_length_that_windows_takes() -> None:
    icon = Bubbles()
    PystrayTeller(icon).tell(Notice("t" * 100, "x" * 1000, "error"))
    until(lambda: icon.shown)
    assert icon.shown == [("t" * 63, "x" * 255)]


def test_one_that_cannot_be_shown_is_told_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    PystrayTeller(Bubbles(OSError("no room"))).tell(Notice("T", "x", "info"))
    until(lambda: caplog.records)
    assert caplog.records[0].getMessage() == "A notification could not be shown: no room"
