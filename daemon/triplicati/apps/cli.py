"""duplicati-cli: Duplicati's command line."""

from __future__ import annotations

import sys

from triplicati.cli.dispatch import main as run


def main() -> None:
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
