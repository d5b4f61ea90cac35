"""What ``duplicati-tray help`` prints."""

from __future__ import annotations

from triplicati.options.help_text import facts, wrap
from triplicati_tray.options import TRAY

_PROGRAM = "duplicati-tray"
_EXAMPLES = (
    "",
    "--webservice-port=8300",
    "--no-hosted-server --webservice-password=...",
    "--server-url=http://othermachine:8200 --webservice-password=...",
    "--autostart=on",
)
_USED = (
    "webservice-password", "webservice-port", "server-datafolder", "portable-mode", "settings-encryption-key",
)


def tray_help(width: int) -> str:
    """Each line at most `width` characters."""
    lines = [
        f"Usage: {_PROGRAM} [--option=value ...]",
        "",
        wrap(
            "An icon that shows how the backups stand, and a menu to run, stop and pause them. It starts the "
            "server if none runs on the data folder, and ends it with itself; a server that runs already it "
            "leaves running.",
            width,
        ),
        wrap(
            "Each option can also be given by an environment variable, as DUPLICATI__NOTIFY=all for "
            "--notify, or in a file named by --parameters-file; passwords are best given there.",
            width,
        ),
        "",
        "Examples:",
        *(wrap(f"{_PROGRAM} {words}".rstrip(), width, "  ", "      ") for words in _EXAMPLES),
        "",
        "Options",
    ]
    for option in TRAY:
        lines.append(wrap(f"--{option.name} ({option.type.value}): {option.summary}", width, "  ", "    "))
        lines += [wrap(fact, width, "    ", "      ") for fact in facts(option)]
    lines += [
        "",
        wrap(
            "All options of duplicati-server can be given too, and go to the server that the tray starts; "
            f"duplicati-server help lists them. Of these the tray itself reads {', '.join(_USED)}.",
            width,
        ),
    ]
    return "\n".join(lines)
