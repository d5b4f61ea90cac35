"""What a helper needs to know of a backup, in a zip file (spec/cli.md 1.3)."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import trio

from triplicati.config.local_database import present_database
from triplicati.errors import ReportFileExists, ReportNeedsDatabase, disk_error
from triplicati.index.digest import database_digest
from triplicati.messages.results import Result
from triplicati.operations.order import Order, place_of
from triplicati.operations.reporting import facts_of, operation_of
from triplicati.operations.system_facts import system_facts
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
REMINDER = (
    "Paths, names and passwords were left out, but look into the file before you give it to anyone: what an"
    " error message quotes can still tell something about you."
)


async def write_report(order: Order, path: Path) -> Result:
    """A new file, readable by its owner only. Raises `ReportNeedsDatabase` and `ReportFileExists`."""
    begin = time.time()
    async with present_database(place_of(order, writes=False)) as database:
        if database is None:
            raise ReportNeedsDatabase
        digest = await database.read(database_digest)
    await trio.to_thread.run_sync(lambda: _write(path, dict(_entries(order, digest))))
    return Result(main_operation="CreateLogDb", begin_time=begin, end_time=time.time())


def _entries(order: Order, digest: object) -> Iterator[tuple[str, str]]:
    """Files of the report by name."""
    clean = cleaning(Finished(operation_of(order), None), allow_paths=False)
    named = {"Machine name", "Data folder", "Install folder", "Temporary folder"}
    lines = (f"{label}: {clean(value)}" for label, value in system_facts(order) if label not in named)
    yield "system.txt", _text(lines)
    yield "options.txt", _text(_options(order))
    known = facts_of(order)
    public = ("OperationName", "operating-system", "operating-system-detailed", "destination-type")
    yield "backup.json", formatted({name: known[name] for name in public})
    yield "database.json", formatted(digest)
    yield "problems.txt", _text(clean(f"{each.id}: {each.text}") for each in order.report.warnings)
    if log := order.values.text("log-file"):
        yield "log.txt", _text(map(clean, _last_lines(Path(log))))


def _options(order: Order) -> Iterator[str]:
    """Names, and the values that are harmless."""
    for name, value in sorted(order.values.as_given().items()):
        option = REGISTRY.get(name)
        if option is None:
            yield f"--{name} (not known)"
        elif option.type in _HARMLESS:
            yield f"--{name}={value}" if value is not None else f"--{name}"
        else:
            yield f"--{name} (given)"
    kinds = [each.include for each in order.filters]
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
