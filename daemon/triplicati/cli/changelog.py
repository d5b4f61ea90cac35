"""changelog: what changed between releases."""

from __future__ import annotations

from triplicati.cli.screen import columns, show_text
from triplicati.config.changelog import changelog_folder, lines
from triplicati.options.parser import Arguments


def show(arguments: Arguments) -> int:
    return show_text("\n".join(lines(changelog_folder(), columns())))
