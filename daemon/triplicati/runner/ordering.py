"""From a saved backup and a task to the order that the engine's operations take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec
import trio

from triplicati.config.secrets import Memory, Resolved, with_secrets
from triplicati.config.server.effective import effective_filters, effective_options, effective_sources
from triplicati.config.server.special_folders import special_folders
from triplicati.config.server.store import Store
from triplicati.messages.progress import Report
from triplicati.messages.saved import SavedBackup, SavedFilter
from triplicati.operations.merging import merged
from triplicati.operations.order import Order
from triplicati.options.allowed_modules import check_allowed
from triplicati.options.module_keys import without_disabled
from triplicati.options.option_values import OptionValues
from triplicati.options.validation import validate
from triplicati.storage.registry import options_of_kinds
from triplicati.values.urls import parse_url

# Of the server alone; a job's scripts and secrets are another matter.
_OURS = ("DUPLICATI__", "SETTINGS_ENCRYPTION_KEY", "PASSPHRASE", "AUTH_USERNAME", "AUTH_PASSWORD")


def job_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The server's environment without what is meant for the server or for a command line."""
    return {name: value for name, value in environment.items() if not name.startswith(_OURS)}


class Defaults(msgspec.Struct, frozen=True):
    """What holds for every job: options that a job may overrule, filters, settings of the server, and options
    that the administrator forces on all."""

    options: Mapping[str, str]
    filters: list[SavedFilter]
    settings: Mapping[str, str]
    forced: Mapping[str, str] = {}


async def defaults_of(store: Store, usual: Mapping[str, str], forced: Mapping[str, str]) -> Defaults:
    """`usual` options are those of the server itself, the weakest of all."""
    options = {f"--{name}": value for name, value in usual.items()} | await store.application_options()
    filters = await store.application_filters()
    return Defaults(options, filters, await store.settings(), forced)


async def order_for(
    backup: SavedBackup,
    operation: str,
    *,
    defaults: Defaults,
    extra: Mapping[str, str | None],
    paths: tuple[str, ...],
    report: Callable[[OptionValues, Resolved], Report],
    environment: Mapping[str, str],
    program: Path,
    memory: Memory,
) -> Order:
    """What the saved settings, the options for every backup and those of the task alone make together.

    `environment` as `job_environment` gives it.
    `paths` replace the sources where an operation is about single files. Raises what wrong options and secret
    providers raise.
    """
    is_backup = operation in ("Backup", "Sync")
    options = effective_options(
        backup,
        defaults.options,
        {**extra, **defaults.forced},
        server_settings=defaults.settings,
        # What a destination lost may be at a further one, and all that reads can be asked to look there.
        is_backup=is_backup or operation in ("RemoteSynchronization", "Repair") or "use-copy" in extra,
    )
    resolved = await trio.to_thread.run_sync(
        lambda: with_secrets(options, backup.target_url, environment, memory=memory),
        abandon_on_cancel=True,  # a provider may not answer for minutes
    )
    with resolved.hidden_in_errors():
        url = parse_url(resolved.url_text)
        whole = merged(resolved.options, url, {})
        warnings = validate(whole, further=options_of_kinds)
        values = OptionValues(without_disabled(whole))
        check_allowed(values, url, "")
    told = report(values, resolved)
    for warning in warnings:
        told.warning(warning.id, warning.message)
    for sentence in resolved.warnings:
        told.warning("SecretPlaceholderPartial", sentence)
    folders = await trio.to_thread.run_sync(special_folders)
    if is_backup:
        paths = tuple(effective_sources(backup, folders, environment))
    filters = effective_filters(backup, defaults.filters, folders, environment) if is_backup else []
    return Order(
        operation=operation,
        url=url,
        url_text=resolved.url_text,
        values=values,
        positionals=paths,
        filters=tuple(filters),
        environment=environment,
        program=program,
        report=told,
        now=datetime.now().astimezone(),
        hide_in=resolved.hide_in,
    )
