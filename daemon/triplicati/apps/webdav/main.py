"""From the words of the command line to an exit code."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from triplicati.apps.webdav.asked import Asked, parse_asked
from triplicati.errors import OperationAborted, TriplicatiError, UsageError
from triplicati.values.printable import printable_lines

if TYPE_CHECKING:
    from triplicati.cli.request import Request
    from triplicati.engine.listing import Version

# Seconds that a file which is just being read has to come to its end.
_GRACE = 0.5


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """0 when it was ended as it is meant to be. Raises `SystemExit` for ``--help``."""
    try:
        return _run(parse_asked(words, environment), environment)
    except UsageError as error:
        print(error.message)
        return error.exit_code
    except TriplicatiError as error:
        print(f"\nErrorID: {error.id}\n{printable_lines(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 0


def _run(asked: Asked, environment: Mapping[str, str]) -> int:
    import trio  # noqa: PLC0415 - help needs none of this

    from triplicati.cli.parameters import with_parameters_file  # noqa: PLC0415
    from triplicati.cli.preparing import prepared  # noqa: PLC0415
    from triplicati.cli.running import run_to_the_end  # noqa: PLC0415
    from triplicati.engine.stopping import StopRequest  # noqa: PLC0415
    from triplicati.options.commands import Command  # noqa: PLC0415
    from triplicati.options.parser import parse_arguments  # noqa: PLC0415

    arguments = with_parameters_file(parse_arguments(["webdav", *asked.rest], environment), environment)
    if len(arguments.positionals) != 1:
        reason = 'One destination is needed. "triplicati webdav --help" explains it.'
        raise UsageError(reason=reason)
    command = Command("webdav", "<destination>", "", operation="Webdav", module="webdav")
    with prepared(command, arguments, environment) as request:
        try:
            trio.run(
                run_to_the_end, lambda: _serve(request, asked), request.console, request.report,
                StopRequest(), "read",
            )  # fmt: skip
        except OperationAborted:
            return 0
        except Exception as error:
            request.hide_in(error)
            raise
    return 0


async def _serve(request: Request, asked: Asked) -> None:
    """Until it is cancelled."""
    import trio  # noqa: PLC0415

    from triplicati.apps.webdav.telling import told  # noqa: PLC0415
    from triplicati.mounting.mounted import mounted_backup  # noqa: PLC0415
    from triplicati_web.listening import bound_port, open_tcp  # noqa: PLC0415
    from triplicati_web.mount.alone import make_mount_app  # noqa: PLC0415
    from triplicati_web.serving import Endpoint, serve  # noqa: PLC0415

    def choose(versions: list[Version]) -> Collection[int] | None:
        return _chosen(request, versions)

    async with mounted_backup(request, cache_size=asked.cache_size, choose=choose) as backup:
        try:
            listeners = await open_tcp([asked.address], asked.port)
        except OSError as error:
            where = f"{asked.address} port {asked.port}"
            raise UsageError(reason=f"The server cannot listen on {where}: {error.strerror}") from error
        app = make_mount_app(backup, asked.user, asked.password)
        request.console.results(told(asked, bound_port(listeners[0])))
        endpoints = [Endpoint(each) for each in listeners]
        await serve(app, endpoints, stop=trio.Event(), grace=_GRACE)  # type: ignore[arg-type]  # hypercorn's own types are narrower


def _chosen(request: Request, versions: list[Version]) -> Collection[int] | None:
    """Raises `NoVersions`, and `VersionNotFound` where there is none of those that were asked for."""
    from triplicati.engine.from_options import moment  # noqa: PLC0415
    from triplicati.engine.listing import choose_versions  # noqa: PLC0415
    from triplicati.errors import NoVersions, VersionNotFound  # noqa: PLC0415
    from triplicati.values.stamps import format_local  # noqa: PLC0415
    from triplicati.values.versions import parse_versions  # noqa: PLC0415

    numbers = parse_versions(request.values.text("version") or "")
    at = moment(request.values, request.now)
    if not numbers and at is None:
        return None
    if not versions:
        raise NoVersions
    chosen = choose_versions(versions, numbers, at, request.report)
    if not chosen:
        asked = ", ".join(map(str, numbers)) if numbers else f"of {format_local(int(at or 0))} or older"
        raise VersionNotFound(wanted=asked, oldest=versions[-1].number)
    return {each.fileset.stamp for each in chosen}
