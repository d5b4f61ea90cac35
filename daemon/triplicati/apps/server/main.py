"""From the words of the command line to an exit code (spec/server.md 1.1, 1.9)."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from triplicati.apps.ending import reader_may_go
from triplicati.config.server_options import ServerOptions, server_options
from triplicati.errors import InstanceLockUnusable, OtherInstance, TriplicatiError
from triplicati.errors.groups import only_of

_FAILED, _LOCK_FAILED = 100, 200


def main() -> None:
    with reader_may_go():
        sys.exit(run(sys.argv[1:], os.environ))


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """What goes wrong is told on standard error."""
    if list(words) == ["--version"]:
        from triplicati import __version__  # noqa: PLC0415

        print(f"Triplicati {__version__}")
        return 0
    try:
        options = server_options(words, environment, Path(sys.argv[0]).resolve().parent)
        if options.help:
            import shutil  # noqa: PLC0415

            from triplicati.options.server.help import server_help  # noqa: PLC0415

            print(server_help(shutil.get_terminal_size((100, 24)).columns))
            return 0
        return _started(options, words)
    except OtherInstance as error:
        return _told_the_other(error, words, options)
    except KeyboardInterrupt:
        return 0
    except TriplicatiError as error:
        print(f"ErrorID: {error.id}\n{error}", file=sys.stderr)
        return _FAILED


def _started(options: ServerOptions, words: Sequence[str]) -> int:
    import trio  # noqa: PLC0415 - help needs none of this

    from triplicati.apps.server.other_start import expect_other_starts  # noqa: PLC0415
    from triplicati.apps.server.run import run_server  # noqa: PLC0415
    from triplicati.engine.temporary import checked_tempdir, remove_stale  # noqa: PLC0415

    expect_other_starts()
    for name, value in options.environment.items():
        os.environ.setdefault(name, value)  # what preload settings add, as TMPDIR
    if options.temporary_folder:
        tempfile.tempdir = checked_tempdir(options.temporary_folder)
    remove_stale(tempfile.tempdir)
    # A worker that asks what is new must not wait until another thread has had its turn of 5 ms.
    sys.setswitchinterval(0.0003)
    try:
        return trio.run(run_server, options)
    except BaseExceptionGroup as group:
        raise only_of(group) from group


def _told_the_other(error: OtherInstance, words: Sequence[str], options: ServerOptions) -> int:
    import trio  # noqa: PLC0415

    from triplicati.apps.server.other_start import hand_over_to  # noqa: PLC0415

    print(f"ErrorID: {error.id}\n{error}", file=sys.stderr)
    try:
        taken = trio.run(hand_over_to, options.folder.path, words, str(error.details.get("pid", "")))
    except InstanceLockUnusable:
        taken = False
    return _FAILED if taken else _LOCK_FAILED
