"""duplicati-tray: an icon on the desktop, with a server of its own if none runs."""

from __future__ import annotations

import os
import sys

from triplicati.apps.ending import reader_may_go
from triplicati_tray.main import run


def main() -> None:
    with reader_may_go():
        sys.exit(run(sys.argv[1:], os.environ))


if __name__ == "__main__":
    main()
