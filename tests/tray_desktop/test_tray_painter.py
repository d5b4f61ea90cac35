"""The newest look wins, and not more often than it should."""

from __future__ import annotations

import threading

from support.desktop_session import until

from triplicati_tray.desk import Look
from triplicati_tray.desktop.painter import Painter


def look(title: str) -> Look:
    return Look(light="idle", title=title, status="")


def test_what_comes_while_it_paints_is_passed_over_but_for_the_newest() -> None:
    painted: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def paint(each: Look) -> None:
        painted.append(each.title)
        begun.set()
        assert go_on.wait(20)

    painter = Painter(paint, apart=0)
    painter.show(look("first"))
    painter.start()
    assert begun.wait(20)
    for number in range(300):
        painter.show(look(str(number)))
    go_on.set()
    until(lambda: painted == ["first", "299"], lambda: f"{painted}")
    painter.close()


def test_no_second_look_before_its_time() -> None:
    painted: list[str] = []
    first = threading.Event()

    def paint(each: Look) -> None:
        painted.append(each.title)
        first.set()

    painter = Painter(paint, apart=3600)
    painter.start()
    painter.show(look("first"))
    assert first.wait(20)
    painter.show(look("second"))
    painter.close()
    assert painted == ["first"]


def test_one_look_that_cannot_be_painted_does_not_end_it() -> None:
    painted: list[str] = []

    def paint(each: Look) -> None:
        painted.append(each.title)
        if each.title == "bad":
            raise RuntimeError("no such picture")

    painter = Painter(paint, apart=0)
    painter.start()
    painter.show(look("bad"))
    until(lambda: painted == ["bad"])
    painter.show(look("good"))
    until(lambda: painted == ["bad", "good"])
    painter.close()


def test_it_can_be_closed_before_it_was_started() -> None:
    Painter(lambda _look: None).close()
