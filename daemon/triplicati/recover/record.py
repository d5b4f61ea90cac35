"""What `download` has fetched already: one JSON object a line, beside the volumes."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import msgspec

from triplicati.recover.plain import State

NAME = "recover.jsonl"


class Fetched(msgspec.Struct, frozen=True):
    """A volume by its remote name. Sizes in bytes: `remote` of the object, `plain` of what was made of it."""

    name: str
    remote: int
    plain: int
    state: State


_decode = msgspec.json.Decoder(Fetched).decode


def read_record(folder: Path) -> dict[str, Fetched]:
    """By remote name; the last of several counts. A line that a killed run left unfinished is passed over."""
    try:
        lines = (folder / NAME).read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    found = {}
    for line in lines:
        try:
            each = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        found[each.name] = each
    return found


class Record:
    """Takes down each volume when its plain form is in its place."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._file: IO[bytes] | None = None

    def add(self, fetched: Fetched) -> None:
        if self._file is None:
            self._file = self._path.open("ab")
            self._file.write(b"\n")  # what a killed run left unfinished ends here
        self._file.write(msgspec.json.encode(fetched) + b"\n")
        self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
