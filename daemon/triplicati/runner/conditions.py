"""What of this machine keeps a scheduled run back: the battery, and a network that is not there yet."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from triplicati.engine.gentle import on_battery
from triplicati.errors import InvalidValue
from triplicati.messages.saved import SavedBackup
from triplicati.runner.deciding import Hold
from triplicati.values.booleans import parse_boolean
from triplicati.values.urls import parse_url

# A line that has just come up has often no address, no name server and no tunnel yet.
SETTLED = 30
_BATTERY = "disable-on-battery"
_INTERFACES = Path("/sys/class/net")
_LOOPBACK = ("lo", "lo0")


class Machine(msgspec.Struct, frozen=True):
    """`network_since` is when the network came up, in Unix seconds; None while it is down."""

    on_battery: bool = False
    network_since: float | None = 0.0


def hold_on(backup: SavedBackup, machine: Machine, now: float, defaults: Mapping[str, str]) -> Hold | None:
    """What keeps a scheduled run of `backup` back; `defaults` are the options that hold for all backups."""
    if machine.on_battery and _switch(backup, defaults):
        return Hold("waiting-power", "It waits until the computer is not on battery.")
    if _is_local(backup):
        return None
    if machine.network_since is None:
        return Hold("waiting-network", "It waits for the network.")
    if now - machine.network_since < SETTLED:
        return Hold("waiting-network", f"It waits until the network has been up for {SETTLED} seconds.")
    return None


class MachineWatch:
    """Looks at the machine each time it is asked, and remembers since when the network is up."""

    def __init__(self, *, interfaces: Path = _INTERFACES, settled: bool = False) -> None:
        self._interfaces = interfaces
        # Of a network that was up all the time nothing has to be waited for.
        self._since: float | None = 0.0 if settled else None

    def look(self, now: float, *, woke: bool) -> Machine:
        """The state at `now`; after sleep (`woke`) a network counts as new."""
        up = network_is_up(self._interfaces)
        if not up:
            self._since = None
        elif self._since is None or woke:
            self._since = now
        return Machine(on_battery(), self._since)


def network_is_up(interfaces: Path = _INTERFACES) -> bool:
    """Whether any line to others is up; True where the system does not tell."""
    if sys.platform != "linux":
        return True
    names = [folder for folder in interfaces.glob("*") if folder.name not in _LOOPBACK]
    return not interfaces.is_dir() or any(_state(folder) in ("up", "unknown") for folder in names)


def _state(interface: Path) -> str:
    try:
        return (interface / "operstate").read_text().strip()
    except OSError:
        return ""


def _switch(backup: SavedBackup, defaults: Mapping[str, str]) -> bool:
    given = {name.removeprefix("--").lower(): value for name, value in defaults.items()}
    given |= {each.name.removeprefix("--").lower(): each.value or "" for each in backup.settings}
    return _BATTERY in given and parse_boolean(given[_BATTERY])


def _is_local(backup: SavedBackup) -> bool:
    try:
        url = parse_url(backup.target_url)
    except InvalidValue:
        return True  # the run itself says what is wrong with it
    return url.scheme == "file" or _is_loopback(url.host)


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
