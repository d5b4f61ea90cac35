"""duplicati-sync-tool: makes one destination hold the same volumes as another one."""

from __future__ import annotations

import os
import sys

from triplicati.apps.ending import reader_may_go
from triplicati.backend.mirror import run


def main() -> None:
    with reader_may_go():
        sys.exit(run(sys.argv[1:], os.environ))


if __name__ == "__main__":
    main()
