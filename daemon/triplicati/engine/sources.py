"""From the sources a user names to the roots of the walk (spec/format.md 9.2)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from triplicati.engine.settings import BackupSettings
from triplicati.errors import NoSources, SourceFolderEmpty, SourceIsMissing, SourceUnauthorized
from triplicati.messages.progress import Report
from triplicati.source.filters import FilterRule, fold
from triplicati.source.named_paths import lies_in
from triplicati.source.names import stored_name


def resolve_sources(settings: BackupSettings, report: Report) -> tuple[list[str], tuple[FilterRule, ...]]:
    """Absolute roots, none below another, and the filter rules with the sources that were below one in front.

    Raises `SourceIsMissing`, `SourceUnauthorized`, `SourceFolderEmpty`, `NoSources`.
    """
    present = [
        path
        for named in settings.sources
        for source in _forms(named)
        if (path := _present(os.path.abspath(_shown(source)), settings, report)) is not None
    ]
    if not present:
        raise NoSources(sources=", ".join(map(_shown, settings.sources)))
    kept: list[str] = []
    nested: list[FilterRule] = []
    for root in _sorted_once(present, case_sensitive=settings.case_sensitive):
        if kept and lies_in(root, kept[-1], case_sensitive=settings.case_sensitive):
            suffix = "/" if Path(root).is_dir() else ""
            nested.append(FilterRule(True, stored_name(root) + suffix))
        else:
            kept.append(root)
    excludes = any(not rule.include for rule in settings.rules)
    return kept, (*(nested if excludes else ()), *settings.rules)


def _shown(source: str) -> str:
    """An address, which is never found here, without what may hold a password: whatever is said of a source
    is kept and sent. Of a remote source of Duplicati it is the part behind the bar."""
    mount, bar, address = source.partition("|")
    if bar and source.startswith("@") and "://" in address:
        return mount
    scheme, found, _ = source.partition("://")
    return f"{scheme}://..." if found else source


def _forms(source: str) -> list[str]:
    """The paths that a source stands for: on Windows it can mean every drive, or a volume by its name."""
    if sys.platform != "win32":
        return [source]
    from triplicati.source.windows_drives import drives, volumes  # noqa: PLC0415
    from triplicati.source.windows_forms import on_every_drive, with_drive_letter  # noqa: PLC0415

    return on_every_drive(with_drive_letter(source, volumes()), drives())


def named_in(
    roots: Sequence[str], paths: Sequence[str], settings: BackupSettings, report: Report
) -> tuple[str, ...]:
    """Those of the paths that lie in a source, absolute; a separator at the end stays."""
    inside = []
    for path in paths:
        place = os.path.abspath(path)
        if any(lies_in(place, root, case_sensitive=settings.case_sensitive) for root in roots):
            inside.append(place + "/" if path.endswith("/") and place != "/" else place)
        else:
            text = f"{stored_name(place)} lies in none of the sources and is passed over."
            report.warning("PathOutsideSources", text, stored_name(place))
    return tuple(inside)


def _sorted_once(paths: Sequence[str], *, case_sensitive: bool) -> list[str]:
    """Each place once, and a folder before what lies in it."""
    keys = {(path if case_sensitive else fold(path)).rstrip("/") + "/": path for path in reversed(paths)}
    return [path for _, path in sorted(keys.items())]


def _present(path: str, settings: BackupSettings, report: Report) -> str | None:
    try:
        names = os.listdir(path) if os.path.isdir(path) else [os.lstat(path)]
    except PermissionError as error:
        if settings.allow_missing_source:
            return None
        raise SourceUnauthorized(path=path, reason=error.strerror) from None
    except OSError:
        if settings.abort_if_source_missing:
            raise SourceIsMissing(path=path) from None
        if not settings.allow_missing_source:
            report.warning(
                "SourceIsMissing", f"The source {stored_name(path)} does not exist and is left out.", path
            )
        return None
    if settings.prevent_empty_source and not names:
        raise SourceFolderEmpty(path=path)
    return path


def overlapping(roots: Sequence[str], folder: Path | None) -> bool:
    """Whether a folder lies in one of the roots."""
    if folder is None:
        return False
    text = f"{folder.resolve()}/"
    return any(text.startswith(f"{Path(root).resolve()}/".replace("//", "/")) for root in roots)
