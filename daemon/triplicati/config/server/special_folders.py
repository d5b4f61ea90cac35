"""Folders that go by a name on every machine, such as ``%HOME%``, and names in paths (spec/server.md 4.5)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from triplicati.options.parser import expand_variables

_VARIABLE = re.compile(r"\$(?:\{(?P<braces>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<plain>[A-Za-z_][A-Za-z0-9_]*))")


class SpecialFolder(msgspec.Struct, frozen=True):
    """`token` has its percent signs; `label` is what a page shows."""

    token: str
    label: str
    path: str


def special_folders() -> tuple[SpecialFolder, ...]:
    """Those of this user that exist. Looks at the disk."""
    import platformdirs  # noqa: PLC0415 - slow, and seldom needed

    home = os.path.expanduser("~")
    own = [
        ("%MY_DOCUMENTS%", "Documents", platformdirs.user_documents_dir()),
        ("%MY_MUSIC%", "Music", platformdirs.user_music_dir()),
        ("%MY_PICTURES%", "Pictures", platformdirs.user_pictures_dir()),
        ("%DESKTOP%", "Desktop", platformdirs.user_desktop_dir()),
        ("%HOME%", "Home", home),
        ("%MY_DOWNLOADS%", "Downloads", platformdirs.user_downloads_dir()),
    ]
    videos = platformdirs.user_videos_dir()
    if sys.platform == "win32":
        own += [("%MY_VIDEOS%", "Videos", videos), ("%APPDATA%", "Application data", _application_data())]
    else:
        own += [("%MY_MOVIES%", "Movies", videos), ("%MY_PUBLIC%", "Public", str(Path(home, "Public")))]
    # A desktop without such a folder names the home folder instead.
    return tuple(
        SpecialFolder(token, label, path)
        for token, label, path in own
        if (token == "%HOME%" or path.rstrip(os.sep) != home) and os.path.isabs(path) and os.path.isdir(path)
    )


def expand_tokens(
    text: str,
    folders: Sequence[SpecialFolder],
    environment: Mapping[str, str],
    *,
    windows: bool = sys.platform == "win32",
) -> str:
    """A path with its token at the start and then its variables replaced; what is unknown stays."""
    for folder in folders:
        if text.upper().startswith(folder.token):
            text = _joined(folder.path, text[len(folder.token) :], "\\" if windows else "/")
            break
    text = expand_variables(text, environment)
    if windows:
        return text
    return _VARIABLE.sub(lambda m: environment.get(m["braces"] or m["plain"], m[0]), text)


def display_names(sources: Sequence[str], folders: Sequence[SpecialFolder]) -> dict[str, str]:
    """For each source what a page calls it: the label of a folder with a name, else the last part."""
    labels = {folder.token: folder.label for folder in folders}
    return {source: _display_name(source, labels) for source in sources}


def _joined(folder: str, rest: str, separator: str) -> str:
    if not rest:
        return folder
    return folder.rstrip("/\\") + ("" if rest[0] in "/\\" else separator) + rest


def _display_name(source: str, labels: Mapping[str, str]) -> str:
    stripped = source.rstrip("/\\")
    if source.startswith("@"):
        # The address behind it may hold secrets.
        return source.partition("|")[0].lstrip("@").strip("/\\") or "@"
    if label := labels.get(stripped.upper()):
        return label
    return re.split(r"[/\\]", stripped)[-1] or source


def _application_data() -> str:
    return os.environ.get("APPDATA", "")
