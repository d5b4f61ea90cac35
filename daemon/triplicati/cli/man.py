"""man [folder]: writes the manual pages, or prints the main one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from triplicati import __version__
from triplicati.cli.request import wrong_usage
from triplicati.cli.screen import show_text
from triplicati.errors import disk_error
from triplicati.options.manual import main_page, pages
from triplicati.options.parser import Arguments


def show(arguments: Arguments) -> int:
    """The folder is made if it is missing. Raises `UsageError`, and `TriplicatiError` when a page cannot be
    written."""
    if len(arguments.positionals) > 1:
        raise wrong_usage("man", "Name one folder.")
    if not arguments.positionals:
        return show_text(main_page(__version__, date.today()).removesuffix("\n"))
    folder = Path(arguments.positionals[0])
    texts = pages(__version__, date.today())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise disk_error(error, str(folder)) from error
    return show_text(f"Wrote {len(texts)} pages to {folder}")
