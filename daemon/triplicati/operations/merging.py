"""Which option wins where several places say something (spec/cli.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.options.environment import with_environment
from triplicati.options.registry import with_canonical_names
from triplicati.values.urls import DestinationUrl


def merged(
    options: Mapping[str, str | None], url: DestinationUrl, environment: Mapping[str, str]
) -> dict[str, str | None]:
    """Those of the address win over those of the command line, and both over the environment."""
    return with_environment({**options, **with_canonical_names(url.query)}, environment)
