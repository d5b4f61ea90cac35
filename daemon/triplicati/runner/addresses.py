"""Where the server listens (spec/server.md 1.3)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from triplicati.errors import InterfaceInvalid

_EVERY = frozenset({"*", "all", "any"})
_LOCALHOST = "localhost"


def bind_addresses(interface: str) -> tuple[str, ...]:
    """The addresses for an interface as it is given, "" being loopback. Raises `InterfaceInvalid`."""
    wanted = interface.strip().lower()
    if wanted in _EVERY:
        return ("0.0.0.0", "::")
    if wanted in ("", "loopback"):
        return ("127.0.0.1", "::1")
    try:
        return (str(ipaddress.ip_address(wanted.removeprefix("[").removesuffix("]"))),)
    except ValueError:
        raise InterfaceInvalid(interface=interface) from None


def reaches_others(addresses: Sequence[str]) -> bool:
    """Whether other computers can connect, which is worth a warning."""
    return not all(ipaddress.ip_address(address).is_loopback for address in addresses)


def port_order(ports: Sequence[int], last: int) -> tuple[int, ...]:
    """The ports in the order in which they are tried: the one of the last time first, if it is among them."""
    return (last, *(port for port in ports if port != last)) if last in ports else tuple(ports)


def shown_host(hostnames: Sequence[str], addresses: Sequence[str] = ()) -> str:
    """The host for a link to the server: the first name that was allowed, else that of this computer."""
    for name in hostnames:
        if name != "*":
            return name
    if len(addresses) == 1 and not ipaddress.ip_address(addresses[0]).is_unspecified:
        only = ipaddress.ip_address(addresses[0])
        if not only.is_loopback:
            return f"[{only}]" if only.version == 6 else str(only)
    return _LOCALHOST
