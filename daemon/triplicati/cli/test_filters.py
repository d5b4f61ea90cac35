"""test-filters <source> ... (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Sequence

from triplicati.cli.ending import Ended
from triplicati.cli.preparing import log_rules
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.results import wants_json
from triplicati.cli.running import run_to_the_end
from triplicati.engine import from_options
from triplicati.engine.settings import BackupSettings
from triplicati.engine.stopping import StopRequest
from triplicati.engine.testing_filters import Decision, try_filters
from triplicati.formats.manifest import VolumeFormat
from triplicati.operations.backup import refuse_remote_sources
from triplicati.values.sizes import format_size


async def run(request: Request) -> Ended:
    sources = request.positionals
    if not sources:
        raise wrong_usage("test-filters", "At least one source is needed.")
    refuse_remote_sources(request)
    settings = _settings(request)
    console, report = request.console, request.report
    # Whoever asked for lines of level Verbose gets them as such, and only once.
    logged = log_rules(request.values)["console"].wants_verbose
    prints = not logged and not wants_json(request)

    def listen(decisions: Sequence[Decision]) -> None:
        if prints and decisions:
            console.results(text for _, text in decisions)
        if report.verbose:
            for identity, text in decisions:
                report.log("Verbose", identity, text)

    result = await run_to_the_end(
        lambda: try_filters(settings, report, listen), console, report, StopRequest(), "examined"
    )
    return Ended(result, lambda: [f"Matched {result.file_count} files ({format_size(result.file_size)})"])


def _settings(request: Request) -> BackupSettings:
    return from_options.backup_settings(
        request.values,
        request.positionals,
        request.rules(),
        form=VolumeFormat(),
        encryption="none",
        now=request.now,
        environment=request.environment,
    )
