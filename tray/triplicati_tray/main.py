"""From the words of the command line to an exit code (spec/server.md 9)."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from triplicati.errors import (
    OtherInstance,
    TrayDesktopMissing,
    TriplicatiError,
    UsageError,
    disk_error,
)
from triplicati_tray.options import TrayOptions, tray_options

if TYPE_CHECKING:
    from types import FrameType

    from triplicati_tray.desk import Desk, Hear
    from triplicati_tray.inbox import Inbox

_FAILED, _LOCK_FAILED = 100, 200
_KEY = "SETTINGS_ENCRYPTION_KEY"


def main() -> None:
    sys.exit(run(sys.argv[1:], os.environ))


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """What goes wrong is told on standard error. 0 when the user has ended it, or another tray was there;
    100 where it, or the server it was to start, did not start; 200 for words that make no sense."""
    if "--version" in words:
        from triplicati import __version__  # noqa: PLC0415 - only for this

        print(f"Triplicati {__version__}")
        return 0
    try:
        options = tray_options(words, environment, Path(sys.argv[0]).resolve().parent)
        if options.help:
            from triplicati_tray.help import tray_help  # noqa: PLC0415

            print(tray_help(shutil.get_terminal_size((100, 24)).columns))
            return 0
        if options.autostart:
            from triplicati_tray.desktop.autostart import run_autostart  # noqa: PLC0415 - only for this

            for notice in options.notices:
                print(notice)
            return run_autostart(words)
        return _started(options)
    except UsageError as error:
        print(f"ErrorID: {error.id}\n{error} See duplicati-tray help.", file=sys.stderr)
        return error.exit_code
    except TriplicatiError as error:
        print(f"ErrorID: {error.id}\n{error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return 0


def _started(options: TrayOptions) -> int:
    from triplicati.config.datafolder import create  # noqa: PLC0415 - help needs none of this
    from triplicati_tray.second_start import lock_folder, tray_lock  # noqa: PLC0415

    for notice in filter(None, (options.folder.notice, *options.notices)):
        print(notice, flush=True)
    folder = lock_folder(options)
    with ExitStack() as stack:
        try:
            create(options.folder)
            stack.enter_context(tray_lock(folder))
        except OtherInstance as error:
            return _told_the_other(folder, str(error.details.get("pid", "")))
        except OSError as error:
            raise disk_error(error, str(folder)) from error
        return _run(options)


def _told_the_other(folder: Path, pid: str) -> int:
    import trio  # noqa: PLC0415

    from triplicati_tray.second_start import knock  # noqa: PLC0415

    if not trio.run(knock, folder):
        by = f" (process {pid})" if pid else ""
        print(f"A tray runs already{by}, but does not answer. End it and start again.", file=sys.stderr)
        return _LOCK_FAILED
    print("A tray runs already, and was asked to open its page.")
    return 0


def _run(options: TrayOptions) -> int:
    from triplicati_tray.console_desk import ConsoleDesk, say  # noqa: PLC0415
    from triplicati_tray.inbox import Inbox  # noqa: PLC0415

    _forget_secrets()
    inbox = Inbox()
    desk: Desk
    try:
        desk, stay = _desktop(inbox.hear), True
    except TrayDesktopMissing as error:
        if not options.hosting:
            raise
        say(f"{error} Until then backups run without an icon, and the page tells how they are.")
        desk, stay = ConsoleDesk(), False
    _hear_signals(inbox, hang_up=not stay)
    return desk.run(lambda: _work(options, desk, inbox, stay=stay))


def _forget_secrets() -> None:
    """A browser, and whatever else is started from here, gets the environment; the server gets its own."""
    for name in [name for name in os.environ if name.startswith("DUPLICATI__") or name == _KEY]:
        del os.environ[name]


def _desktop(hear: Hear) -> Desk:
    """Raises `TrayDesktopMissing`."""
    from triplicati_tray.desktop import open_desktop  # noqa: PLC0415 - slow, and may fail

    return open_desktop(hear)


def _work(options: TrayOptions, desk: Desk, inbox: Inbox, *, stay: bool) -> int:
    """Runs in a thread of its own; nobody there would hear an error."""
    import trio  # noqa: PLC0415

    from triplicati_tray.agent import Agent  # noqa: PLC0415
    from triplicati_tray.console_desk import say  # noqa: PLC0415

    try:
        return trio.run(Agent(options, desk, inbox, say, stay=stay).run)
    except Exception:  # a defect, which must not leave an icon without anything behind it
        traceback.print_exc()
        return _FAILED


def _hear_signals(inbox: Inbox, *, hang_up: bool) -> None:
    """The first ends the tray well, the second at once; in both cases its server ends too.

    A desktop hears them in a way of its own while it has the main thread, but no hanging up of a terminal.
    """
    from triplicati_tray.desk import Command  # noqa: PLC0415

    asked: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        if asked:
            os._exit(1)
        asked.append(number)
        inbox.hear(Command("quit"))

    for name in ("SIGINT", "SIGTERM", *(["SIGHUP"] if hang_up else [])):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, end)
