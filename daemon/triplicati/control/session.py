"""One command: which server it is about, and what it says."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import trio

from triplicati.control.parser import DEFAULT_URL
from triplicati.errors import (
    NotSignedIn,
    PasswordNeeded,
    ServerRefused,
    ServerUnreachable,
    TriplicatiError,
    UsageError,
)
from triplicati.values.printable import printable_lines
from triplicati.values.secrets import Secret

if TYPE_CHECKING:
    from triplicati.client.client import Client
    from triplicati.client.local import LocalServer

PASSWORD_VARIABLE = "DUPLICATI__WEBSERVICE_PASSWORD"
_NO_TOKEN = "none"


class Session:
    """`members` are what a JSON answer has beside what every answer has."""

    def __init__(self, words: argparse.Namespace, environment: Mapping[str, str], program: Path) -> None:
        self.words = words
        self.environment = environment
        self.program = program
        self.members: dict[str, object] = {}
        self._messages: list[str] = []
        self._problem: TriplicatiError | None = None
        self.password: str | None = None

    # --- the server ----------------------------------------------------------------------------------------

    @asynccontextmanager
    async def client(self, *, signed_in: bool = True) -> AsyncIterator[Client]:
        """A local administrator needs no password. Raises `NoLocalServer`, `PasswordNeeded` and what
        connecting raises."""
        from triplicati.client.client import connect  # noqa: PLC0415 - slow to import
        from triplicati.client.local import connected_local  # noqa: PLC0415

        words, local = self.words, await self.local()
        if local is not None and self.password is None:
            async with connected_local(local) as client:
                yield client
            return
        url = words.hosturl or (local.url if local is not None else DEFAULT_URL)
        certificate = words.host_cert
        if certificate is None and local is not None and not words.insecure:
            certificate = local.certificate_hash
        stranger = partial(
            connect, url, token=_NO_TOKEN, verify=not words.insecure, certificate_hash=certificate
        )
        if self.password is None:
            # Nobody is asked for the password of a server that is not there.
            await self._check_is_there(stranger)
            if not signed_in:
                async with stranger() as client:
                    yield client
                return
            self.password = self._asked_password(url)
        async with connect(
            url, password=self.password, verify=not words.insecure, certificate_hash=certificate
        ) as client:
            yield client

    async def _check_is_there(self, stranger: Callable[[], AbstractAsyncContextManager[Client]]) -> None:
        """Raises why the data folder was no help, or what connecting raises."""
        try:
            async with stranger() as client:
                # What has no /health may still be a server, behind a proxy.
                with suppress(NotSignedIn, ServerRefused):
                    await client.health()
        except ServerUnreachable:
            if self.words.hosturl is None and self._problem is not None:
                raise self._problem from None
            raise

    def take_password(self) -> None:
        """That of the option, of standard input, or of the environment. Raises `UsageError`."""
        given: str | None = self.words.password
        if given is None:
            given = self.environment.get(PASSWORD_VARIABLE)
        self.password = read_secret("Password: ") if given == "-" else given

    async def local(self) -> LocalServer | None:
        """The server of the data folder, unless another one is wanted, or it cannot be used."""
        from triplicati.client.local import local_server  # noqa: PLC0415

        words = self.words
        key = Secret(words.settings_encryption_key) if words.settings_encryption_key else None
        try:
            folder = self._folder()
            found = await trio.to_thread.run_sync(
                lambda: local_server(folder, key=key, environment=self.environment)
            )
        except TriplicatiError as error:
            self._problem = error
            return None
        other = words.hosturl is not None and not _is_same(words.hosturl, found.url)
        return None if other else found

    def _folder(self) -> Path:
        """Ours, where the one that was named is that of a real Duplicati. Raises
        `InsecureDataFolderPermissions`."""
        from triplicati.config.datafolder import data_folder  # noqa: PLC0415
        from triplicati.options.option_values import OptionValues  # noqa: PLC0415
        from triplicati.options.server.registry import SERVER_OPTIONS  # noqa: PLC0415

        words = self.words
        options: dict[str, str | None] = {"allow-insecure-datafolder": "true"}
        if words.server_datafolder:
            options["server-datafolder"] = words.server_datafolder
        if words.portable_mode:
            options["portable-mode"] = "true"
        return data_folder(OptionValues(options, SERVER_OPTIONS), self.environment, self.program).path

    def _asked_password(self, url: str) -> str:
        """Where nobody is there to answer, raises why the data folder was no help, or `PasswordNeeded`."""
        if has_terminal():
            return getpass.getpass(f"Password of {url}: ")
        if self.words.hosturl is None and self._problem is not None:
            raise self._problem
        raise PasswordNeeded(url=url)

    # --- what it says --------------------------------------------------------------------------------------

    def say(self, *lines: str) -> None:
        """At once, or as part of the JSON answer."""
        self._messages += lines
        if not self.words.json:
            for line in lines:
                print_line(printable_lines(line) if sys.stdout.isatty() else line)

    def finish(self, code: int, error: TriplicatiError | None = None) -> int:
        """The exit code, when the answer is complete."""
        if self.words.json:
            now = time.time()
            answer = {
                "Timestamp": datetime.fromtimestamp(now, UTC),
                "UnixTimestamp": int(now),
                "Command": self.words.command.name,
                "Success": code == 0,
                "ExitCode": code,
                "Messages": self._messages,
                "Exceptions": [] if error is None else [error.message],
                **self.members,
            }
            print_line(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())
        elif error is not None:
            print(f"ErrorID: {error.id}\n{error.message}", file=sys.stderr, flush=True)
        return code


def has_terminal() -> bool:
    """Whether somebody sits at standard input."""
    return sys.stdin is not None and sys.stdin.isatty()


def read_secret(question: str) -> str:
    """From the terminal, without showing it, or a line of standard input."""
    if has_terminal():
        return getpass.getpass(question)
    return _line_of_input()


def _line_of_input() -> str:
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line:
        raise UsageError(reason="Standard input has ended before there was a password.")
    return line.rstrip("\r\n")


def print_line(line: str) -> bool:
    """False when nobody reads any more."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # The interpreter must not complain of it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _is_same(given: str, found: str) -> bool:
    """Whether an address that was given is that of the server of this computer."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    try:
        one, other = urlsplit(given if "://" in given else f"http://{given}"), urlsplit(found)
        host = "127.0.0.1" if one.hostname == "localhost" else one.hostname
        return (one.scheme, host, one.port) == (other.scheme, other.hostname, other.port)
    except ValueError:
        return False
