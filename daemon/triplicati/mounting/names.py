"""What versions and stored paths are called in the mounted tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

LATEST = "latest"

Local = Callable[[int], datetime]
"""The aware local time of a Unix time."""


def as_local(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp).astimezone()


def version_names(stamps: Iterable[int], local: Local = as_local) -> dict[str, int]:
    """name -> Unix time, in the order of `stamps`.

    ``2026-11-23 08.30.00`` in local time: it sorts, and is legal on every system. Where the clock was set
    back, two versions can have one local time; their names tell the distance from UTC too.
    """
    plain = {stamp: f"{local(stamp):%Y-%m-%d %H.%M.%S}" for stamp in stamps}
    several = Counter(plain.values())
    return {
        name if several[name] == 1 else f"{name} {local(stamp):%z}": stamp for stamp, name in plain.items()
    }


def usable(name: str) -> bool:
    """Whether a client can ask for it: no address leads to the others."""
    return name not in ("", ".", "..") and "/" not in name and "\0" not in name


def top_of(root: str) -> tuple[str, str]:
    """For a stored folder of Windows the name at the top of a version and the stored folder it stands for:
    a drive is its letter, a share its server and name."""
    if root.startswith("\\\\"):
        server, _, rest = root[2:].partition("\\")
        share = rest.partition("\\")[0]
        return f"{server} {share}".strip(), f"\\\\{server}\\{share}\\"
    first = root.partition("\\")[0]
    return first.rstrip(":") or first, f"{first}\\"
