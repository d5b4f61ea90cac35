"""triplicati: all commands, and alone the state of this machine."""

from __future__ import annotations

import importlib
import os
import re
import sys
from typing import NoReturn

from triplicati.apps.ending import reader_may_go
from triplicati.cli.dispatch import main as run

# Without the values of options, which have their "=" first.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
# Programs of their own, each a module with ``run(words, environment)``; loaded when they are asked for.
_PROGRAMS = {
    "server": "triplicati.apps.server.main",
    "doctor": "triplicati.doctor.main",
    "recover": "triplicati.recover.main",
    "backend": "triplicati.backend.main",
    "mirror": "triplicati.backend.mirror",
    "service": "triplicati.service.installation.command",
    "webdav": "triplicati.apps.webdav.main",
    "tray": "triplicati_tray.main",
}


def main() -> None:
    with reader_may_go():
        _main(sys.argv[1:])


def _main(words: list[str]) -> NoReturn:
    if words[:1] == ["control"]:
        from triplicati.control.main import run as control  # noqa: PLC0415 - a program of its own

        sys.exit(control(words[1:], os.environ, "triplicati control"))
    program = _PROGRAMS.get("mirror" if _is_between_destinations(words) else "".join(words[:1]))
    if program is not None:
        sys.exit(importlib.import_module(program).run(words[1:], os.environ))
    sys.exit(_alone(words) if not words or words == ["--version"] else run(words))


def _is_between_destinations(words: list[str]) -> bool:
    """``sync`` of two addresses; that of plain files has folders of this machine as its sources."""
    return words[:1] == ["sync"] and sum(_ADDRESS.match(word) is not None for word in words[1:]) >= 2


def _alone(words: list[str]) -> int:
    from triplicati import __version__  # noqa: PLC0415 - only for these two
    from triplicati.cli.overview import overview  # noqa: PLC0415

    print("\n".join(overview(os.environ) if not words else [f"Triplicati {__version__}"]))
    return 0


if __name__ == "__main__":
    main()
