"""Finds out which kind of icon this desktop shows."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from triplicati.errors import TrayDesktopMissing
from triplicati_tray.desk import Desk, Hear, Level, Light
from triplicati_tray.desktop.gi_link import INSTALL, link_gi
from triplicati_tray.desktop.private_folder import private_folder

_log = logging.getLogger(__name__)
_CHOICE = "PYSTRAY_BACKEND"
_LIGHTS: dict[Level, Light] = {"info": "idle", "warning": "warning", "error": "error"}
Backend = Literal["appindicator", "gtk"]


def open_desktop(hear: Hear) -> Desk:
    """To be called in the main thread; takes up to some seconds. `hear` is called as the seam in `desk` says.

    Raises `TrayDesktopMissing`, whose text says what to install.
    """
    if sys.platform in ("win32", "darwin"):
        return _open_plain(hear)
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        reason = "there is no desktop here (neither DISPLAY nor WAYLAND_DISPLAY is set)"
        raise TrayDesktopMissing(reason=reason, advice="Start this from within a desktop to see one.")
    link_gi()
    return _open_gtk(hear)


def _open_plain(hear: Hear) -> Desk:
    from triplicati_tray.desktop.pystray_desk import PystrayDesk, PystrayTeller  # noqa: PLC0415 - slow

    try:
        from pystray import Icon  # noqa: PLC0415 - loads a desktop
    except Exception as error:
        reason = f"pystray cannot be used: {error}"
        raise TrayDesktopMissing(reason=reason, advice="Install Triplicati again.") from error
    return PystrayDesk(hear, Icon, PystrayTeller, _windows_text if sys.platform == "win32" else str)


def _open_gtk(hear: Hear) -> Desk:
    from triplicati_tray.desktop.gtk_icon import gtk_icon_type  # noqa: PLC0415 - slow
    from triplicati_tray.desktop.icon_images import icon_file, icon_image  # noqa: PLC0415 - slow
    from triplicati_tray.desktop.notifications import Notifications  # noqa: PLC0415 - slow
    from triplicati_tray.desktop.pystray_desk import PystrayDesk  # noqa: PLC0415 - slow

    base = _icon_base()
    try:
        folder = private_folder("icons")
    except OSError as error:
        reason, advice = f"there is no place for its pictures: {error}", "Check that the folder is yours."
        raise TrayDesktopMissing(reason=reason, advice=advice) from error

    def picture(level: Level) -> Path:
        return icon_file(icon_image(_LIGHTS[level]), folder)

    notifications = Notifications(hear, picture)
    return PystrayDesk(hear, gtk_icon_type(base, folder), lambda _icon: notifications, str)


def _icon_base() -> Any:  # noqa: ANN401 - a class of pystray, without types
    """The class of pystray that fits what shows icons here."""
    _require("Gtk", "3.0")
    modern, old = _modern_host(), _old_host()
    if not modern and not old:
        _log.warning(
            "Nothing on this desktop shows icons yet; the icon appears as soon as something does. "
            "On GNOME install the extension AppIndicator (Debian: gnome-shell-extension-appindicator)."
        )
    # Before the panel is there, as at the begin of a session, only the old kind on X finds it later for sure.
    waits_on_x = not modern and not os.environ.get("WAYLAND_DISPLAY")
    wanted: Backend = "gtk" if (old and not modern) or waits_on_x else "appindicator"
    chosen = os.environ.get(_CHOICE)
    if chosen in ("gtk", "appindicator"):
        wanted = "gtk" if chosen == "gtk" else "appindicator"
    if wanted == "appindicator" and not _has_indicator():
        if modern and not old:
            raise TrayDesktopMissing(reason="the bindings of AppIndicator are not installed", advice=INSTALL)
        wanted = "gtk"
    return _loaded(wanted)


def _loaded(backend: Backend) -> Any:  # noqa: ANN401 - a class of pystray, without types
    """pystray chooses when it is imported, by the environment, which children get as it was."""
    before = os.environ.get(_CHOICE)
    os.environ[_CHOICE] = backend
    try:
        import pystray  # noqa: PLC0415 - loads a desktop

        return pystray.Icon
    except Exception as error:
        display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        reason = f"the display {display} cannot be used ({error})"
        raise TrayDesktopMissing(reason=reason, advice="Start this from within a desktop.") from error
    finally:
        if before is None:
            del os.environ[_CHOICE]
        else:
            os.environ[_CHOICE] = before


def _require(name: str, version: str) -> None:
    try:
        import gi  # noqa: PLC0415 - there after link_gi

        gi.require_version(name, version)
    except Exception as error:
        reason = f"{name} {version} cannot be used ({error})"
        raise TrayDesktopMissing(reason=reason, advice=INSTALL) from error


def _has_indicator() -> bool:
    for name in ("AppIndicator3", "AyatanaAppIndicator3"):
        with suppress(TrayDesktopMissing):
            _require(name, "0.1")
            return True
    return False


def _modern_host() -> bool:
    """Whether something on D-Bus shows icons, as KDE, XFCE, and GNOME with an extension have it."""
    try:
        from jeepney import message_bus  # noqa: PLC0415 - not on every system
        from jeepney.io.blocking import Proxy, open_dbus_connection  # noqa: PLC0415 - not on every system

        with open_dbus_connection("SESSION") as connection:
            bus = Proxy(message_bus, connection, timeout=2)
            return bool(bus.NameHasOwner("org.kde.StatusNotifierWatcher")[0])
    except Exception:
        return False


def _old_host() -> bool:
    """Whether a panel on X takes icons in as small windows."""
    if not os.environ.get("DISPLAY"):
        return False
    try:
        from Xlib.display import Display  # noqa: PLC0415 - not on every system

        display = Display()
        try:
            atom = display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
            return bool(display.get_selection_owner(atom))
        finally:
            display.close()
    except Exception:
        return False


def _windows_text(text: str) -> str:
    return text.replace("&", "&&")
