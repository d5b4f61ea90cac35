"""What the icon in the tray needs of a desktop."""

from __future__ import annotations

import sys
import sysconfig

import trio

from triplicati.doctor.finding import Finding, good, note, warning
from triplicati.doctor.patient import Patient
from triplicati.errors import TrayDesktopMissing

_FOLDERS = ("usr/lib/*/girepository-1.0", "usr/lib/girepository-1.0", "usr/lib64/girepository-1.0")
_PACKAGES = {
    "Gtk-3.0": "gir1.2-gtk-3.0",
    "AyatanaAppIndicator3-0.1": "gir1.2-ayatanaappindicator3-0.1",
}
_NOTIFICATIONS = "org.freedesktop.Notifications"


async def tray(patient: Patient) -> list[Finding]:
    if sys.platform != "linux":
        return [note("What the icon needs is looked at on Linux only")]
    environment = patient.environment
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return [note("There is no desktop here, so there is no icon; the server does not need one")]
    found = _bindings(patient)
    address = environment.get("DBUS_SESSION_BUS_ADDRESS", "")
    if not address:
        found.append(
            warning(
                "There is no session bus, so that no notifications can be shown",
                "Start the tray from the desktop's own session (its autostart): duplicati-tray "
                "--autostart=on",
            )
        )
    elif not await trio.to_thread.run_sync(_has_notifications, address):
        found.append(
            warning(
                "Nothing on this desktop shows notifications",
                "Install a service that does, for example: sudo apt-get install dunst",
            )
        )
    return found or [good("The icon and its notifications have what they need")]


def _bindings(patient: Patient) -> list[Finding]:
    from triplicati_tray.desktop.gi_link import find_gi, gi_places  # noqa: PLC0415 - seldom needed

    missing = []
    try:
        find_gi(gi_places(patient.root), sysconfig.get_config_var("EXT_SUFFIX"))
    except TrayDesktopMissing as error:
        return [warning(f"No icon can be shown: {error.details['reason']}", str(error.details["advice"]))]
    for name, package in _PACKAGES.items():
        if not any(any(patient.root.glob(f"{folder}/{name}.typelib")) for folder in _FOLDERS):
            missing.append(package)
    if not missing:
        return []
    return [
        warning(
            f"No icon can be shown on every desktop: {', '.join(missing)} is not installed",
            f"Install it: sudo apt-get install {' '.join(missing)}",
        )
    ]


def _has_notifications(address: str) -> bool:
    """Whether some program shows them, or one is started when they are asked for."""
    try:
        from jeepney import message_bus  # noqa: PLC0415 - only on Linux
        from jeepney.io.blocking import Proxy, open_dbus_connection  # noqa: PLC0415

        with open_dbus_connection(address) as connection:
            bus = Proxy(message_bus, connection, timeout=2)
            names = [*bus.ListNames()[0], *bus.ListActivatableNames()[0]]
            return _NOTIFICATIONS in names
    except Exception:  # whatever is wrong with the bus, nothing is shown
        return False
