"""All declared options by name."""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.options.core import (
    changes,
    compacting,
    copies,
    listing,
    location,
    log,
    machine,
    repairs,
    restoring,
    retention,
    secrets,
    snapshots,
    sources,
    transfer,
    verification,
    volumes,
)
from triplicati.options.declarations import Option
from triplicati.options.modules import (
    command_line,
    compression,
    destinations,
    drills,
    encryption,
    reports,
    scripts,
    testing,
    upkeep,
)

CORE_TOPICS = (
    location,
    volumes,
    secrets,
    sources,
    snapshots,
    changes,
    retention,
    transfer,
    verification,
    compacting,
    repairs,
    restoring,
    listing,
    log,
    machine,
    copies,
)
MODULES = (compression, encryption, destinations, command_line, scripts, reports, upkeep, drills, testing)

REGISTRY: dict[str, Option] = {
    option.name: option for topic in CORE_TOPICS + MODULES for option in topic.OPTIONS
}
ALIASES: dict[str, str] = {alias: option.name for option in REGISTRY.values() for alias in option.aliases}


def canonical_name(name: str) -> str:
    """The declared name for an alias; any other name unchanged."""
    return ALIASES.get(name, name)


def with_canonical_names(options: Mapping[str, str | None]) -> dict[str, str | None]:
    """The same options under their declared names, as for those of a destination address."""
    return {canonical_name(name): value for name, value in options.items()}
