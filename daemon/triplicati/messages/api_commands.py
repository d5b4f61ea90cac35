"""Command lines that are run by the server (spec/server.md 3.14)."""

from __future__ import annotations

import msgspec


class CommandStarted(msgspec.Struct, frozen=True, rename="pascal"):
    id: str = msgspec.field(name="ID")
    status: str = "OK"


class CommandOutput(msgspec.Struct, frozen=True, rename="pascal"):
    """`count` lines so far, of which `items` are those from `offset` on, at most `pagesize`."""

    pagesize: int
    offset: int
    count: int
    items: list[str]
    finished: bool
    started: bool = True
