"""The tray with a server of its own, its icon, its menu and its notifications, as a user meets them all."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from PIL import ImageChops
from PIL.Image import Image
from support.api_client import add, idle, job, start
from support.desk_process import icon_box, icon_place
from support.desktop_session import DARK, HEIGHT, LIGHT, PANEL, WIDTH, DesktopSession, desktop_session, until
from support.icon_forms import light_shown
from support.server_process import PASSWORD
from support.tray_on_desktop import TrayOnDesktop, tray_on_desktop
from support.tray_process import browser

from triplicati.config.instance_lock import is_running

pytestmark = pytest.mark.tray

_WORDS = ("--webservice-port=0", f"--webservice-password={PASSWORD}")
_CALM = ("Open", "status", "-", "Run a backup", "Pause", "-", "Quit")
_BUSY = ("Open", "status", "-", "Run a backup", "Stop", "Pause", "-", "Quit")
_PAUSED = ("Open", "status", "-", "Run a backup", "Resume", "-", "Quit")
_PAUSES = ("5 minutes", "15 minutes", "30 minutes", "An hour", "Until resumed")


class Desk:
    """A tray on a desktop with two backups: Docs, which takes long where `slow` was called, and Photos."""

    def __init__(self, place: Path, tray: TrayOnDesktop, opened: Path) -> None:
        self.place, self.tray, self.session = place, tray, tray.session
        self._opened, self._seen = opened, 0
        with tray.signed_in() as client:
            self.docs = add(client, job(place, dblock_size="1MB", blocksize="50KB"))
            self.photos = add(client, job(place / "photos", "Photos", number_of_retries="0"))

    def page(self) -> str:
        """The address that the browser is asked to open next."""
        line = until(self._new_line, lambda: self.tray.text)
        self._seen += 1
        return line

    def _new_line(self) -> str | None:
        return next(iter(self._lines()[self._seen :]), None)

    def _lines(self) -> list[str]:
        return self._opened.read_text().splitlines() if self._opened.exists() else []

    def asked(self, path: str) -> Any:
        with self.tray.signed_in() as client:
            return client.get(path).json()

    def slow(self) -> None:
        with self.tray.signed_in() as client:
            client.patch("/api/v1/serversettings", json={"max-upload-speed": "100KB"})

    def calm(self) -> None:
        """Nothing runs, waits, is to be acknowledged or to be opened."""
        with self.tray.signed_in() as client:
            client.patch("/api/v1/serversettings", json={"max-upload-speed": ""})
            client.post("/api/v1/serverstate/resume")
            idle(client)
            client.delete("/api/v1/notifications")
            # One that was started anew has another port, which is opened.
            until(lambda: client.get("/api/v1/serversettings").json()["server-port-changed"] == "False")
        self._seen = len(self._lines())
        self.session.xdotool("mousemove", str(WIDTH - 1), str(HEIGHT // 2))
        self.session.close_notifications()
        self.tray.shows("idle")

    def run_slowly(self) -> None:
        self.slow()
        with self.tray.signed_in() as client:
            start(client, f"/api/v1/backup/{self.docs}/run")
        self.tray.titled("Backing up Docs: ")
        self.tray.shows("running")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    place = tmp_path_factory.mktemp("whole")
    for folder in ("data", "source", "photos/source"):
        (place / folder).mkdir(mode=0o700, parents=True)
    (place / "source" / "large").write_bytes(Random(1).randbytes(10_000_000))
    (place / "photos" / "source" / "photo").write_bytes(b"photo")
    command, opened = browser(place)
    words = (*_WORDS, f"--browser-command={command}")
    with (
        desktop_session(place / "desktop") as session,
        tray_on_desktop(session, place / "data", *words) as tray,
    ):
        tray.titled("No backups yet")
        desk = Desk(place, tray, opened)
        assert _lets_in(desk.page())  # at the first start
        yield desk


@pytest.fixture
def desk(shared: Desk) -> Desk:
    """One that is calm, with backups that have not run."""
    shared.calm()
    return shared


def test_a_run_is_a_ring_with_words_until_it_is_stopped_by_a_click(desk: Desk, screenshots: Path) -> None:
    desk.run_slowly()
    before = _below(desk.session)
    desk.session.xdotool("mousemove", *map(str, icon_place(desk.session)))
    # The tooltip.
    until(lambda: ImageChops.difference(_below(desk.session), before).getbbox() is not None)
    desk.session.picture(screenshots / "tray-whole-running.png")
    desk.tray.menu()
    desk.session.picture(screenshots / "tray-whole-running-menu.png")
    desk.tray.click(_BUSY, "Stop")
    desk.tray.titled("Stopping Docs")
    with desk.tray.signed_in() as client:
        client.patch("/api/v1/serversettings", json={"max-upload-speed": ""})
        idle(client)
    desk.tray.shows("idle")


def test_a_run_is_started_with_the_mouse_and_its_notification_leads_to_its_log(
    desk: Desk, screenshots: Path
) -> None:
    before = desk.session.picture()
    desk.tray.menu()
    desk.tray.click(_CALM, "Run a backup")
    until(lambda: len(desk.session.menus()) == 2)
    desk.tray.click(("Docs", "Photos"), "Photos", 1)
    _click_notification(desk.session, before, screenshots / "tray-whole-done.png")
    link = desk.page()
    assert link.endswith(f"#/backup/{desk.photos}/log")
    assert _lets_in(link)
    desk.tray.shows("idle")
    assert desk.asked(f"/api/v1/backup/{desk.photos}")["Backup"]["Metadata"]["LastBackupFinished"]


def test_it_pauses_for_half_an_hour_and_resumes(desk: Desk, screenshots: Path) -> None:
    desk.tray.menu()
    desk.tray.click(_CALM, "Pause")
    until(lambda: len(desk.session.menus()) == 2)
    desk.tray.click(_PAUSES, "30 minutes", 1)
    desk.tray.shows("paused")
    desk.tray.titled("Paused until ")
    state = desk.asked("/api/v1/serverstate")
    assert state["ProgramState"] == "Paused"
    assert state["EstimatedPauseEnd"]
    desk.tray.menu()
    desk.session.picture(screenshots / "tray-whole-paused-menu.png")
    desk.tray.click(_PAUSED, "Resume")
    desk.tray.shows("idle")
    assert desk.asked("/api/v1/serverstate")["ProgramState"] == "Running"


def test_a_failed_run_lights_up_and_is_told_until_it_is_acknowledged(desk: Desk, screenshots: Path) -> None:
    target = desk.place / "photos" / "target-Photos"
    kept = desk.place / "kept"
    if target.exists():
        target.rename(kept)
    target.write_text("This is no folder")
    before = desk.session.picture()
    with desk.tray.signed_in() as client:
        start(client, f"/api/v1/backup/{desk.photos}/run")
    desk.tray.shows("error")
    desk.tray.titled("Photos failed at ")
    _click_notification(desk.session, before, screenshots / "tray-whole-failed.png")
    assert f"#/backup/{desk.photos}" in desk.page()
    desk.tray.menu()
    desk.session.picture(screenshots / "tray-whole-failed-menu.png")
    words = ("Open", "status", "-", "Run a backup", "Pause", "Acknowledge", "-", "Quit")
    desk.tray.click(words, "Acknowledge")
    desk.tray.shows("idle")
    assert desk.asked("/api/v1/notifications") == []
    target.unlink()
    if kept.exists():
        shutil.move(kept, target)


def test_a_click_on_the_icon_opens_the_page_signed_in(desk: Desk) -> None:
    desk.session.click(icon_place(desk.session))
    link = desk.page()
    assert link.startswith(f"{desk.tray.url}/signin.html?token=")
    assert _lets_in(link)


def test_a_killed_server_is_shown_told_and_comes_back(desk: Desk, screenshots: Path) -> None:
    before = desk.session.picture()
    first = desk.tray.server()
    first.kill()

    def is_shown() -> bool:
        # What is started meanwhile is ended too, so that it can be seen on any computer.
        for each in desk.tray.servers():
            each.kill()
        return light_shown(desk.session, LIGHT) == "disconnected"

    until(is_shown, lambda: desk.tray.title)
    desk.session.picture(screenshots / "tray-whole-disconnected.png")
    _click_notification(desk.session, before, screenshots / "tray-whole-killed.png")
    # What was asked for while nobody was there is done when the new one is.
    assert _lets_in(desk.page())
    desk.tray.shows("idle")
    assert desk.tray.server().pid != first.pid


def test_quit_in_the_menu_ends_both(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    with (
        desktop_session(tmp_path, notifications=False) as session,
        tray_on_desktop(session, tmp_path / "data", *_WORDS, "--browser-command=true") as tray,
    ):
        tray.titled("No backups yet")
        server = tray.server()
        tray.menu()
        tray.click(("Open", "status", "-", "Pause", "-", "Quit"), "Quit")
        assert tray.wait() == 0, tray.text
        assert not server.is_running()
        until(lambda: icon_box(session) is None)


def test_a_signal_ends_both_while_a_backup_runs_on_a_dark_desktop(tmp_path: Path, screenshots: Path) -> None:
    for folder in ("data", "source"):
        (tmp_path / folder).mkdir(mode=0o700)
    (tmp_path / "source" / "large").write_bytes(Random(1).randbytes(5_000_000))
    with (
        desktop_session(tmp_path, ground=DARK, notifications=False) as session,
        tray_on_desktop(session, tmp_path / "data", *_WORDS, "--browser-command=true") as tray,
    ):
        with tray.signed_in() as client:
            client.patch("/api/v1/serversettings", json={"max-upload-speed": "100KB"})
            identity = add(client, job(tmp_path, dblock_size="1MB", blocksize="50KB"))
            start(client, f"/api/v1/backup/{identity}/run")
        tray.titled("Backing up Docs")
        tray.shows("running", DARK)
        tray.menu()
        session.picture(screenshots / "tray-whole-dark-menu.png")
        session.keys("Escape")
        tray.process.send_signal(signal.SIGTERM)
        assert tray.wait() == 0, tray.text
        assert not is_running(tmp_path / "data")


def _click_notification(session: DesktopSession, before: Image, picture: Path) -> None:
    """Clicks on what has come at the bottom since then."""
    low = (0, HEIGHT // 2, WIDTH, HEIGHT)

    def place() -> tuple[int, int, int, int] | None:
        return ImageChops.difference(session.picture().crop(low), before.crop(low)).getbbox()

    left, top, right, bottom = until(place)
    session.picture(picture)
    session.click(((left + right) // 2, HEIGHT // 2 + (top + bottom) // 2))
    until(lambda: place() is None)


def _below(session: DesktopSession) -> Image:
    """Everything but the panel."""
    return session.picture().crop((0, PANEL, WIDTH, HEIGHT))


def _lets_in(link: str) -> bool:
    """Whether the server takes the token of an address."""
    token = link.partition("token=")[2].partition("#")[0]
    url = link.partition("/signin")[0]
    answer = httpx.post(f"{url}/api/v1/auth/signin", json={"SigninToken": token}, trust_env=False)
    return answer.status_code == 200
