"""The icon in the panel of a real desktop, from its appearance to its end."""

from __future__ import annotations

from pathlib import Path

from support.desk_process import desk_process, icon_box, icon_place
from support.desktop_session import desktop_session, until

from triplicati_tray.desk import Command, Look


def test_the_icon_appears_a_click_in_its_menu_arrives_and_it_goes(tmp_path: Path) -> None:
    with desktop_session(tmp_path, notifications=False) as session, desk_process(session) as desk:
        desk.show(Look(light="idle", title="Triplicati", status="Everything is backed up"))
        session.click(icon_place(session))
        desk.hears(Command("open"))
        session.click(icon_place(session), 3)
        until(session.menus)
        session.keys("Up", "Return")
        desk.hears(Command("quit"))
        assert desk.wait() == 0, desk.errors
        until(lambda: icon_box(session) is None)
