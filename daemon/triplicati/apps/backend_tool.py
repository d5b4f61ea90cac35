"""duplicati-backend-tool: the files of a destination."""

from __future__ import annotations

import os
import sys

from triplicati.apps.ending import reader_may_go
from triplicati.backend.main import run


def main() -> None:
    with reader_may_go():
        sys.exit(run(sys.argv[1:], os.environ))


if __name__ == "__main__":
    main()
