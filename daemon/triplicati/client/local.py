"""The server of this computer: who can read its data folder needs no password.

Its database is only read. Format: spec/server.md 2.2, 4.10, 7.
"""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import apsw
import msgspec
import trio

from triplicati.client.client import Client, connected
from triplicati.client.connection import Credentials
from triplicati.config.instance_lock import is_running, told_port
from triplicati.config.server.database import database_file, explained
from triplicati.config.server.field_cipher import FieldCipher, SettingsKey
from triplicati.config.server.settings import server_settings
from triplicati.config.server.settings_keys import given_key, key_of_file
from triplicati.config.sign_in.tokens import JwtConfig, Tokens, read_config
from triplicati.errors import NoLocalServer, SigninTokensDisabled
from triplicati.values.secrets import Secret

USER = "server-cli"
_BUSY = 5_000


class LocalServer(msgspec.Struct, frozen=True):
    """`certificate_hash` is None for one without TLS."""

    url: str
    certificate_hash: str | None
    config: JwtConfig

    def sign_in_token(self, minutes: int | None = None) -> str:
        """Good for one sign-in, in that time."""
        return Tokens(self.config, time.time).signin(USER, minutes=minutes)

    def sign_in_link(self, minutes: int = 60) -> str:
        """An address that opens the page signed in, once."""
        return f"{self.url}/signin.html?token={self.sign_in_token(minutes)}"


def local_server(
    folder: Path,
    *,
    key: Secret | None = None,
    environment: Mapping[str, str] = os.environ,
    keyring: bool = True,
) -> LocalServer:
    """The server that runs on this data folder. `key` is the one of the settings, where it was given to the
    server as an option. Blocks.

    Raises `NoLocalServer`, `SigninTokensDisabled`, `WrongSettingsKey`, `SettingsKeyInvalid`.
    """
    if not is_running(folder):
        raise NoLocalServer(folder=folder, reason="nobody has it open")
    settings = _settings(folder, given_key(key, environment, keyring=keyring))
    if settings.get("disable-signin-tokens", "").lower() == "true":
        raise SigninTokensDisabled
    # That of the settings may be of the last time: while the server starts or ends, anybody could listen
    # there and be shown the token.
    port, config = told_port(folder), read_config(settings.get("jwt-config", ""))
    if port is None or config is None:
        raise NoLocalServer(folder=folder, reason="it has not come to listen yet")
    plain = settings.get("server-disable-https", "").lower() == "true"
    fingerprint = None if plain else _fingerprint(settings)
    scheme = "http" if fingerprint is None else "https"
    return LocalServer(f"{scheme}://{_host(settings)}:{port}", fingerprint, config)


@asynccontextmanager
async def connect_local(folder: Path, *, key: Secret | None = None) -> AsyncIterator[Client]:
    """A client of the server that runs on this data folder. Raises as `local_server` and `connect`."""
    found = await trio.to_thread.run_sync(lambda: local_server(folder, key=key))
    async with connected_local(found) as client:
        yield client


@asynccontextmanager
async def connected_local(server: LocalServer) -> AsyncIterator[Client]:
    async def token() -> str:
        return server.sign_in_token()

    async with connected(server.url, Credentials(signin=token), True, server.certificate_hash) as client:
        yield client


def _settings(folder: Path, given: SettingsKey | None) -> dict[str, str]:
    path = database_file(folder)
    cipher = FieldCipher(given, [each for each in [key_of_file(folder)] if each is not None])
    with explained(path):
        uri = f"file:{quote(str(path))}?mode=ro"
        connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            connection.set_busy_timeout(_BUSY)
            return server_settings(connection, cipher, path)
        finally:
            connection.close()


def _fingerprint(settings: Mapping[str, str]) -> str | None:
    if not settings.get("server-ssl-certificate"):
        return None
    from triplicati.config.server_certificates import certificate_facts  # noqa: PLC0415 - slow to import

    facts = certificate_facts(settings)
    return facts.sha256 if facts else None


def _host(settings: Mapping[str, str]) -> str:
    """The address it listens on, if it is one; a server that listens on all of them listens on this one."""
    interface = settings.get("server-listen-interface", "").strip("[] ")
    try:
        address = ipaddress.ip_address(interface)
    except ValueError:
        return "127.0.0.1"
    if address.is_unspecified:
        return "127.0.0.1"
    return f"[{address}]" if address.version == 6 else str(address)
