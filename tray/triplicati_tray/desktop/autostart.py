"""Start with the desktop, an entry in its menu, and the icon for both, for this user.

Places: XDG Base Directory and Desktop Application Autostart specifications, Icon Theme specification.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from triplicati.errors import AutostartNotKept, UsageError
from triplicati.options.declarations import OptionType
from triplicati.options.server.parsing import parse_words
from triplicati.options.server.registry import SERVER_OPTIONS
from triplicati_tray.desktop.desktop_entry import desktop_entry, exec_line

_NAME, _ICON = "triplicati-tray", "triplicati"
_SIDES = (16, 22, 24, 32, 48, 64, 128, 256)
_OPTION = "autostart"


def run_autostart(words: Sequence[str]) -> int:
    """Does what ``--autostart=on|off`` among the words of the tray's command line says, and says what it did.
    The other words are those that the tray will be started with. Returns the exit code.

    Raises `UsageError`, `AutostartNotKept`.
    """
    wanted = (parse_words(words).options.get(_OPTION) or "").strip().lower()
    if wanted not in ("on", "off"):
        raise UsageError(reason="Give --autostart=on or --autostart=off.")
    kept = [word for word in words if word.partition("=")[0].lower() != f"--{_OPTION}"]
    _refuse_secrets(kept)
    on = wanted == "on"
    for path in set_autostart(on, [*_program(), *map(_from_anywhere, kept)]):
        print(f"{'Written' if on else 'Removed'}: {path}")
    print("The tray now starts with the desktop." if on else "The tray no longer starts with the desktop.")
    return 0


def set_autostart(on: bool, command: Sequence[str]) -> list[Path]:
    """Writes the files, or removes those that are there; gives their paths. Not for Windows and macOS.

    Raises `AutostartNotKept`.
    """
    if sys.platform in ("win32", "darwin"):
        raise AutostartNotKept(reason=_elsewhere())
    try:
        return _written(command) if on else _removed()
    except (OSError, ValueError) as error:
        raise AutostartNotKept(reason=f"{error}.") from error


def _written(command: Sequence[str]) -> list[Path]:
    from triplicati_tray.desktop.icon_images import mark_image, mark_svg  # noqa: PLC0415 - slow to import

    entry = {
        "Type": "Application",
        "Version": "1.1",
        "Name": "Triplicati",
        "GenericName": "Backup",
        "Comment": "Shows how the backups are and starts them",
        "Exec": exec_line(command),
        "Icon": _ICON,
        "Terminal": "false",
        "Categories": "Utility;Archiving;",
        "Keywords": "backup;restore;Duplicati;",
        "StartupNotify": "false",
    }
    started, listed = _entries()
    _write(listed, desktop_entry(entry).encode())
    for side, path in _pictures().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        mark_image(side).save(path, "PNG")
    _write(_drawing(), mark_svg().encode())
    _write(started, desktop_entry({**entry, "X-GNOME-Autostart-enabled": "true"}).encode())
    return _all()


def _removed() -> list[Path]:
    found = [path for path in _all() if path.exists()]
    for path in found:
        path.unlink()
    return found


def _write(path: Path, contents: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(contents)
    fresh.replace(path)


def _all() -> list[Path]:
    return [*_entries(), *_pictures().values(), _drawing()]


def _entries() -> tuple[Path, Path]:
    """Where what starts with the desktop is, and where what stands in its menu is."""
    import platformdirs  # noqa: PLC0415 - slow to import

    name = f"{_NAME}.desktop"
    return (
        platformdirs.user_config_path() / "autostart" / name,
        platformdirs.user_data_path() / "applications" / name,
    )


def _pictures() -> dict[int, Path]:
    return {side: _theme() / f"{side}x{side}" / "apps" / f"{_ICON}.png" for side in _SIDES}


def _drawing() -> Path:
    return _theme() / "scalable" / "apps" / f"{_ICON}.svg"


def _theme() -> Path:
    import platformdirs  # noqa: PLC0415 - slow to import

    return platformdirs.user_data_path() / "icons" / "hicolor"


def _refuse_secrets(words: Sequence[str]) -> None:
    """They would be in a file, and for all to see in the list of processes."""
    for name in parse_words(words).options:
        option = SERVER_OPTIONS.get(name)
        if option is not None and option.type is OptionType.PASSWORD:
            raise AutostartNotKept(
                reason=f"--{name} is secret and would be written to a file that others may read. Leave it "
                "out here and put it into preload.json, or into a file that --parameters-file names."
            )


def _from_anywhere(word: str) -> str:
    """A desktop starts programs in a folder of its own choice."""
    name, equals, value = word.partition("=")
    option = SERVER_OPTIONS.get(name[2:].lower())
    # What names a place by a variable is left to be read then.
    is_path = option is not None and option.type is OptionType.PATH and value and value[0] not in "$%~\""
    return f"{name}{equals}{Path(value).absolute()}" if is_path else word


def _program() -> list[str]:
    """How this program was started, in words that hold for any working folder."""
    started = Path(sys.argv[0]).absolute()
    if os.access(started, os.X_OK) and started.is_file() and started.suffix != ".py":
        return [str(started)]
    return [sys.executable, "-m", "triplicati_tray"]


def _elsewhere() -> str:
    if sys.platform == "win32":
        return "On Windows, put a shortcut to duplicati-tray into the folder that shell:startup opens."
    return "On macOS, add duplicati-tray in the System Settings under General, Login Items."
