"""`triplicati mirror` as a process whose destination kills it at a named call."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import cast

from triplicati.backend.mirror import run
from triplicati.storage import registry
from triplicati.storage.destination import Destination
from triplicati.storage.faults import Action, Fault, FaultyDestination, Operation
from triplicati.values.urls import DestinationUrl


def killed_at(operation: Operation, action: Action, call: int, *words: str) -> int:
    """The exit status: -9 where it came so far. The destination is the one whose path ends in ``target``."""
    start = "import sys; from support.mirror_process import main; main()"
    process = subprocess.run(
        [sys.executable, "-c", start, operation, action, str(call), *words],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )
    return process.returncode


def main() -> None:
    operation, action, call, *words = sys.argv[1:]
    fault = Fault(cast("Operation", operation), cast("Action", action), first=int(call))
    real = registry.open_destination

    def opened(url: DestinationUrl, options: Mapping[str, str | None]) -> Destination:
        found = real(url, options)
        return FaultyDestination(found, [fault]) if url.path.endswith("target") else found

    registry.open_destination = opened
    sys.exit(run(words, {}))
