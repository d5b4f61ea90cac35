"""From the words of the command line to an exit code."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from triplicati.doctor.finding import Finding, Level, problem
from triplicati.errors import TriplicatiError
from triplicati.values.printable import printable_lines

if TYPE_CHECKING:
    from triplicati.config.datafolder import DataFolder
    from triplicati.doctor.patient import Patient

_MARKS: Mapping[Level, str] = {"good": "ok", "note": "note", "warning": "WARNING", "problem": "PROBLEM"}
_CODES: Mapping[Level, int] = {"good": 0, "note": 0, "warning": 2, "problem": 3}
_WIDTH = 9


class Check(msgspec.Struct, frozen=True):
    """`name` as on the command line, `module` and `function` where it is."""

    name: str
    title: str
    module: str
    function: str


# That of the server database comes before all that are about saved backups.
CHECKS = (
    Check("data-folder", "Data folder", "folders", "data_folder"),
    Check("permissions", "Permissions", "folders", "permissions"),
    Check("side-by-side", "Other data folders", "folders", "side_by_side"),
    Check("server-database", "Server database", "databases", "server_database"),
    Check("local-databases", "Local databases", "databases", "local_databases"),
    Check("server", "Server", "network", "server"),
    Check("port", "Port", "network", "port"),
    Check("clock", "Clock", "machine", "clock"),
    Check("scratch-space", "Scratch space", "machine", "scratch_space"),
    Check("passphrases", "Passphrases", "jobs", "passphrases"),
    Check("destinations", "Destinations", "jobs", "destinations"),
    Check("results", "Last runs", "results", "results"),
    Check("tray", "Tray icon", "tray", "tray"),
    Check("duplicati-on-path", "Duplicati's programs", "neighbours", "on_path"),
    Check("duplicati-on-port", "Duplicati's server", "network", "duplicati_on_port"),
    Check("same-destination", "Duplicati's jobs", "neighbours", "same_destination"),
)
_ALWAYS = "server-database"
_REPORT = "That is a fault of this check: please report it."

Look = Callable[..., Awaitable[Iterable[Finding]]]


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """0 where all is well, 2 with warnings, 3 with problems, 100 where nothing could be looked at.

    Raises `SystemExit` for ``--help`` and for words that make no sense.
    """
    given = _parser().parse_args(words)

    import trio  # noqa: PLC0415 - help needs none of this

    from triplicati.doctor.patient import Patient  # noqa: PLC0415

    try:
        patient = Patient(
            environment=environment,
            program=Path(sys.argv[0]).resolve().parent,
            folder=_folder(given, environment),
            now=time.time(),
            patience=given.timeout,
        )
        return trio.run(_examine, patient, given)
    except TriplicatiError as error:
        print(f"ErrorID: {error.id}\n{error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"What was found could not be printed: {error.strerror}", file=sys.stderr)
        return 100
    except KeyboardInterrupt:
        return 100


async def _examine(patient: Patient, given: argparse.Namespace) -> int:
    from importlib import import_module  # noqa: PLC0415

    wanted = [each for each in CHECKS if not given.check or each.name in (*given.check, _ALWAYS)]
    worst, rows = 0, []
    for check in wanted:
        look: Look = getattr(import_module(f"triplicati.doctor.{check.module}"), check.function)
        try:
            found = list(await look(patient))
        except Exception as error:  # the other checks are still worth their answers
            found = [problem(f"This could not be looked at: {type(error).__name__}: {error}", _REPORT)]
        if given.check and check.name not in given.check:
            continue
        worst = max([worst, *(_CODES[each.level] for each in found)])
        rows += [(check, each) for each in found]
        if not given.json:
            _print(check, found, quiet=given.quiet)
    if given.json:
        print(_json(rows, worst))
    elif worst == 0:
        print("All is well.")
    return worst


def _print(check: Check, found: Iterable[Finding], *, quiet: bool) -> None:
    for each in found:
        if quiet and each.level == "good":
            continue
        mark = _MARKS[each.level].ljust(_WIDTH)
        print(_shown(f"{mark}{check.title}: {each.text}."), flush=True)
        if each.advice:
            print(_shown(f"{' ' * _WIDTH}-> {each.advice}"), flush=True)


def _shown(line: str) -> str:
    return printable_lines(line) if sys.stdout is not None and sys.stdout.isatty() else line


def _json(rows: Sequence[tuple[Check, Finding]], code: int) -> str:
    findings = [
        {"Check": check.name, "Level": found.level, "Text": found.text, "Advice": found.advice}
        for check, found in rows
    ]
    text = msgspec.json.encode({"ExitCode": code, "Findings": findings})
    return msgspec.json.format(text, indent=2).decode()


def _folder(given: argparse.Namespace, environment: Mapping[str, str]) -> DataFolder:
    from triplicati.config.datafolder import data_folder  # noqa: PLC0415
    from triplicati.options.option_values import OptionValues  # noqa: PLC0415
    from triplicati.options.server.registry import SERVER_OPTIONS  # noqa: PLC0415

    # That others can read it is a finding, and no reason to look at nothing.
    options: dict[str, str | None] = {"allow-insecure-datafolder": "true"}
    if given.server_datafolder:
        options["server-datafolder"] = given.server_datafolder
    program = Path(sys.argv[0]).resolve().parent
    return data_folder(OptionValues(options, SERVER_OPTIONS), environment, program)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise ValueError(text)
    return seconds


_seconds.__name__ = "number of seconds"  # part of what argparse says of a wrong one


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {each.name:<20} {each.title}" for each in CHECKS)
    parser = argparse.ArgumentParser(
        prog="triplicati doctor",
        description="Looks at all that backups need on this machine, and says how to mend what is wrong. "
        "Nothing is changed, and nothing is written at a destination.",
        epilog=f"checks:\n{names}\n\nexit codes: 0 all is well, 2 warnings, 3 problems",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--check", action="append", choices=[each.name for each in CHECKS], metavar="NAME",
        help="only this check; may be given again",
    )  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="leave out what is well")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    parser.add_argument("--server-datafolder", metavar="FOLDER", help="another data folder")
    parser.add_argument(
        "--timeout", type=_seconds, default=30.0, metavar="SECONDS",
        help="how long a destination or the server may take to answer (30)",
    )  # fmt: skip
    return parser
