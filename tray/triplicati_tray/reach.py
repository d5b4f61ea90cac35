"""The way to a server: which one, how to sign in, and how its page is opened (spec/server.md 9)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec
import trio

from triplicati.client import Client, LocalServer, connect, local_server
from triplicati.client.local import connected_local
from triplicati.errors import TriplicatiError
from triplicati.values.secrets import Secret
from triplicati_tray.options import TrayOptions

DEFAULT = "http://localhost:8200"
# Long enough for a slow start of a browser, and short for who finds the link in a list of processes.
LINK_MINUTES = 1
_PAGE = "/"


class Reached(msgspec.Struct, frozen=True):
    """A client that is signed in, and how it was done: by the data folder or by a password."""

    client: Client
    local: LocalServer | None
    password: Secret | None

    async def page(self, path: str = _PAGE) -> str:
        """The address that opens a place of the page, signed in unless the settings forbid that. Good for
        one use. Raises what a `Client` raises."""
        place = path.removeprefix("/")
        if (await self.client.settings()).get("disable-tray-icon-login", "").lower() == "true":
            return f"{self.client.url}/{place}"
        if self.local is not None:
            return f"{self.local.sign_in_link(LINK_MINUTES)}{place}"
        if self.password is not None:
            return f"{await self.client.sign_in_link(self.password.reveal())}{place}"
        return f"{self.client.url}/{place}"


@asynccontextmanager
async def reached(options: TrayOptions) -> AsyncIterator[Reached]:
    """The server of the data folder needs no password; it is looked up each time, for its port may change.

    Raises what connecting raises, and `NoLocalServer`.
    """
    local = await _local(options)
    if local is not None:
        async with connected_local(local) as client:
            yield Reached(client, local, None)
        return
    password = options.password.reveal() if options.password else None
    certificate = options.certificate_hash
    async with connect(options.url or DEFAULT, password=password, certificate_hash=certificate) as client:
        yield Reached(client, None, options.password)


def address(options: TrayOptions) -> str:
    """Where a server is looked for, in words."""
    if options.url is not None:
        return options.url
    return f"the server of {options.folder.path}"


async def _local(options: TrayOptions) -> LocalServer | None:
    """None where a server is to be asked for by its address and the password."""
    if options.url is not None and options.password:
        return None
    try:
        found = await trio.to_thread.run_sync(_look_up, options)
    except TriplicatiError:
        # Without a password there is no other way, and this one is why there is none.
        if options.url is None and (options.hosting or options.from_database or not options.password):
            raise
        return None
    return found if options.url is None or _is_same(options.url, found.url) else None


def _is_same(given: str, found: str) -> bool:
    """Whether an address that was given is that of the server of the data folder."""
    try:
        one, other = urlsplit(given if "://" in given else f"http://{given}"), urlsplit(found)
        host = "127.0.0.1" if one.hostname == "localhost" else one.hostname
        return (one.scheme, host, one.port) == (other.scheme, other.hostname, other.port)
    except ValueError:
        return False


def _look_up(options: TrayOptions) -> LocalServer:
    return local_server(
        options.folder.path, key=options.key, environment=options.environment, keyring=options.keyring
    )
