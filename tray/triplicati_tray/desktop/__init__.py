"""The icon, its menu and notifications on the desktop of this computer."""

from triplicati_tray.desktop.opening import open_desktop

__all__ = ["open_desktop"]
