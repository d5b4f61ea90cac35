"""One operation as it was asked for, on a command line or by the server, and its way to the destination."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from triplicati.messages.log import LogLine
from triplicati.messages.progress import Report
from triplicati.messages.results import BackupResult
from triplicati.operations.passphrase import (
    Passphrase,
    for_reading,
    for_renewing,
    for_writing,
    given,
    given_new,
)
from triplicati.options.allowed_modules import check_allowed
from triplicati.options.option_values import OptionValues
from triplicati.options.parser import FilterText
from triplicati.values.secrets import Secret
from triplicati.values.urls import DestinationUrl

if TYPE_CHECKING:
    from triplicati.config.local_database import DatabasePlace
    from triplicati.engine.remote import Remote
    from triplicati.source.filters import FilterRule
    from triplicati.storage.destination import Destination

# For what needs no destination.
NOWHERE = DestinationUrl("dummy", "", None, "", "", None, {})


class Order(msgspec.Struct, kw_only=True):
    """`operation` as scripts and reports name it, "" for what they do not hear of. `url_text` is the
    destination as given, secrets included; `positionals` are the sources or paths; `now` is aware.

    `notice` gets lines for who watches, `listeners` each log line; `after_upload` is awaited by a backup
    whose upload is done; `hide_in` takes fetched secrets out of an error; `around_destination` may wrap it;
    `new_passphrase` is what the user was asked for.
    """

    operation: str
    url: DestinationUrl
    url_text: str
    values: OptionValues
    positionals: tuple[str, ...]
    filters: tuple[FilterText, ...]
    environment: Mapping[str, str]
    program: Path
    report: Report
    now: datetime
    notice: Callable[[str], object] = lambda _: None
    listeners: list[Callable[[LogLine], object]] = msgspec.field(default_factory=list)
    after_upload: Callable[[BackupResult], Awaitable[None]] | None = None
    hide_in: Callable[[BaseException], None] = lambda _: None
    around_destination: Callable[[Destination], Destination] = lambda destination: destination
    reading: Passphrase = for_reading
    writing: Passphrase = for_writing
    renewing: Passphrase = for_renewing
    new_passphrase: Secret | None = None

    def __repr__(self) -> str:
        return f"Order({self.operation})"

    def rules(self) -> tuple[FilterRule, ...]:
        from triplicati.engine.from_options import filter_rules  # noqa: PLC0415 - help needs none of this

        return filter_rules(self.filters)


def _failing(destination: Destination, script: str, report: Report) -> Destination:
    from triplicati.storage.fault_script import parse_faults  # noqa: PLC0415 - for tests only
    from triplicati.storage.faults import FaultyDestination  # noqa: PLC0415

    wanted = parse_faults(script)
    report.warning("DebugFaults", "The destination fails on purpose, as --debug-faults says.")
    return FaultyDestination(destination, wanted.faults, wanted.accidents)


def remote_of(order: Order, *, create_folder: bool = False) -> Remote:
    """The destination, without keys yet. Raises `UnsupportedBackend`, what wrong options of its kind raise,
    and `UsageError` for a copy that cannot be used."""
    from triplicati.engine.connecting import limited, retry_rule, set_pace  # noqa: PLC0415
    from triplicati.engine.from_options import keys  # noqa: PLC0415
    from triplicati.engine.remote import Remote  # noqa: PLC0415
    from triplicati.storage.registry import open_destination  # noqa: PLC0415

    values = order.values
    if values.integer("use-copy"):
        from triplicati.operations.mirror_targets import chosen_copy  # noqa: PLC0415 - seldom asked for

        return chosen_copy(order, values.integer("use-copy"))
    opened = order.around_destination(open_destination(order.url, values.as_given()))
    if script := values.text("debug-faults"):
        opened = _failing(opened, script, order.report)
    remote = Remote(
        destination=limited(opened, values, order.url.scheme),
        prefix=values.text("prefix") or "duplicati",
        keys=keys(values, None),
        report=order.report,
        retry=retry_rule(values),
        create_folder=create_folder,
        read_manifests=not values.boolean("dont-read-manifests"),
        check_hashes=not values.boolean("skip-file-hash-checks"),
    )
    set_pace(remote, values)
    return remote


def place_of(order: Order, *, writes: bool) -> DatabasePlace:
    """Where the local database is; says so where that could surprise."""
    from triplicati.config.datafolder import DataFolder, data_folder  # noqa: PLC0415
    from triplicati.config.local_database import database_place  # noqa: PLC0415

    notices: list[str] = []

    def folder() -> DataFolder:
        found = data_folder(order.values, order.environment, order.program)
        notices.append(found.notice)
        return found

    place = database_place(order.values, order.url, folder, writes=writes)
    # That on the database names the folder too.
    if notice := place.notice or "".join(notices):
        order.notice(notice)
    return place


def unlocking(order: Order, remote: Remote, passphrase: Passphrase) -> Callable[[str], None]:
    """Puts the keys for an encryption into `remote` when called; asks for the passphrase only once.

    `passphrase` is the order's `reading` or `writing`.
    """
    from triplicati.engine.from_options import keys  # noqa: PLC0415

    values = order.values
    asked: list[str | None] = []

    def unlock(encryption: str) -> None:
        wanted = "none" if values.boolean("no-encryption") else values.choice("encryption-module")
        check_allowed(values, order.url, encryption or wanted)
        if not asked:
            asked.append(passphrase(order.values, order.environment, encryption))
        remote.keys = keys(order.values, asked[0], _other(order, asked[0]))

    return unlock


def _other(order: Order, first: str | None) -> str | None:
    """What some volumes may have while the encryption of a backup is being changed."""
    new = order.new_passphrase
    found = new.reveal() if new is not None else given_new(order.values, order.environment)
    return found if found or first else given(order.values, order.environment)
