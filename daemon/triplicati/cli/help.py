"""help [topic]"""

from __future__ import annotations

import shutil
import sys

from triplicati import __version__
from triplicati.options.help_text import main_screen, topic


def show_help(topics: tuple[str, ...]) -> int:
    """Prints the topic, or the main screen for none and for one that does not exist."""
    width = shutil.get_terminal_size((80, 24)).columns
    texts = [topic(name, width) for name in topics[:1]]
    lines = [text for text in texts if text is not None]
    if not lines:
        lines = [f"Topic not found: {name}\n" for name in topics[:1]]
        lines += [f"Triplicati {__version__}: backups in Duplicati's format", "", main_screen(width)]
    try:
        print("\n".join(lines), flush=True)
    except BrokenPipeError:
        from triplicati.cli.console import silence  # noqa: PLC0415

        silence(sys.stdout)
    return 0
