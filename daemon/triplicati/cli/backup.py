"""backup <destination> <source> ..."""

from __future__ import annotations

import time
from collections.abc import Mapping

import trio

from triplicati.cli.console import duration
from triplicati.cli.ending import Ended
from triplicati.cli.passphrase import for_writing
from triplicati.cli.request import Request, place_of, remote_of, unlocking, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.config.local_database import local_database
from triplicati.engine import from_options
from triplicati.engine.backup import backup
from triplicati.engine.gentle import on_battery
from triplicati.engine.remote import Remote
from triplicati.engine.settings import BackupSettings
from triplicati.engine.stopping import StopRequest
from triplicati.errors import UsageError
from triplicati.index.settings import read_settings
from triplicati.index.volumes import any_volumes
from triplicati.messages.progress import Report
from triplicati.messages.results import BackupResult
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local

_PARTIAL, _ERRORS, _WARNINGS, _UNCHANGED = 50, 3, 2, 1


def run(request: Request) -> Ended:
    sources = request.positionals
    if not sources:
        raise wrong_usage("backup", "A destination and at least one source are needed.")
    if any(source.startswith("@") for source in sources):
        raise UsageError(
            reason="A source that starts with @ is a remote one; only local ones can be backed up yet."
        )
    begin = time.time()
    request.console.notice(f"Backup started at {format_local(int(begin))}")
    if request.values.boolean("disable-on-battery") and on_battery():
        request.console.notice(
            "This computer runs on battery; --disable-on-battery concerns scheduled runs only."
        )
    stop = StopRequest()
    result = trio.run(
        lambda: run_to_the_end(
            lambda: _backup(request, stop), request.console, request.report, stop, "examined"
        )
    )
    result.begin_time = begin
    report, filtered = request.report, bool(request.arguments.filters)
    return Ended(
        result, lambda: summary(result, report, filtered=filtered), lambda: exit_code(result, report)
    )


async def _backup(request: Request, stop: StopRequest) -> BackupResult:
    values = request.values
    dry_run = values.boolean("dry-run")
    place = place_of(request, writes=not dry_run)
    makes_folder = not values.boolean("disable-autocreate-folder")
    remote = remote_of(request, create_folder=makes_folder and not dry_run)
    unlock = unlocking(request, remote, for_writing)
    # Refused before anything is built or asked.
    settings_of(request, {}, remote)
    tempdir = values.text("tempdir")
    async with local_database(
        place, remote, unlock, tempdir=tempdir, empty_is_fine=True, absent_is_fine=makes_folder
    ) as database:
        if await database.read(any_volumes):
            remote.create_folder = False  # its disk is not mounted: an empty folder would hide that
        recorded = await database.read(read_settings)
        settings = settings_of(request, recorded, remote)
        unlock(recorded.get("encryption", ""))
        return await backup(remote, database, settings, stop, request.after_upload)


def settings_of(request: Request, recorded: Mapping[str, str], remote: Remote) -> BackupSettings:
    values = request.values
    if not values.given("prefix"):
        remote.prefix = recorded.get("prefix", remote.prefix)
    return from_options.backup_settings(
        values,
        request.positionals,
        request.rules(),
        form=from_options.volume_format(values, recorded),
        encryption=from_options.encryption(values, recorded.get("encryption", "")),
        now=request.now,
        environment=request.environment,
    )


def exit_code(result: BackupResult, report: Report) -> int:
    """spec/cli.md 1.1: 50 before 3, 2, 1 and 0."""
    if result.partial_backup:
        return _PARTIAL
    if report.errors or result.files_with_error:
        return _ERRORS
    if report.warnings:
        return _WARNINGS
    return _UNCHANGED if not result.bytes_uploaded else 0


def summary(result: BackupResult, report: Report, *, filtered: bool) -> list[str]:
    lines = [f"  Duration of backup: {duration(result)}"]
    if result.known_file_count > 0:
        lines += [
            f"  Remote files: {result.known_file_count}",
            f"  Remote filesets: {result.known_filesets}",
            f"  Remote size: {format_size(result.known_file_size)}",
        ]
    lines += [
        f"  Files added: {result.added_files}",
        f"  Files deleted: {result.deleted_files}",
        f"  Files changed: {result.modified_files}",
        f"  Data uploaded: {format_size(result.bytes_uploaded)}",
    ]
    lines += [f"  Warnings: {len(report.warnings)}"] if report.warnings else []
    if not result.examined_files and filtered:
        lines.append("No files were examined. Run test-filters on the same sources to see why.")
    lines.append(_last_line(result, report))
    return lines


def _last_line(result: BackupResult, report: Report) -> str:
    if result.dryrun:
        return "This was a dry run: nothing was stored."
    if result.partial_backup and result.version_time:
        return "Backup stopped early; what was uploaded is kept as a partial version."
    if result.partial_backup:
        return "Backup stopped before it had read anything; there is no new version."
    if report.errors:
        return f"Backup completed with {len(report.errors)} error(s)."
    return "Backup completed successfully!"
