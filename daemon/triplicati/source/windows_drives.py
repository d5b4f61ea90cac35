"""The drives of a Windows computer and the volumes behind them. Type-checked, not run."""

from __future__ import annotations

import ctypes
import string
import sys

_NAME_LENGTH = 64


def drives() -> list[str]:
    r"""``C:\`` and so on, those that are there; none on other systems."""
    if sys.platform != "win32":
        return []
    present = ctypes.windll.kernel32.GetLogicalDrives()
    return [f"{letter}:\\" for bit, letter in enumerate(string.ascii_uppercase) if present >> bit & 1]


def volumes() -> dict[str, str]:
    r"""The drive of each volume by the name Windows has for it, ``\\?\Volume{guid}\``."""
    found: dict[str, str] = {}
    if sys.platform == "win32":
        for drive in drives():
            name = ctypes.create_unicode_buffer(_NAME_LENGTH)
            if ctypes.windll.kernel32.GetVolumeNameForVolumeMountPointW(drive, name, _NAME_LENGTH):
                found[name.value] = drive
    return found
