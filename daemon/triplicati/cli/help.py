"""help [topic]"""

from __future__ import annotations

from triplicati import __version__
from triplicati.cli.help_lookup import FURTHER, lookup
from triplicati.cli.screen import columns, show_text
from triplicati.options.help_text import main_screen
from triplicati.options.parser import Arguments


def show(arguments: Arguments) -> int:
    """Prints the topic, or the main screen for none and for one that does not exist."""
    width = columns()
    asked = _topic(arguments)
    if asked is not None and (text := lookup(asked, width)) is not None:
        return show_text(text)
    unknown = [f"Topic not found: {asked}\n"] if asked is not None else []
    title = f"Triplicati {__version__}: backups in Duplicati's format"
    return show_text("\n".join([*unknown, title, "", main_screen(width, FURTHER)]))


def _topic(arguments: Arguments) -> str | None:
    """A word, or the only option, with its marks."""
    words, options = (
        arguments.positionals,
        [name for name in arguments.options if name not in ("help", "usage")],
    )
    if words and words[0] not in options:
        return words[0]
    return f"--{options[0]}" if len(options) == 1 else None
