"""The two icons that pystray has for GTK, without what they do wrong on a bare desktop.

As they come, they end at once where no service shows notifications, give SIGINT back its deadly effect, set
no tooltip, and write to names in /tmp that can be guessed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from triplicati_tray.desktop.icon_images import icon_file
from triplicati_tray.desktop.pystray_desk import IconType


def gtk_icon_type(base: Any, folder: Path) -> IconType:  # noqa: ANN401 - a class of pystray, without types
    """A class to be used as ``pystray.Icon`` is, made from that. `folder`, private, is where the pictures go,
    which the panel reads."""
    from gi.repository import GLib  # noqa: PLC0415 - there after link_gi

    class GtkIcon(base):  # type: ignore[misc]
        def _initialize(self) -> None:
            self._notifier = _NoNotifier()
            self._mark_ready()

        def _show(self) -> None:
            super()._show()
            self._update_title()

        def _update_title(self) -> None:
            super()._update_title()
            GLib.idle_add(self._set_tooltip)

        def _set_tooltip(self) -> bool:
            status_icon = getattr(self, "_status_icon", None)
            if status_icon is not None:
                status_icon.set_tooltip_text(self.title)
            return False

        def _update_fs_icon(self) -> None:
            self._icon_path = str(icon_file(self.icon, folder))
            self._icon_valid = True

        def _remove_fs_icon(self) -> None:
            self._icon_valid = False

    made: IconType = GtkIcon
    return made


class _NoNotifier:
    def notify(self, title: str, message: str, icon: str) -> None:
        """Notifications go by `notifications`."""

    def hide(self) -> None:
        """There is none."""
