"""From the words of `triplicati backend` to an exit code (spec/cli.md 8)."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from triplicati import __version__
from triplicati.backend.screen import Screen
from triplicati.backend.words import PROG, Given, find_tool, help_text, overview, parse
from triplicati.errors import OperationAborted, TriplicatiError, UsageError
from triplicati.values.booleans import parse_boolean

if TYPE_CHECKING:
    from triplicati.backend.connecting import Connection

_DONE, _FAILED, _USAGE = 0, 100, 200
_TEST_FAILED = 1
Work = Callable[["Connection", Screen, Given], Awaitable[int | None]]


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """0 where it was done, 100 where it failed, 200 for words that make no sense. A test ends with 0 or 1."""
    screen = Screen()
    if "--version" in words:
        screen.say(f"Triplicati {__version__}")
        return _DONE
    try:
        given = parse(_from_file(words), environment)
        if given.tool is None or not given.url:
            screen.say(overview() if given.tool is None else help_text(given.tool))
            return _DONE if words else _USAGE
    except UsageError as error:
        return _tell_usage(screen, error, words)
    except TriplicatiError as error:
        screen.say(f"Command failed: {error}")
        return _FAILED
    failed = _TEST_FAILED if given.tool.name == "test" else _FAILED
    try:
        return _done(given, environment, screen)
    except OperationAborted:
        screen.note("Stopped.")
        return failed
    except UsageError as error:
        return _tell_usage(screen, error, words)
    except TriplicatiError as error:
        screen.say(f"Command failed: {error}")
        if _debug(given):
            screen.note("".join(traceback.format_exception(error)).rstrip())
        return failed


def _tell_usage(screen: Screen, error: UsageError, words: Sequence[str]) -> int:
    tool = find_tool(words[0]) if words else None
    screen.say(f"{error}\nSee: {PROG} {f'{tool.name} ' if tool else ''}--help")
    return _USAGE


def _debug(given: Given) -> bool:
    return "debug-output" in given.options and parse_boolean(given.options["debug-output"])


def _from_file(words: Sequence[str]) -> Sequence[str]:
    """A test can have all its words in a file."""
    if len(words) != 2 or words[0].lower() != "test" or not Path(words[1]).is_file():
        return words
    from triplicati.config.parameters import read_parameters  # noqa: PLC0415 - seldom used

    lines = (line.strip() for line in read_parameters(words[1]).splitlines())
    return [words[0], *(line for line in lines if line and not line.startswith("#"))]


def _done(given: Given, environment: Mapping[str, str], screen: Screen) -> int:
    from triplicati.backend.connecting import connected  # noqa: PLC0415 - help needs none of this
    from triplicati.backend.running import run_to_the_end  # noqa: PLC0415

    assert given.tool is not None
    own = given.tool.options
    with connected(given.url, given.options, environment, _warn(screen), own) as connection:
        work = _WORKS[given.tool.name]
        return run_to_the_end(lambda: work(connection, screen, given), screen) or _DONE


def _warn(screen: Screen) -> Callable[[str], None]:
    return lambda text: screen.note(f"Warning: {text}")


# --- one for each command --------------------------------------------------------------------------------


async def _list(connection: Connection, screen: Screen, given: Given) -> None:
    from triplicati.backend.files import list_files  # noqa: PLC0415

    await list_files(connection, screen, json=connection.values.boolean("json"))


async def _get(connection: Connection, screen: Screen, given: Given) -> None:
    from triplicati.backend.files import get  # noqa: PLC0415

    await get(connection, screen, given.names[0])


async def _put(connection: Connection, screen: Screen, given: Given) -> None:
    from triplicati.backend.files import put  # noqa: PLC0415

    await put(connection, screen, given.names[0])


async def _delete(connection: Connection, screen: Screen, given: Given) -> None:
    from triplicati.backend.files import delete  # noqa: PLC0415

    await delete(connection, given.names[0])


async def _create_folder(connection: Connection, screen: Screen, given: Given) -> None:
    await connection.destination.create_folder()


async def _rename(connection: Connection, screen: Screen, given: Given) -> None:
    from triplicati.backend.files import rename  # noqa: PLC0415

    await rename(connection, *given.names)


async def _quota(connection: Connection, screen: Screen, given: Given) -> None:
    from triplicati.backend.files import quota  # noqa: PLC0415

    await quota(connection, screen, json=connection.values.boolean("json"))


async def _get_lock(connection: Connection, screen: Screen, given: Given) -> None:
    from triplicati.backend.locks import get_lock  # noqa: PLC0415

    await get_lock(connection, screen, given.names[0])


async def _set_lock(connection: Connection, screen: Screen, given: Given) -> None:
    from triplicati.backend.locks import set_lock  # noqa: PLC0415

    await set_lock(connection, screen, *given.names)


async def _test(connection: Connection, screen: Screen, given: Given) -> int:
    from triplicati.backend.trial import trial  # noqa: PLC0415
    from triplicati.backend.trial_options import trial_settings  # noqa: PLC0415

    return _DONE if await trial(connection, trial_settings(connection.values), screen) else _TEST_FAILED


async def _bench(connection: Connection, screen: Screen, given: Given) -> None:
    from triplicati.backend.bench import bench, shown  # noqa: PLC0415
    from triplicati.backend.bench_options import bench_settings  # noqa: PLC0415

    measured = await bench(connection, bench_settings(connection.values), screen)
    if connection.values.boolean("json"):
        import msgspec  # noqa: PLC0415

        screen.say(msgspec.json.format(msgspec.json.encode(measured), indent=2).decode())
    else:
        screen.say("\n".join(shown(measured)))


_WORKS: Mapping[str, Work] = {
    "list": _list,
    "get": _get,
    "put": _put,
    "delete": _delete,
    "create-folder": _create_folder,
    "rename": _rename,
    "quota": _quota,
    "get-lock": _get_lock,
    "set-lock": _set_lock,
    "test": _test,
    "bench": _bench,
}
