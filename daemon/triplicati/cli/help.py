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
    for name in arguments.positionals[:1]:
        text = lookup(name, width)
        if text is not None:
            return show_text(text)
    unknown = [f"Topic not found: {name}\n" for name in arguments.positionals[:1]]
    title = f"Triplicati {__version__}: backups in Duplicati's format"
    return show_text("\n".join([*unknown, title, "", main_screen(width, FURTHER)]))
