"""create-report <destination> [file]: what a helper needs to know, in a zip file (spec/cli.md 1.3)."""

from __future__ import annotations

from pathlib import Path

from triplicati.cli.ending import Ended
from triplicati.cli.reading import to_the_end
from triplicati.cli.request import Request, wrong_usage
from triplicati.errors import ReportFileExists
from triplicati.operations.report_file import REMINDER, write_report


async def run(request: Request) -> Ended:
    if len(request.positionals) > 1:
        raise wrong_usage("create-report", "A destination and at most one file are expected.")
    path = _new_file(request)
    result = await to_the_end(request, lambda: write_report(request, path))
    return Ended(result, lambda: [f"The report is {path}", "Completed!", REMINDER])


def _new_file(request: Request) -> Path:
    """Raises `ReportFileExists`."""
    path = Path(request.positionals[0] if request.positionals else "report").expanduser().absolute()
    if path.suffix != ".zip":
        path = path.with_name(f"{path.name}.zip")
    if path.exists():
        raise ReportFileExists(path=path)
    return path
