"""Forms of a source that only Windows knows (spec/cli.md 2.7). Pure: the drives are told by the caller."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_SEPARATOR = "\\"
_ANY_DRIVE = re.compile(r"[*?]:(?=\\|/|$)")
_VOLUME = re.compile(r"\\\\[?.]\\(Volume\{[0-9A-Fa-f-]+\})(?=\\|$)", re.IGNORECASE)


def on_every_drive(source: str, drives: Sequence[str]) -> list[str]:
    r"""``*:\x`` and ``?:\x`` as that path on each of the drives (``C``, ``C:`` or ``C:\``); else as it is."""
    match = _ANY_DRIVE.match(source)
    if match is None:
        return [source]
    return [f"{drive[:1].upper()}:{source[match.end() :]}" for drive in drives]


def with_drive_letter(source: str, volumes: Mapping[str, str]) -> str:
    r"""``\\?\Volume{guid}\x`` with the letter of that volume, where `volumes` knows one.

    Its keys are the names as Windows lists them (``\\?\Volume{guid}\``), its values ``C:\``; a volume without
    a letter keeps its name, under which Windows opens it too.
    """
    match = _VOLUME.match(source)
    if match is None:
        return source
    letters = {_volume_name(name): drive for name, drive in volumes.items() if drive}
    letter = letters.get(match[1].lower())
    return source if letter is None else f"{letter[:1].upper()}:{source[match.end() :] or _SEPARATOR}"


def _volume_name(text: str) -> str:
    match = _VOLUME.match(text)
    return match[1].lower() if match else text.lower()
