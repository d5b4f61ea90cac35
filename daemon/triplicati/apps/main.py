"""triplicati: all commands, and alone the state of this machine."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from triplicati.apps.ending import reader_may_go
from triplicati.cli.dispatch import main as run


def main() -> None:
    with reader_may_go():
        _main(sys.argv[1:])


def _main(words: list[str]) -> NoReturn:
    if words[:1] == ["server"]:
        from triplicati.apps.server.main import run as serve  # noqa: PLC0415 - a program of its own

        sys.exit(serve(words[1:], os.environ))
    if words[:1] == ["control"]:
        from triplicati.control.main import run as control  # noqa: PLC0415 - a program of its own

        sys.exit(control(words[1:], os.environ, "triplicati control"))
    if words[:1] == ["doctor"]:
        from triplicati.doctor.main import run as examine  # noqa: PLC0415 - a program of its own

        sys.exit(examine(words[1:], os.environ))
    if words[:1] == ["recover"]:
        from triplicati.recover.main import run as recover  # noqa: PLC0415 - a program of its own

        sys.exit(recover(words[1:], os.environ))
    if words[:1] == ["service"]:
        from triplicati.service.installation.command import run as service  # noqa: PLC0415 - a program of its own

        sys.exit(service(words[1:], os.environ))
    if words[:1] == ["tray"]:
        from triplicati_tray.main import run as tray  # noqa: PLC0415 - a program of its own

        sys.exit(tray(words[1:], os.environ))
    sys.exit(_alone(words) if not words or words == ["--version"] else run(words))


def _alone(words: list[str]) -> int:
    from triplicati import __version__  # noqa: PLC0415 - only for these two
    from triplicati.cli.overview import overview  # noqa: PLC0415

    print("\n".join(overview(os.environ) if not words else [f"Triplicati {__version__}"]))
    return 0


if __name__ == "__main__":
    main()
