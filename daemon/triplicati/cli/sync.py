"""sync <destination> <source> ... (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.cli.console import duration
from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.messages.results import SyncResult
from triplicati.operations.syncing import run_sync
from triplicati.values.sizes import format_size

_ERRORS, _WARNINGS = 3, 2
_NO_ENCRYPTION = (
    "Files are copied as they are, without encryption: say --no-encryption. To copy a backup from one"
    ' destination to another one, use "triplicati sync" with both addresses.'
)


async def run(request: Request) -> Ended:
    if not request.positionals:
        raise wrong_usage("sync", "A destination and at least one source are needed.")
    if not request.values.boolean("no-encryption"):
        raise wrong_usage("sync", _NO_ENCRYPTION)
    stop = StopRequest()
    result = await run_to_the_end(
        lambda: run_sync(request, stop), request.console, request.report, stop, "examined"
    )
    return Ended(result, lambda: lines(result), lambda: code(result))


def code(result: SyncResult) -> int:
    return _ERRORS if result.errors else _WARNINGS if result.warnings else 0


def lines(result: SyncResult) -> Iterator[str]:
    would = "[Dryrun]: Would have " if result.dryrun else ""
    yield f"Files in the source: {result.source_files} ({format_size(result.size_of_source_files)})"
    sent, size = result.files_uploaded, format_size(result.size_of_uploaded_files)
    yield f"{would}{'sent' if would else 'Sent'}: {sent} ({size}), unchanged: {result.unchanged_files}"
    if result.files_deleted:
        size = format_size(result.size_of_deleted_files)
        yield f"{would}{'deleted' if would else 'Deleted'}: {result.files_deleted} ({size})"
    yield f"Duration of sync: {duration(result)}"
