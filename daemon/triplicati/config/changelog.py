"""What changed between releases, for users.

A change is a file in the folder ``changelog`` of the project, with one line for users; the changes of a
release that is out lie in a folder named after it. The installed program has a copy of all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from triplicati import __version__


def changelog_folder() -> Path:
    package = Path(__file__).resolve().parents[1]
    bundled = package / "changelog"
    # In a checkout it lies beside the code.
    return bundled if bundled.is_dir() else package.parents[1] / "changelog"


def lines(folder: Path, width: int) -> Iterator[str]:
    """The changes since the last release first, then those of each release, the newest first."""
    releases = [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
    for release in [folder, *sorted(releases, key=_rank, reverse=True)]:
        changes = sorted(release.glob("*.md"))
        if not changes:
            continue
        yield f"Triplicati {__version__ if release == folder else release.name}"
        for change in changes:
            text = " ".join(change.read_text("utf-8").split())
            yield fill(text, width, initial_indent="  * ", subsequent_indent="    ", break_on_hyphens=False)
        yield ""


def _rank(release: Path) -> list[int]:
    return [int(part) if part.isdigit() else -1 for part in release.name.split(".")]
