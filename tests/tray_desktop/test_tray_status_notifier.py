"""The icon where a desktop takes it over D-Bus, as KDE, XFCE, and GNOME with an extension do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from support.desk_process import desk_process
from support.desktop_session import desktop_session, until
from support.session_bus import asked, service_on

from triplicati_tray.desk import Choice, Command, Look
from triplicati_tray.desktop.icon_images import icon_image

pytestmark = pytest.mark.tray

WATCHER, ITEM = "org.kde.StatusNotifierWatcher", "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"


def answer(member: str, body: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]] | None:
    if member == "RegisterStatusNotifierItem":
        return "", ()
    if member == "GetAll":
        return "a{sv}", ({"IsStatusNotifierHostRegistered": ("b", True)},)
    return ("v", (("b", True),)) if member == "Get" else None


def test_the_icon_is_given_to_a_desktop_on_the_bus_and_its_menu_works_there(tmp_path: Path) -> None:
    with desktop_session(tmp_path, panel=False, notifications=False) as session:
        address = session.environment["DBUS_SESSION_BUS_ADDRESS"]
        with service_on(address, WATCHER, answer) as watcher, desk_process(session) as desk:
            letters = Choice("7", "_Letters & <b>")
            desk.show(Look(light="error", title="Failed", status="a_b failed", backups=(letters,)))
            name = until(lambda: watcher.callers.get("RegisterStatusNotifierItem"), lambda: desk.errors)
            path = "/org/ayatana/NotificationItem/triplicati_tray"
            until(lambda: same(shown(address, name, path), icon_image("error")))

            menu = (name, f"{path}/Menu", MENU)
            until(lambda: "Acknowledge errors" in entries(address, menu))
            labels = entries(address, menu)
            # Two stand for one that is shown: one alone marks a letter of the keyboard.
            assert {"a__b failed", "__Letters & <b>"} <= labels.keys()
            event = (labels["__Letters & <b>"], "clicked", ("i", 0), 0)
            asked(address, menu, "Event", "isvu", event)
            desk.hears(Command("run", "7"))
            desk.end(0)
            assert desk.wait() == 0, desk.errors


def shown(address: str, name: str, path: str) -> Image.Image:
    """The picture that the item names."""
    place = (name, path, "org.freedesktop.DBus.Properties")
    ((_, file),) = asked(address, place, "Get", "ss", (ITEM, "IconName"))
    return Image.open(file) if file else Image.new("RGBA", (1, 1))


def entries(address: str, menu: tuple[str, str, str]) -> dict[str, int]:
    """The numbers of the entries of the menu, by their labels."""
    _, root = asked(address, menu, "GetLayout", "iias", (0, -1, []))
    found: dict[str, int] = {}

    def walk(node: tuple[int, dict[str, tuple[str, str]], list[tuple[str, Any]]]) -> None:
        number, properties, children = node
        if "label" in properties:
            found[properties["label"][1]] = number
        for _, child in children:
            walk(child)

    walk(root)
    return found


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None
