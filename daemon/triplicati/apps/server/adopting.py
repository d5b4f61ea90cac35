"""--adopt: takes over the jobs of a Duplicati, and says what was taken (spec/server.md 7.6)."""

from __future__ import annotations

import time
from collections.abc import Iterator

from triplicati.config.server.adoption import AdoptionReport, adopt, adoption_folder
from triplicati.config.server.field_cipher import SettingsKey
from triplicati.config.server.store import Store
from triplicati.config.server_options import ServerOptions
from triplicati.values.secrets import Secret


async def adopt_and_tell(options: ServerOptions, store: Store, key: SettingsKey | None) -> None:
    """Raises what `adopt` raises; then nothing was taken."""
    given = options.environment.get("DUPLICATI_DB_KEY")
    report = await adopt(
        store,
        adoption_folder(options.adopt, options.folder),
        keys=[key] if key else [],
        scrambled_with=options.database.old_key or (Secret(given) if given else None),
        now=time.time(),
    )
    print("\n".join(report_lines(report)), flush=True)


def report_lines(report: AdoptionReport) -> Iterator[str]:
    yield f"Jobs taken from {report.folder}: {len(report.taken)}"
    for job in report.taken:
        yield f"  {job.id}: {job.name}"
        yield from (f"     {note}" for note in job.notes)
    if report.known:
        yield f"Taken before, and left as they are: {', '.join(report.known)}"
    if report.taken:
        yield "Their schedules are paused until you turn each of them on: triplicati control resume NAME"
    if report.options or report.settings:
        yield f"Settings taken: {', '.join((*report.options, *report.settings))}"
    yield from report.left
    yield from report.way_back
