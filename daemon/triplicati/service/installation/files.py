"""Writes the files of a plan, and removes them: only what is ours, and what nobody has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from triplicati.config.datafolder import write_private
from triplicati.errors import (
    FileDenied,
    ServiceFileChanged,
    ServiceFileDenied,
    ServiceFileForeign,
    TriplicatiError,
    disk_error,
    this_user,
)
from triplicati.service.installation.plan import ServiceFile
from triplicati.service.installation.sealing import is_ours, is_untouched

Done = Literal["written", "unchanged", "removed", "absent"]


def content_of(path: Path) -> str | None:
    """None where there is no such file. Raises `TriplicatiError` for one that cannot be read."""
    try:
        return path.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_error(error, str(path)) from error


def check_replaceable(path: Path, *, force: bool) -> None:
    """Raises `ServiceFileForeign` for a file that is not ours, whatever is forced, and `ServiceFileChanged`
    for one of ours that was changed."""
    found = content_of(path)
    if found is None:
        return
    if not is_ours(found):
        raise ServiceFileForeign(path=path)
    if not force and not is_untouched(found):
        raise ServiceFileChanged(path=path)


def write(file: ServiceFile, *, force: bool) -> Done:
    """Raises as `check_replaceable`, and `TriplicatiError` where it cannot be written."""
    path = Path(file.path)
    if content_of(path) == file.text:
        return "unchanged"
    check_replaceable(path, force=force)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, file.text.encode("utf-8", "surrogateescape"))
        if not file.private:
            path.chmod(0o644)
    except OSError as error:
        raise _told(error, path) from error
    return "written"


def remove(path: Path, *, force: bool) -> Done:
    """Raises as `check_replaceable`, and `TriplicatiError` where it cannot be removed."""
    if content_of(path) is None:
        return "absent"
    check_replaceable(path, force=force)
    try:
        path.unlink()
    except OSError as error:
        raise _told(error, path) from error
    return "removed"


def _told(error: OSError, path: Path) -> TriplicatiError:
    found = disk_error(error, str(path))
    return ServiceFileDenied(user=this_user(), path=path) if isinstance(found, FileDenied) else found
