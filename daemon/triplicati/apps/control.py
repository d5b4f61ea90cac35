"""duplicati-control: asks a running server, and tells it what to do."""

from __future__ import annotations

import os
import sys

from triplicati.control.main import run


def main() -> None:
    sys.exit(run(sys.argv[1:], os.environ))


if __name__ == "__main__":
    main()
