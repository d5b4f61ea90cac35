"""How the last run of each saved backup ended."""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.doctor.finding import Finding, good, note, problem, warning
from triplicati.doctor.patient import Patient
from triplicati.errors import InvalidValue
from triplicati.messages.saved import SavedBackup
from triplicati.values.stamps import format_local, parse_stamp


async def results(patient: Patient) -> list[Finding]:
    """As the server has noted it; runs of the command line leave no note."""
    return [_result(each) for each in patient.saved.backups] or [note("No backups are saved here yet")]


def _result(backup: SavedBackup) -> Finding:
    finished, failed = (_moment(backup.metadata, key) for key in ("LastBackupFinished", "LastErrorDate"))
    result = backup.metadata.get("LastBackupResult", "")
    look = "What it said is in the page (Activity), and in its log: triplicati control log"
    if failed > finished:
        message = (backup.metadata.get("LastErrorMessage", "").splitlines() or [""])[0].rstrip(".")
        text = f'The last run of "{backup.name}" failed on {format_local(failed)}: {message}'
        return problem(text.rstrip(": "), f"Mend that, and run it again. {look}")
    if not finished:
        return note(f'"{backup.name}" has not been run yet', "Run it once, and see that it ends well.")
    when = format_local(finished)
    if result in ("Error", "Fatal"):
        return problem(f'The last run of "{backup.name}" ended with errors on {when}', look)
    if result == "Warning":
        return warning(f'The last run of "{backup.name}" ended with warnings on {when}', look)
    return good(f'The last run of "{backup.name}" ended well on {when}')


def _moment(metadata: Mapping[str, str], key: str) -> int:
    """Unix seconds, 0 for none."""
    try:
        return parse_stamp(metadata.get(key, ""))
    except InvalidValue:
        return 0
