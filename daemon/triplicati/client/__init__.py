"""The client of a server, for programs and for the command line.

::

    async with connect("http://localhost:8200", password="...") as client:
        task = await client.run("Documents")
        outcome = await client.wait(task)

Works with trio. What goes wrong is raised as an error of `triplicati.errors`, whose text says what to do
next.
"""

from __future__ import annotations

from triplicati.client.client import BackupEntry, Client, Export, LogRow, connect
from triplicati.client.events import Event, EventStream
from triplicati.client.local import LocalServer, connect_local, local_server
from triplicati.client.waiting import Outcome

__all__ = [
    "BackupEntry",
    "Client",
    "Event",
    "EventStream",
    "Export",
    "LocalServer",
    "LogRow",
    "Outcome",
    "connect",
    "connect_local",
    "local_server",
]
