"""create-report <destination> [file]: what a helper needs to know, in a zip file (spec/cli.md 1.3)."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import trio

from triplicati.cli.ending import Ended
from triplicati.cli.reading import to_the_end
from triplicati.cli.request import Request, place_of, wrong_usage
from triplicati.cli.system_info import system_facts
from triplicati.config.local_database import present_database
from triplicati.errors import ReportFileExists, ReportNeedsDatabase, disk_error
from triplicati.index.digest import database_digest
from triplicati.messages.results import Result
from triplicati.operations.reporting import facts_of, operation_of
from triplicati.options.declarations import OptionType
from triplicati.options.registry import REGISTRY
from triplicati.reports.composing import cleaning
from triplicati.reports.finished import Finished
from triplicati.reports.result_forms import formatted

# Their values say nothing about anybody.
_HARMLESS = frozenset(
    {
        OptionType.BOOLEAN,
        OptionType.INTEGER,
        OptionType.DECIMAL,
        OptionType.SIZE,
        OptionType.TIMESPAN,
        OptionType.ENUM,
        OptionType.FLAGS,
    }
)
_LOG_TAIL = 64 * 1024
_REMINDER = (
    "Paths, names and passwords were left out, but look into the file before you give it to anyone: what an"
    " error message quotes can still tell something about you."
)


async def run(request: Request) -> Ended:
    if len(request.positionals) > 1:
        raise wrong_usage("create-report", "A destination and at most one file are expected.")
    path = _new_file(request)
    begin = time.time()

    async def work() -> None:
        async with present_database(place_of(request, writes=False)) as database:
            if database is None:
                raise ReportNeedsDatabase
            digest = await database.read(database_digest)
        await trio.to_thread.run_sync(_write, path, dict(_entries(request, digest)))

    await to_the_end(request, work)
    result = Result(main_operation="CreateLogDb", begin_time=begin, end_time=time.time())
    return Ended(result, lambda: [f"The report is {path}", "Completed!", _REMINDER])


def _new_file(request: Request) -> Path:
    """Raises `ReportFileExists`."""
    path = Path(request.positionals[0] if request.positionals else "report").expanduser().absolute()
    if path.suffix != ".zip":
        path = path.with_name(f"{path.name}.zip")
    if path.exists():
        raise ReportFileExists(path=path)
    return path


def _entries(request: Request, digest: object) -> Iterator[tuple[str, str]]:
    """Files of the report by name."""
    clean = cleaning(Finished(operation_of(request), None), allow_paths=False)
    named = {"Machine name", "Data folder", "Install folder", "Temporary folder"}
    lines = (f"{label}: {clean(value)}" for label, value in system_facts(request) if label not in named)
    yield "system.txt", _text(lines)
    yield "options.txt", _text(_options(request))
    known = facts_of(request)
    public = ("OperationName", "operating-system", "operating-system-detailed", "destination-type")
    yield "backup.json", formatted({name: known[name] for name in public})
    yield "database.json", formatted(digest)
    yield "problems.txt", _text(clean(f"{each.id}: {each.text}") for each in request.report.warnings)
    if log := request.values.text("log-file"):
        yield "log.txt", _text(map(clean, _last_lines(Path(log))))


def _options(request: Request) -> Iterator[str]:
    """Names, and the values that are harmless."""
    for name, value in sorted(request.values.as_given().items()):
        option = REGISTRY.get(name)
        if option is None:
            yield f"--{name} (not known)"
        elif option.type in _HARMLESS:
            yield f"--{name}={value}" if value is not None else f"--{name}"
        else:
            yield f"--{name} (given)"
    kinds = [each.include for each in request.filters]
    yield f"Filters: {sum(kinds)} include, {len(kinds) - sum(kinds)} exclude"


def _last_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(file.tell() - _LOG_TAIL, 0))
            return file.read().decode("utf-8", "replace").splitlines()[1:]
    except OSError as error:
        return [f"The log file cannot be read: {error.strerror}"]


def _write(path: Path, entries: dict[str, str]) -> None:
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in entries.items():
                    archive.writestr(name, text.encode("utf-8", "replace"))
    except FileExistsError:
        raise ReportFileExists(path=path) from None
    except OSError as error:
        raise disk_error(error, str(path)) from error


def _text(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
