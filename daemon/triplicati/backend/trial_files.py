"""The files of a test of a destination: here, and as they are listed there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import trio

from triplicati.backend.trial_names import content
from triplicati.errors import disk_error
from triplicati.storage.destination import RemoteFile


class TrialFile(msgspec.Struct):
    """`size` in bytes; `seed` is what the content is made from, `digest` its SHA-256 once it was made."""

    name: str
    size: int
    seed: int
    digest: bytes = b""


def oddities(files: list[TrialFile], listed: list[RemoteFile]) -> list[str]:
    """What is not right in a listing of exactly these files, in sentences."""
    wanted = {each.name: each for each in files}
    seen: set[str] = set()
    wrong = []
    for each in listed:
        if each.name not in wanted:
            wrong.append(f"The file {each.name} was found but not uploaded")
        elif each.name in seen:
            wrong.append(f"The file {each.name} was found more than once")
        elif each.size not in (-1, wanted[each.name].size):
            wrong.append(f"The file {each.name} has {wanted[each.name].size} bytes, listed are {each.size}")
        seen.add(each.name)
    return wrong + [f"The file {name} was uploaded but not found" for name in wanted if name not in seen]


def write_content(folder: Path, file: TrialFile) -> Path:
    """Makes the content up again each time: only one file at a time needs room here."""
    path = folder / "content"
    running = hashlib.sha256()
    try:
        with path.open("wb") as target:
            for part in content(file.seed, file.size):
                trio.from_thread.check_cancelled()
                running.update(part)
                target.write(part)
    except OSError as error:
        raise disk_error(error, str(path)) from error
    file.digest = running.digest()
    return path
