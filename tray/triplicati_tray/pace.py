"""How often the tray asks, and how long it waits, in seconds. One value, so that a test need not wait."""

from __future__ import annotations

import msgspec


class Pace(msgspec.Struct, frozen=True):
    """`unseen`: without a connection this long, that is shown; a server that is restarted is back before.
    `slower` is added to the pause after each try to connect, up to `slowest`. `restart` is the first pause
    before a server that has ended is started again, up to `slowest_restart`; each is twice the one before.
    `ping` is how often the server is asked whether it lives, and how long an answer may take; after `tries`
    without one it hangs, and before the first it may take as long as `start`. `knock` is how often another
    start of the tray is looked for."""

    unseen: float = 2.0
    slower: float = 2.0
    slowest: float = 10.0
    restart: float = 1.0
    slowest_restart: float = 60.0
    ping: float = 15.0
    # Several short questions: a computer that slept through one of them has lost only that one.
    tries: int = 4
    start: float = 600.0
    # Whoever knocks waits for 2.5 seconds.
    knock: float = 1.5
