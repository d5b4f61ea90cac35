"""The layout of reports in the form "Template": what a person wants to know, in the order of asking.

Real Duplicati has a Handlebars layout here. This is ours, in plain text; a text of one's own is what
``%NAME%`` in --send-mail-body and its like are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

from triplicati.messages.progress import Problem
from triplicati.messages.results import BackupResult, RestoreResult, Result
from triplicati.reports.finished import Finished
from triplicati.reports.result_forms import log_lines
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local
from triplicati.values.timespans import format_timespan

_MOST_PROBLEMS = 20


def laid_out(finished: Finished, clean: Callable[[str], str]) -> str:
    return "\n".join(map(clean, _lines(finished)))


def _lines(finished: Finished) -> Iterator[str]:
    facts, result = finished.facts, finished.result
    yield f"{finished.operation.name} of {facts.get('backup-name')}: {finished.parsed}"
    yield f"Computer: {facts.get('machine-name')} ({facts.get('operating-system')})"
    if facts.get("destination-type"):
        yield f"Destination: {facts['destination-type']}"
    if finished.error is not None:
        yield from ("", f"It failed: {finished.error}")
    if result is not None:
        yield from _times(result, facts)
        yield from _amounts(result)
        yield from _problems("Warnings", result.warnings)
        yield from _problems("Errors", result.errors)
    if finished.lines:
        yield from ("", "Log:", *log_lines(finished))


def _times(result: Result, facts: Mapping[str, str | None]) -> Iterator[str]:
    if result.begin_time:
        taken = timedelta(seconds=int(max(result.end_time - result.begin_time, 0)))
        yield f"Begun: {format_local(int(result.begin_time))}, took {format_timespan(taken)}"
    if facts.get("next-scheduled-run"):
        yield f"Next run: {facts['next-scheduled-run']}"


def _amounts(result: Result) -> Iterator[str]:
    if isinstance(result, BackupResult):
        yield ""
        yield f"Files examined: {result.examined_files} ({format_size(result.size_of_examined_files)})"
        yield (
            f"Files added: {result.added_files}, changed: {result.modified_files},"
            f" deleted: {result.deleted_files}"
        )
        yield f"Uploaded: {result.files_uploaded} files ({format_size(result.bytes_uploaded)})"
        yield (
            f"At the destination: {result.known_filesets} version(s) in {result.known_file_count} files"
            f" ({format_size(result.known_file_size)})"
        )
    elif isinstance(result, RestoreResult):
        yield ""
        yield f"Files restored: {result.restored_files} ({format_size(result.size_of_restored_files)})"
        yield f"Files already as they should be: {result.unmodified_files}"


def _problems(title: str, problems: Sequence[Problem]) -> Iterator[str]:
    if not problems:
        return
    yield from ("", f"{title} ({len(problems)}):")
    yield from (f"- {problem.text}" for problem in problems[:_MOST_PROBLEMS])
    if len(problems) > _MOST_PROBLEMS:
        yield f"... and {len(problems) - _MOST_PROBLEMS} more"
