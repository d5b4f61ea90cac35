"""Sources and filters of a backup that is being made or changed, tried out on the disk."""

from __future__ import annotations

import msgspec

from triplicati.engine.filters_preview import Places, preview_filters
from triplicati.engine.from_options import backup_settings
from triplicati.engine.outcome import settled
from triplicati.errors import InvalidFilter
from triplicati.formats.manifest import VolumeFormat
from triplicati.messages.previews import FiltersInput, FiltersPreview
from triplicati.messages.saved import SavedBackup, SavedFilter
from triplicati.operations.order import Order, place_of, remote_of
from triplicati.options.registry import canonical_name
from triplicati.runner.browsing import asked
from triplicati.runner.daemon import Daemon

# Nothing is looked at there.
_NO_ADDRESS = "file:///"
_OPTIONS = frozenset(
    {
        "allow-missing-source",
        "disable-backup-exclusion-xattr",
        "exclude-empty-folders",
        "exclude-files-attributes",
        "hardlink-policy",
        "ignore-filenames",
        "skip-files-larger-than",
        "symlink-policy",
    }
)


async def previewed_filters(daemon: Daemon, wanted: FiltersInput) -> FiltersPreview:
    """Raises `BackupNotFound`, `InvalidFilter`, and what a backup raises before it reads anything."""
    backup = SavedBackup(name="", target_url=_NO_ADDRESS)
    if wanted.backup_id:
        backup = await daemon.backup(wanted.backup_id)
    if wanted.sources is not None:
        sources = tuple(each for each in wanted.sources if each.strip())
        backup = msgspec.structs.replace(backup, sources=sources)
    if wanted.filters is not None:
        backup = msgspec.structs.replace(backup, filters=_filters(wanted.filters))
    options = {}
    if wanted.options is not None:
        named = {_bare(name): value for name, value in wanted.options.items()}
        options = {name: value for name, value in named.items() if name in _OPTIONS}
        others = tuple(each for each in backup.settings if _bare(each.name) not in _OPTIONS)
        backup = msgspec.structs.replace(backup, settings=others)
    async with asked(daemon, backup, "Backup", extra=options) as order:
        settings = backup_settings(
            order.values,
            order.positionals,
            order.rules(),
            form=VolumeFormat(),
            encryption="none",
            now=order.now,
            environment=order.environment,
        )
        places = _places(order) if wanted.backup_id else Places()
        return await settled(
            lambda: preview_filters(
                settings, order.report, places, limit=wanted.limit, seconds=wanted.seconds
            )
        )


def _bare(name: str) -> str:
    return canonical_name(name.strip().lower().removeprefix("--"))


def _filters(texts: list[str]) -> tuple[SavedFilter, ...]:
    """Raises `InvalidFilter`."""
    found = [each for each in texts if each.strip()]
    for each in found:
        if each[0] not in "+-":
            raise InvalidFilter(filter=each, reason="it must begin with + or -")
    return tuple(SavedFilter(number, each[0] == "+", each[1:]) for number, each in enumerate(found))


def _places(order: Order) -> Places:
    staging = remote_of(order).destination.staging
    return Places(place_of(order, writes=False).path, None if staging is None else staging.parent)
