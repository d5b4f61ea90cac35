"""restore <destination> [file ...]"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec
import trio

from triplicati.cli.console import duration
from triplicati.cli.ending import Ended
from triplicati.cli.passphrase import for_reading
from triplicati.cli.request import Request, place_of, remote_of, unlocking
from triplicati.cli.running import run_to_the_end
from triplicati.config.local_database import local_database
from triplicati.engine.from_options import restore_settings
from triplicati.engine.remote import Remote
from triplicati.engine.restore import restore
from triplicati.engine.restore_versions import restore_versions
from triplicati.engine.settings import RestoreSettings
from triplicati.engine.stopping import StopRequest
from triplicati.errors import WrongPassphrase
from triplicati.index.settings import fits, read_settings
from triplicati.messages.results import RestoreResult
from triplicati.values.secrets import Secret
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local


def run(request: Request) -> Ended:
    settings = restore_settings(
        request.values, request.positionals, request.rules(), now=request.now, environment=request.environment
    )
    begin = time.time()
    request.console.notice(f"Restore started at {format_local(int(begin))}")
    result = trio.run(
        lambda: run_to_the_end(
            lambda: _restore(request, settings), request.console, request.report, StopRequest(), "restored"
        )
    )
    result.begin_time = begin
    report = request.report
    return Ended(
        result, lambda: summary(result, settings), lambda: 2 if report.errors or report.warnings else 0
    )


async def _restore(request: Request, settings: RestoreSettings) -> RestoreResult:
    values = request.values
    place = place_of(request, writes=False)
    remote = remote_of(request)
    unlock = unlocking(request, remote, for_reading)
    only: list[int] = []
    work = restore if settings.all_versions == "False" else restore_versions

    def pick(stamps: list[int]) -> list[int] | None:
        only.extend(chosen(stamps, settings))
        return only or None

    async with local_database(
        place, remote, unlock, tempdir=values.text("tempdir"), pick=pick, reads_only=True
    ) as database:
        recorded = await database.read(read_settings)
        if not values.given("prefix"):
            remote.prefix = recorded.get("prefix", remote.prefix)
        unlock(recorded.get("encryption", ""))
        await _check_passphrase(remote, recorded)
        # A database of that one version has it as its newest.
        wanted = msgspec.structs.replace(settings, versions=(), time=None) if only else settings
        return await work(remote, database, wanted)


async def _check_passphrase(remote: Remote, recorded: Mapping[str, str]) -> None:
    """Raises `WrongPassphrase`: said once and at once, not for each file."""
    known, given = recorded.get("passphrase"), remote.keys.passphrase
    if known and given and not await trio.to_thread.run_sync(fits, Secret(given), known):
        raise WrongPassphrase(name=remote.destination.display)


def chosen(stamps: Sequence[int], settings: RestoreSettings) -> list[int]:
    """The stamp of the one version that is to be restored, of those given newest first; empty when it is not
    plain which, and when more than one is."""
    if settings.all_versions != "False":
        return []
    if settings.time is not None:
        earlier = [stamp for stamp in stamps if stamp <= settings.time]
        return earlier[:1] if not settings.versions else []
    if len(settings.versions) > 1:
        return []
    number = settings.versions[0] if settings.versions else 0
    return [stamps[number]] if number < len(stamps) else []


def summary(result: RestoreResult, settings: RestoreSettings) -> list[str]:
    place = result.restore_path or (str(settings.target) if settings.target else "original location")
    size = format_size(result.size_of_restored_files)
    done = "[Dryrun]: Would restore" if settings.dry_run else "Restored"
    lines = [f"{done} {result.restored_files} ({size}) files to {place}"]
    if result.unmodified_files:
        lines.append(f"{result.unmodified_files} files were there already, unchanged")
    if result.broken_files:
        example = result.broken_files[0]
        lines.append(f"{len(result.broken_files)} files could not be restored, for example {example}")
    lines.append(f"Duration of restore: {duration(result)}")
    return lines
