"""Slows down who guesses passwords. Nobody is ever locked out: the wait has an end, and it is 30 seconds."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from triplicati.errors import TooManyAttempts, WrongPassword

_FREE = 5
_LONGEST = 30.0
_FORGET = 15 * 60.0
_ADDRESSES = 1000
# More at once is no person, and what waits costs memory.
_WAITING = 20


@dataclass(eq=False)
class _Address:
    failures: int = 0
    last: float = 0.0
    waiting: int = 0
    turn: trio.Lock = field(default_factory=trio.Lock)


class Attempts:
    """Wrong passwords by address: after five, each try waits 1 s, then 2 s, up to 30 s.

    Tries of one address follow each other, for many at once would all be too early to wait.
    """

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, _Address] = OrderedDict()

    @asynccontextmanager
    async def attempt(self, address: str) -> AsyncIterator[None]:
        """Around one check. `WrongPassword` out of it counts; an end without error clears the count.

        Raises `TooManyAttempts` where too many of that address wait already.
        """
        known = self._known(_bucket(address))
        if known.waiting >= _WAITING:
            raise TooManyAttempts
        known.waiting += 1
        try:
            async with known.turn:
                await trio.sleep(_delay(known.failures))
                try:
                    yield
                except WrongPassword:
                    known.failures += 1
                    raise
                else:
                    known.failures = 0
                finally:
                    known.last = trio.current_time()
        finally:
            known.waiting -= 1

    def _known(self, bucket: str) -> _Address:
        now = trio.current_time()
        found = self._addresses.pop(bucket, None) or _Address(last=now)
        if not found.waiting and found.last < now - _FORGET:
            found.failures = 0
        self._addresses[bucket] = found
        if len(self._addresses) > _ADDRESSES:
            idle = next((name for name, each in self._addresses.items() if not each.waiting), bucket)
            if idle != bucket:
                del self._addresses[idle]
        return found


def _delay(failures: int) -> float:
    return 0.0 if failures < _FREE else min(_LONGEST, 2.0 ** min(failures - _FREE, 10))


def _bucket(address: str) -> str:
    """One household: an IPv6 network of 64 bits is one, since its owner has all of its addresses."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)
