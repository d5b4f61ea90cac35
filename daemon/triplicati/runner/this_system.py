"""Facts about this machine and this program for clients (spec/server.md 3.12). Everything here blocks."""

from __future__ import annotations

import getpass
import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from triplicati import __version__
from triplicati.config.server.masking import PLACEHOLDER
from triplicati.config.server.special_folders import special_folders
from triplicati.engine.from_options import case_sensitive
from triplicati.errors import TriplicatiError
from triplicati.messages.api_system import FolderInfo, LocaleInfo, SystemInfo, TimeZoneInfo
from triplicati.messages.log import LEVELS
from triplicati.runner import modules
from triplicati.source.groups import group_members, known_groups
from triplicati.values.timespans import format_timespan

# Clients compare this with releases of Duplicati, to see which calls there are; it tells nothing of ours.
DUPLICATI_VERSION = "2.2.0.0"
_SYSTEMS = {"linux": "Linux", "win32": "Windows", "darwin": "MacOS"}
_DEFAULT_ALIASES = {
    "DefaultExcludes": ("DefaultExclude", "Excludes", "Exclude", "Exc"),
    "DefaultIncludes": ("DefaultInclude", "Includes", "Include", "Inc", "None"),
}


def system_info(
    *, started_by: str, zone: str, now: datetime, extensions: list[str], environment: Mapping[str, str]
) -> SystemInfo:
    """`now` aware, in UTC."""
    return SystemInfo(
        password_placeholder=PLACEHOLDER,
        server_version=DUPLICATI_VERSION,
        server_version_name=f"Triplicati {__version__}",
        server_version_type="stable",
        started_by=started_by,
        server_time=now,
        server_time_zone=zone,
        os_type=_SYSTEMS.get(sys.platform, "Linux"),
        os_version=f"{platform.system()} {platform.release()}",
        directory_separator=os.sep,
        path_separator=os.pathsep,
        case_sensitive_filesystem=case_sensitive(environment),
        machine_name=platform.node(),
        package_type_id=f"{_SYSTEMS.get(sys.platform, 'linux').lower()}-{platform.machine()}-python",
        user_name=_user(),
        new_line=os.linesep,
        clr_version=f"Python {platform.python_version()}",
        options=modules.core_options(),
        compression_modules=modules.compression_modules(),
        encryption_modules=modules.encryption_modules(),
        backend_modules=modules.backend_modules(),
        generic_modules=modules.generic_modules(),
        connection_modules=modules.connection_modules(),
        secret_provider_modules=modules.secret_provider_modules(),
        log_levels=list(LEVELS),
        special_folders=[FolderInfo(each.token, each.path) for each in special_folders()],
        supported_locales=[LocaleInfo()],
        time_zones=time_zones(int(now.timestamp()) // 3600),
        api_extensions=extensions,
        api_scopes=["*"],
        power_mode_providers=["", "None"],
    )


@lru_cache(maxsize=1)
def time_zones(hour: int) -> list[TimeZoneInfo]:
    """All that this machine knows, with their offsets in that hour since 1970, by offset and name."""
    at = datetime.fromtimestamp(hour * 3600, UTC)
    found = []
    for name in available_timezones():
        if name == "localtime" or name.startswith(("posix/", "right/")):
            continue
        # Kept in no cache: most are asked for once.
        offset = at.astimezone(ZoneInfo.no_cache(name)).utcoffset() or timedelta()
        found.append((offset, name))
    found.sort()
    return [TimeZoneInfo(name, _shown(offset, name), format_timespan(offset)) for offset, name in found]


def filter_groups() -> dict[str, list[str]]:
    """The rules of every group, by all of its names."""
    groups: dict[str, list[str]] = {}
    for name, aliases in (known_groups() | _DEFAULT_ALIASES).items():
        members = _members(name)
        groups |= dict.fromkeys((name, *aliases), members)
    return groups


def _members(name: str) -> list[str]:
    try:
        return group_members(name)
    except TriplicatiError:
        return []  # none are built in for this system


def _shown(offset: timedelta, name: str) -> str:
    sign = "-" if offset < timedelta() else "+"
    return f"(UTC{sign}{format_timespan(abs(offset))[:5]}) {name}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
