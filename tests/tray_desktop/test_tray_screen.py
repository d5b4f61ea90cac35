"""The icon, its menu and its notifications on a real desktop, as a user meets them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from support.desk_process import DeskProcess, desk_process, icon_box, icon_picture, icon_place
from support.desktop_session import (
    DARK,
    HEIGHT,
    LIGHT,
    WIDTH,
    DesktopSession,
    desktop_session,
    panel_on,
    until,
)
from support.icon_forms import FORMS, shows

from triplicati_tray.desk import Choice, Command, Look, Notice

pytestmark = pytest.mark.tray

IDLE = Look(light="idle", title="Triplicati", status="Everything is backed up")
BUSY = Look(
    light="warning",
    title="One backup has warnings",
    status="Photos: 3 of 9 files",
    hosted=True,
    running=True,
    backups=(Choice("1", "Photos_of_me"), Choice("7", "_Letters & <b>more</b>")),
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[DesktopSession]:
    with desktop_session(tmp_path / "desktop") as session:
        yield session


@pytest.fixture
def desk(session: DesktopSession) -> Iterator[DeskProcess]:
    with desk_process(session) as desk:
        yield desk


def open_menu(session: DesktopSession) -> None:
    session.click(icon_place(session), 3)
    until(session.menus)


def close_menu(session: DesktopSession) -> None:
    session.keys("Escape")
    until(lambda: not session.menus())


@pytest.mark.parametrize("ground", [LIGHT, DARK])
def test_each_look_has_its_form_in_the_panel(ground: str, tmp_path: Path, screenshots: Path) -> None:
    shade = "dark" if ground == DARK else "light"
    with desktop_session(tmp_path, ground=ground) as session, desk_process(session) as desk:
        for light, progress in FORMS:
            desk.show(Look(light=light, title=light, status=light, progress=progress))
            shows(session, (light, progress), ground)
            name = f"tray-{shade}-{light}{progress if progress >= 0 else ''}.png"
            icon_picture(session).resize((384, 128), Image.Resampling.NEAREST).save(screenshots / name)


ITEMS = [
    (["Down"], Command("open")),
    (["Down", "Down", "Right", "Return"], Command("run", "1")),
    (["Down", "Down", "Right", "Down", "Return"], Command("run", "7")),
    (["Down", "Down", "Down"], Command("stop")),
    (["Up", "Up", "Up", "Right", "Return"], Command("pause", "5m")),
    (["Up", "Up", "Up", "Right", "Down", "Return"], Command("pause", "15m")),
    (["Up", "Up", "Up", "Right", "Down", "Down", "Return"], Command("pause", "30m")),
    (["Up", "Up", "Up", "Right", "Up", "Up", "Return"], Command("pause", "1h")),
    (["Up", "Up", "Up", "Right", "Up", "Return"], Command("pause", "")),
    (["Up", "Up"], Command("acknowledge")),
    (["Up"], Command("quit")),
]


def test_each_item_of_the_menu_arrives_as_its_command(
    session: DesktopSession, desk: DeskProcess, screenshots: Path
) -> None:
    desk.show(BUSY)
    shows(session, ("warning", -1))
    for keys, command in ITEMS:
        open_menu(session)
        if command == Command("run", "7"):
            session.keys(*keys[:-1])
            until(lambda: len(session.menus()) == 2)
            session.picture(screenshots / "tray-menu.png")
            session.keys(keys[-1])
        else:
            session.keys(*keys, *([] if keys[-1] == "Return" else ["Return"]))
        desk.hears(command)
        if command.kind != "quit":
            until(lambda: not session.menus())
    assert desk.wait() == 0, desk.errors


def test_an_item_is_clicked_with_the_mouse(session: DesktopSession, desk: DeskProcess) -> None:
    desk.show(Look(light="paused", title="Paused", status="Paused", paused=True))
    shows(session, ("paused", -1))
    open_menu(session)
    # Open, what goes on, a line, resume, a line, quit: the last but one that can be chosen.
    session.keys("Down", "Down")
    left, top, width, height = session.menus()[0]
    session.click((left + width // 2, top + height * 3 // 5))
    desk.hears(Command("resume"))


def test_a_click_while_the_server_is_away_connects_again(
    session: DesktopSession, desk: DeskProcess, screenshots: Path
) -> None:
    desk.show(IDLE)
    shows(session, ("idle", -1))
    desk.show(Look(light="disconnected", title="Not connected", status="Not connected", connected=False))
    shows(session, ("disconnected", -1))
    open_menu(session)
    session.picture(screenshots / "tray-menu-disconnected.png")
    close_menu(session)
    session.click(icon_place(session))
    desk.hears(Command("reconnect"))


def test_an_open_menu_still_works_when_the_look_changes_and_is_new_when_opened_again(
    session: DesktopSession, desk: DeskProcess
) -> None:
    desk.show(IDLE)
    shows(session, ("idle", -1))
    open_menu(session)
    before = session.menus()
    desk.show(BUSY)
    shows(session, ("warning", -1))
    assert session.menus() == before
    session.keys("Down", "Return")
    desk.hears(Command("open"))
    until(lambda: not session.menus())
    open_menu(session)
    assert session.menus()[0][3] > before[0][3]


def test_a_notification_shows_and_a_click_on_it_leads_to_its_page(
    session: DesktopSession, desk: DeskProcess, screenshots: Path
) -> None:
    empty = session.picture()
    failed = Notice("Photos <i>failed</i>", "No space & <b>no</b> time\nTry again", "error", "/#/backup/3")
    desk.tell(failed)

    def corner() -> tuple[int, int, int, int] | None:
        low = (0, HEIGHT // 2, WIDTH, HEIGHT)
        return ImageChops.difference(session.picture().crop(low), empty.crop(low)).getbbox()

    left, top, right, bottom = until(corner)
    session.picture(screenshots / "tray-notification.png")
    session.click(((left + right) // 2, HEIGHT // 2 + (top + bottom) // 2))
    desk.hears(Command("show", "/#/backup/3"))
    until(lambda: corner() is None)


def test_three_hundred_looks_at_once_end_with_the_last(session: DesktopSession, desk: DeskProcess) -> None:
    running = [Look(light="running", title=f"{n}", status=f"{n}", progress=n % 21 * 5) for n in range(299)]
    desk.show(*running, Look(light="error", title="Failed", status="Failed"))
    shows(session, ("error", -1))
    session.click(icon_place(session))
    desk.hears(Command("open"))


def test_without_a_service_for_notifications_it_goes_on_and_says_so_once(tmp_path: Path) -> None:
    with desktop_session(tmp_path, notifications=False) as session, desk_process(session) as desk:
        desk.tell(Notice("One", "One", "info"))
        until(lambda: "notifications" in desk.errors)
        desk.tell(Notice("Two", "Two", "info"))
        desk.show(IDLE)
        shows(session, ("idle", -1))
        session.click(icon_place(session))
        desk.hears(Command("open"))
        desk.end(0)
        assert desk.wait() == 0
        assert desk.errors.count("This desktop shows no notifications") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_a_wish_to_quit(number: int, session: DesktopSession, desk: DeskProcess) -> None:
    icon_place(session)
    desk.process.send_signal(number)
    desk.hears(Command("quit"))
    assert desk.wait() == 0, desk.errors


def test_the_number_that_the_work_gives_comes_out(session: DesktopSession, desk: DeskProcess) -> None:
    desk.end(7)
    assert desk.wait() == 7, desk.errors
    until(lambda: icon_box(session) is None)


def test_what_the_work_raises_comes_out(session: DesktopSession, desk: DeskProcess) -> None:
    desk.end(-1)
    assert desk.wait() == 1
    assert "ValueError: asked to fail" in desk.errors


def test_a_panel_that_starts_later_shows_the_icon(tmp_path: Path) -> None:
    folder = tmp_path / "desktop"
    with desktop_session(folder, panel=False, notifications=False) as session, desk_process(session) as desk:
        desk.show(IDLE)
        assert "Nothing on this desktop shows icons yet" in desk.errors
        for _ in range(2):
            with panel_on(session, folder):
                shows(session, ("idle", -1))
        desk.end(0)
        assert desk.wait() == 0, desk.errors
