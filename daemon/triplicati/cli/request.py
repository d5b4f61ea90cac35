"""One command of a user with all it needs, and its way to the destination."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from triplicati.cli.console import Console
from triplicati.errors import UsageError
from triplicati.messages.log import LogLine
from triplicati.messages.progress import Report
from triplicati.messages.results import BackupResult
from triplicati.options.allowed_modules import check_allowed
from triplicati.options.commands import Command, find_command
from triplicati.options.option_values import OptionValues
from triplicati.options.parser import Arguments
from triplicati.values.urls import DestinationUrl

if TYPE_CHECKING:
    from triplicati.config.local_database import DatabasePlace
    from triplicati.engine.remote import Remote
    from triplicati.source.filters import FilterRule

# For commands without a destination.
NOWHERE = DestinationUrl("dummy", "", None, "", "", None, {})


class Request(msgspec.Struct):
    """`now` is aware, in local time. `url_text` is the destination as given, secrets included.

    `listeners` get each log line; `after_upload` is awaited by a backup whose upload is done; `hide_in` takes
    fetched secrets out of an error.
    """

    arguments: Arguments
    command: Command
    url: DestinationUrl
    url_text: str
    values: OptionValues
    environment: Mapping[str, str]
    program: Path
    console: Console
    report: Report
    now: datetime
    listeners: list[Callable[[LogLine], object]] = msgspec.field(default_factory=list)
    after_upload: Callable[[BackupResult], Awaitable[None]] | None = None
    hide_in: Callable[[BaseException], None] = lambda _: None

    def __repr__(self) -> str:
        return f"Request({self.command.name})"

    @property
    def positionals(self) -> tuple[str, ...]:
        """Those after the destination, if the command has one."""
        return self.arguments.positionals[1 if self.command.destination else 0 :]

    @property
    def operation(self) -> str:
        """As scripts and reports name it, "" for commands that they do not hear of."""
        return self.command.operation

    def rules(self) -> tuple[FilterRule, ...]:
        from triplicati.engine.from_options import filter_rules  # noqa: PLC0415 - help needs none of this

        return filter_rules(self.arguments.filters)


def wrong_usage(command: str, reason: str) -> UsageError:
    found = find_command(command)
    lines = (
        reason,
        f"Usage: {command} {found.usage if found else ''} [--option=value ...]",
        f'"help {command}" explains it.',
    )
    return UsageError(reason="\n".join(lines))


def remote_of(request: Request, *, create_folder: bool = False) -> Remote:
    """The destination, without keys yet. Raises `UnsupportedBackend`."""
    from triplicati.engine.from_options import keys, limited, retry_rule  # noqa: PLC0415
    from triplicati.engine.remote import Remote  # noqa: PLC0415
    from triplicati.storage.registry import open_destination  # noqa: PLC0415

    values = request.values
    return Remote(
        destination=limited(open_destination(request.url, values.as_given()), values, request.url.scheme),
        prefix=values.text("prefix") or "duplicati",
        keys=keys(values, None),
        report=request.report,
        retry=retry_rule(values),
        create_folder=create_folder,
        read_manifests=not values.boolean("dont-read-manifests"),
        check_hashes=not values.boolean("skip-file-hash-checks"),
    )


def place_of(request: Request, *, writes: bool) -> DatabasePlace:
    """Where the local database is; says so where that could surprise."""
    from triplicati.config.datafolder import DataFolder, data_folder  # noqa: PLC0415
    from triplicati.config.local_database import database_place  # noqa: PLC0415

    notices: list[str] = []

    def folder() -> DataFolder:
        found = data_folder(request.values, request.environment, request.program)
        notices.append(found.notice)
        return found

    place = database_place(request.values, request.url, folder, writes=writes)
    # That on the database names the folder too.
    if notice := place.notice or "".join(notices):
        request.console.notice(notice)
    return place


def unlocking(
    request: Request,
    remote: Remote,
    passphrase: Callable[[OptionValues, Mapping[str, str], str], str | None],
) -> Callable[[str], None]:
    """Puts the keys for an encryption into `remote` when called; asks for the passphrase only once.

    `passphrase` is `for_reading` or `for_writing`.
    """
    from triplicati.engine.from_options import keys  # noqa: PLC0415

    values = request.values
    asked: list[str | None] = []

    def unlock(encryption: str) -> None:
        wanted = "none" if values.boolean("no-encryption") else values.choice("encryption-module")
        check_allowed(values, request.url, encryption or wanted)
        if not asked:
            asked.append(passphrase(request.values, request.environment, encryption))
        remote.keys = keys(request.values, asked[0])

    return unlock
