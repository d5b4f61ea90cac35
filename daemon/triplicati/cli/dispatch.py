"""From the words of a command line to an exit code (spec/cli.md 1)."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from triplicati.config.preload import preload_folder, preloaded
from triplicati.errors import CommandNotBuilt, TriplicatiError, UsageError
from triplicati.options.commands import LATER_PROGRAMS, PROGRAMS, Command, command_like, find_command
from triplicati.options.parser import Arguments, parse_arguments

if TYPE_CHECKING:
    from types import ModuleType

    from triplicati.cli.hooks import Run

_ABORTED = 100


def main(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Runs one command; what goes wrong is told on standard error, wrong usage on standard output."""
    debug = any(word.lower().startswith("--debug-output") for word in argv)
    try:
        argv, environment = _with_preload(argv, os.environ if environment is None else environment)
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


def _with_preload(
    argv: Sequence[str], environment: Mapping[str, str]
) -> tuple[Sequence[str], Mapping[str, str]]:
    """With what an administrator's settings add; variables for this process too, as those of TMPDIR."""
    program = Path(sys.argv[0]).resolve().parent
    folder = preload_folder(argv, environment, program)
    words, surroundings, notices = preloaded(argv, environment, program=program, folder=folder)
    for notice in notices:
        _print(sys.stdout, notice)
    if environment is os.environ and len(surroundings) > len(environment):
        os.environ.update(surroundings)
    return words, surroundings


def _run(arguments: Arguments, environment: Mapping[str, str]) -> int:
    command = _command(arguments)
    if command.static:
        return cast("int", _module(command).show(arguments))
    if "parameters-file" in arguments.options:
        from triplicati.cli.parameters import with_parameters_file  # noqa: PLC0415

        arguments = with_parameters_file(arguments, environment)
    with _workers_starting(command.name, arguments):
        import trio  # noqa: PLC0415 - static commands start without it

        from triplicati.cli.hooks import run_with_hooks  # noqa: PLC0415
        from triplicati.cli.preparing import prepared  # noqa: PLC0415
        from triplicati.cli.results import show_ending, show_failure  # noqa: PLC0415

        with prepared(command, arguments, environment) as request:
            try:
                ended = trio.run(run_with_hooks, request, _runner(command))
            except Exception as error:
                show_failure(request, error)
                raise
            show_ending(request, ended)
            return ended.code()


def _command(arguments: Arguments) -> Command:
    """Raises `UsageError` for an unknown command and `CommandNotBuilt`."""
    command = find_command(arguments.command)
    if arguments.command in LATER_PROGRAMS:
        raise CommandNotBuilt(command=arguments.command)
    if arguments.command in PROGRAMS:
        name = arguments.command
        raise UsageError(reason=f'"{name}" is a program of its own. Start it with: triplicati {name}')
    if command is None or command.hidden:
        alike = command_like(arguments.command)
        meant = f'Did you mean "{alike}"? ' if alike else ""
        reason = f'The command "{arguments.command}" is not known. {meant}Run "help" to see the commands.'
        raise UsageError(reason=reason)
    if not command.built:
        raise CommandNotBuilt(command=command.name)
    return command


def _runner(command: Command) -> Run:
    return cast("Run", _module(command).run)


def _module(command: Command) -> ModuleType:
    """Each command imports what it needs."""
    return importlib.import_module(f"triplicati.cli.{command.module}")


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
    # A worker that asks what is new must not wait until the thread that walks has had its turn of 5 ms.
    sys.setswitchinterval(0.0003)
    try:
        yield
    finally:
        discard()


def _tell(error: Exception, *, debug: bool) -> int:
    if debug or not isinstance(error, TriplicatiError | OSError):
        import traceback  # noqa: PLC0415

        _print(sys.stderr, "\n" + "".join(traceback.format_exception(error)).rstrip())
    else:
        identity = error.id if isinstance(error, TriplicatiError) else type(error).__name__
        _print(sys.stderr, f"\nErrorID: {identity}\n{error}")
    return error.exit_code if isinstance(error, TriplicatiError) else _ABORTED


def _print(stream: TextIO, text: str) -> None:
    from triplicati.values.printable import printable_lines  # noqa: PLC0415

    with contextlib.suppress(BrokenPipeError, ValueError):
        print(printable_lines(text) if stream.isatty() else text, file=stream, flush=True)
