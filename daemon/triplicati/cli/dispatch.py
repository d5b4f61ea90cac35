"""From the words of a command line to an exit code (spec/cli.md 1)."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from triplicati.errors import CommandNotBuilt, TriplicatiError, UsageError
from triplicati.options.commands import LATER_PROGRAMS, command_like, find_command
from triplicati.options.parser import Arguments, parse_arguments

if TYPE_CHECKING:
    from triplicati.cli.console import Console
    from triplicati.cli.request import Request
    from triplicati.options.option_values import OptionValues

_ABORTED = 100


def main(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Runs one command; what goes wrong is told on standard error, wrong usage on standard output."""
    environment = os.environ if environment is None else environment
    debug = any(word.lower().startswith("--debug-output") for word in argv)
    try:
        arguments = parse_arguments(argv, environment)
        return _run(arguments, environment)
    except UsageError as error:
        _print(sys.stdout, error.message)
        return error.exit_code
    except KeyboardInterrupt:
        from triplicati.errors import OperationAborted  # noqa: PLC0415

        return _tell(OperationAborted(), debug=False)
    except Exception as error:
        return _tell(error, debug=debug)


def _run(arguments: Arguments, environment: Mapping[str, str]) -> int:
    if arguments.command == "help":
        from triplicati.cli.help import show_help  # noqa: PLC0415 - each command imports what it needs

        return show_help(arguments.positionals)
    command = find_command(arguments.command)
    if arguments.command in LATER_PROGRAMS:
        raise CommandNotBuilt(command=arguments.command)
    if command is None or command.hidden:
        alike = command_like(arguments.command)
        meant = f'Did you mean "{alike}"? ' if alike else ""
        reason = f'The command "{arguments.command}" is not known. {meant}Run "help" to see the commands.'
        raise UsageError(reason=reason)
    if not command.built:
        raise CommandNotBuilt(command=command.name)
    with _workers_starting(command.name, arguments):
        request = _request(arguments, environment)
        try:
            return _call(command.name, request)
        except Exception as error:
            from triplicati.cli.results import show_failure  # noqa: PLC0415

            show_failure(request, error)
            raise


@contextlib.contextmanager
def _workers_starting(command: str, arguments: Arguments) -> Iterator[None]:
    """The other core has nothing to do while this one loads the program."""
    needed = {"backup": 2, "restore": 1}.get(command)
    if needed is None or len(arguments.positionals) < needed or (os.cpu_count() or 1) < 2:
        yield
        return
    from triplicati.engine.prestart import discard, prestart  # noqa: PLC0415 - only these two commands need it

    prestart("pack" if command == "backup" else "write", 2)
    gc.set_threshold(100_000, 20, 20)  # as in the workers, for the same reason
    try:
        yield
    finally:
        discard()


def _call(command: str, request: Request) -> int:
    if command == "backup":
        from triplicati.cli.backup import run  # noqa: PLC0415
    elif command == "restore":
        from triplicati.cli.restore import run  # noqa: PLC0415
    elif command == "repair":
        from triplicati.cli.repair import run  # noqa: PLC0415
    elif command == "compare":
        from triplicati.cli.compare import run  # noqa: PLC0415
    else:
        from triplicati.cli.list import run  # noqa: PLC0415
    return run(request)


def _request(arguments: Arguments, environment: Mapping[str, str]) -> Request:
    """Checks the options, those in the destination's address too, and tells what is odd about them."""
    from datetime import datetime  # noqa: PLC0415

    from triplicati.cli.console import prepare_streams  # noqa: PLC0415
    from triplicati.cli.request import Request, wrong_usage  # noqa: PLC0415
    from triplicati.messages.progress import Report  # noqa: PLC0415
    from triplicati.options.option_values import OptionValues  # noqa: PLC0415
    from triplicati.options.registry import with_canonical_names  # noqa: PLC0415
    from triplicati.options.validation import validate  # noqa: PLC0415
    from triplicati.values.urls import parse_url  # noqa: PLC0415

    if not arguments.positionals:
        raise wrong_usage(arguments.command, "A destination is needed.")
    url = parse_url(arguments.positionals[0])
    options = {**arguments.options, **with_canonical_names(url.query)}
    for name in ("auth-username", "auth-password"):
        if name not in options and (value := environment.get(name.upper().replace("-", "_"))):
            options[name] = value
    warnings = validate(options)
    values = OptionValues(options)
    prepare_streams()
    console = _console(values)
    report = Report(console.event)
    for warning in warnings:
        report.warning(warning.id, warning.message)
    program = Path(sys.argv[0]).resolve().parent
    now = datetime.now().astimezone()
    return Request(arguments, url, values, environment, program, console, report, now)


def _console(values: OptionValues) -> Console:
    from triplicati.cli.console import Console  # noqa: PLC0415

    level = values.choice("console-log-level") if values.given("console-log-level") else "Information"
    messages = level not in ("Warning", "Error")
    quiet = values.boolean("quiet-console") or values.choice("result-format") == "Json"
    if quiet or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return Console(sys.stdout, quiet=quiet, messages=messages, warnings=level != "Error")
    from triplicati.cli.live import LiveConsole  # noqa: PLC0415 - rich is slow to import

    return LiveConsole(messages=messages, warnings=level != "Error")


def _tell(error: Exception, *, debug: bool) -> int:
    if debug or not isinstance(error, TriplicatiError | OSError):
        import traceback  # noqa: PLC0415

        _print(sys.stderr, "\n" + "".join(traceback.format_exception(error)).rstrip())
    else:
        identity = error.id if isinstance(error, TriplicatiError) else type(error).__name__
        _print(sys.stderr, f"\nErrorID: {identity}\n{error}")
    return error.exit_code if isinstance(error, TriplicatiError) else _ABORTED


def _print(stream: TextIO, text: str) -> None:
    with contextlib.suppress(BrokenPipeError, ValueError):
        print(text, file=stream, flush=True)
