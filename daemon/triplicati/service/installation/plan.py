"""What an installation is made of. Pure: nothing here touches the system."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Literal

import msgspec

from triplicati.errors import UsageError

System = Literal["linux", "darwin", "win32"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Wanted(msgspec.Struct, frozen=True):
    """What is to be installed. `program` are the words that start the server (Linux) or duplicati-service,
    `options` what they get; `config` is where this user keeps unit files and the like. `given` tells that the
    data folder was named and is not the usual one of a service."""

    system: System
    user: bool
    name: str
    folder: PurePath
    given: bool
    program: tuple[str, ...]
    options: tuple[str, ...]
    secrets: dict[str, str]
    stop_seconds: float
    config: PurePath
    identity: int

    def __repr__(self) -> str:
        return f"Wanted({self.name}, {self.folder})"


class ServiceFile(msgspec.Struct, frozen=True):
    """`text` has the line that tells it is ours. A `private` one is for its owner only."""

    path: PurePath
    text: str
    private: bool = False

    def __repr__(self) -> str:
        return f"ServiceFile({self.path})"


class Plan(msgspec.Struct, frozen=True):
    """`files`, the first of which is the service itself. `load` makes the system read it again, `start`
    starts it now and with the system, `stop` undoes that, and `after` follows its removal. `notes` are for
    the user; `tried` is False where it was never run on that system."""

    files: tuple[ServiceFile, ...]
    load: tuple[tuple[str, ...], ...]
    start: tuple[tuple[str, ...], ...]
    stop: tuple[tuple[str, ...], ...]
    after: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    tried: bool


def checked_name(name: str) -> str:
    """Raises `UsageError` for one that some system would not take as the name of a service."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            reason=f'"{name}" cannot be the name of a service: letters, digits, "-" and "_" only, at most 64.'
        )
    return name


def checked(text: str) -> str:
    """Raises `UsageError` for what no service file can hold; a line end would begin a line of its own."""
    if any(ord(letter) < 32 or ord(letter) == 127 or 0xD800 <= ord(letter) < 0xE000 for letter in text):
        raise UsageError(
            reason="A name or a value has a line end or another character that no service file can hold. "
            "Choose another folder or value."
        )
    return text
