"""What ``duplicati-server help`` prints."""

from __future__ import annotations

from triplicati.options.help_text import facts, wrap
from triplicati.options.server.registry import TOPICS

PROGRAM = "duplicati-server"
_EXAMPLES = (
    "",
    "--webservice-port=8300 --server-datafolder=/srv/backup",
    "--webservice-interface=any --configure-https --webservice-allowed-hostnames=nas.example",
    "--adopt",
)


def server_help(width: int) -> str:
    """All options by topic, each line at most `width` characters."""
    lines = [
        f"Usage: {PROGRAM} [--option=value ...]",
        "",
        wrap(
            "Keeps saved backups, runs them by their schedules, and serves Duplicati's API and a page to "
            "watch and control them.",
            width,
        ),
        wrap(
            "Each option can also be given by an environment variable, as DUPLICATI__WEBSERVICE_PORT=8300 "
            "for --webservice-port, or in a file named by --parameters-file.",
            width,
        ),
        "",
        "Examples:",
        *(
            " \\\n".join(wrap(f"{PROGRAM} {words}", width - 2, "  ", "      ").split("\n"))
            for words in _EXAMPLES
        ),
    ]
    for title, options in TOPICS.items():
        lines += ["", title]
        for option in options:
            head = f"--{option.name} ({option.type.value}): {option.summary}"
            lines.append(wrap(head, width, "  ", "    "))
            lines += [wrap(fact, width, "    ", "      ") for fact in facts(option)]
    return "\n".join(lines)
